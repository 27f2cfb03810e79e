"""Every golden pricing case, compared exactly.

The cases are those of the folder named by STEELYARD_GOLDEN (`pricing.json`), else the project's own, one a
line. A case that no mapping says in our own terms is counted and fails, and so does one without the keys of
its form.
"""

import importlib
import json
import os
from collections import Counter
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest

from tests.golden.pricing_terms import KINDS

OWN_CASES = Path(__file__).parent / "cases" / "pricing.jsonl"
FORM = ("id", "model", "params", "usage", "expected")


def read_cases() -> list[dict[str, Any]]:
    folder = os.environ.get("STEELYARD_GOLDEN")
    if not folder:
        return [own_case(json.loads(line)) for line in OWN_CASES.read_text().splitlines()]
    file = Path(folder) / "pricing.json"
    return read_folder(file) if file.is_file() else []


def read_folder(file: Path) -> list[dict[str, Any]]:
    try:
        cases = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as unreadable:
        raise pytest.Collector.CollectError(f"{file} is no JSON: {unreadable}") from None
    for number, case in enumerate(cases if isinstance(cases, list) else [None], start=1):
        missing = [key for key in FORM if not isinstance(case, dict) or key not in case]
        if missing:
            raise pytest.Collector.CollectError(f"{file}: case {number} lacks {', '.join(missing)}")
    return cases


def own_case(line: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": line["case"],
        "model": line["kind"],
        "params": line["terms"],
        "usage": line["used"],
        "expected": line["gives"],
    }


CASES = read_cases()


def comparable(value: Any) -> Any:
    """Numbers as exact numbers, so that 10 equals 10.00."""
    if isinstance(value, dict):
        return {name: comparable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [comparable(item) for item in value]
    try:
        return None if value is None else Decimal(value)
    except InvalidOperation:
        return value


# Every `pricing_*.py` beside this file registers its mappings when it is imported.
for file in sorted(Path(__file__).parent.glob("pricing_*.py")):
    importlib.import_module(f"tests.golden.{file.stem}")

# Figures that a case of this kind need not state: null then says nothing about them.
NOT_STATED = {"grant_burndown": ("overage",)}

MAPPED = [case for case in CASES if case["model"] in KINDS]


@pytest.mark.parametrize("case", MAPPED, ids=[f"{case['model']}-{case['id']}" for case in MAPPED])
def test_a_golden_case_gives_exactly_the_expected_figures(case: dict[str, Any]) -> None:
    got = KINDS[case["model"]](case["params"], case["usage"])
    unstated = NOT_STATED.get(case["model"], ())
    expected = {
        name: value
        for name, value in comparable(case["expected"]).items()
        if value is not None or name not in unstated
    }
    assert {name: comparable(got.get(name)) for name in expected} == expected


def test_every_case_is_mapped(record_property: Any) -> None:
    counts = Counter(case["model"] for case in CASES if case["model"] not in KINDS)
    said = f"{len(MAPPED)} cases compared, {counts.total()} unmapped"
    said += "".join(f", {count} of {name}" for name, count in sorted(counts.items()))
    record_property("golden", said)
    assert not counts, said
