"""The demo's invoices sum to what the raw rows give by hand, to the cent; a second pass changes nothing."""

from __future__ import annotations

import csv
import importlib.util
import os
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from steelyard.entrypoints.demo import ai_customers, dataset, scenarios
from steelyard.kernel import Unavailable

ALL_VARIABLE = "STEELYARD_TEST_ALL_MONTHS"
CATALOG = Path(scenarios.__file__).parent / "catalogs" / "ai"


def _by_hand() -> ModuleType:
    spec = importlib.util.spec_from_file_location("by_hand", Path(__file__).with_name("by_hand.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


by_hand = _by_hand()


def amounts(said: dict[str, Any]) -> dict[str, Decimal]:
    return {currency: Decimal(amount) for currency, amount in said["totals"].items()}


def raw_retail() -> bytes:
    try:
        with dataset.open_lines() as file:
            return file.read().encode()
    except Unavailable as error:
        pytest.skip(f"passed over: {error.message}")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_generated_month_sums_to_the_cent_and_a_second_pass_changes_nothing(demo: Any) -> None:
    month = scenarios.default_month(datetime.now(UTC))
    events = scenarios.ai_events(None, month)

    first = demo()
    again = demo()

    assert amounts(first) == by_hand.ai_totals(events, ai_customers.COMPANIES, CATALOG)
    assert first["changed"] is True
    assert first["events"]["stored"] == len(events)
    assert first["evidence"]["verified"] == first["billed_now"] == 28
    assert first["evidence"]["problems"] == []
    assert again["changed"] is False
    assert (again["events"]["stored"], again["billed_now"]) == (0, 0)
    assert again["totals"] == first["totals"]


@pytest.mark.slow
@pytest.mark.shared_data
def test_replayed_traces_sum_to_the_cent(demo: Any, shared_data: Path) -> None:
    traces = shared_data / "azure_llm_2023"
    month = scenarios.default_month(datetime.now(UTC))
    events = scenarios.ai_events(traces, month)

    said = demo("--trace", str(traces))

    assert amounts(said) == by_hand.ai_totals(events, ai_customers.COMPANIES, CATALOG)


@pytest.mark.shared_data
def test_every_traced_request_is_replayed_with_its_own_tokens(shared_data: Path) -> None:
    traces = shared_data / "azure_llm_2023"
    raw: Counter[tuple[int, int]] = Counter()
    for path in traces.glob("*.csv"):
        with path.open(newline="") as file:
            raw.update(
                (int(row["ContextTokens"]), int(row["GeneratedTokens"])) for row in csv.DictReader(file)
            )

    events = scenarios.ai_events(traces, "2026-02")

    replayed = Counter(
        (event["data"]["input_tokens"] + event["data"]["cached_tokens"], event["data"]["output_tokens"])
        for event in events
        if event["type"] == "llm.request" and "-stray-" not in event["id"]
    )
    assert replayed == raw
    assert all("2026-02-01" <= event["time"][:10] <= "2026-02-28" for event in events)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_retail_november_sums_to_the_cent(demo: Any) -> None:
    owed = {
        customer: amount
        for (customer, month), amount in by_hand.retail_months(raw_retail()).items()
        if month == "2011-11"
    }

    said = demo("--scenario", "retail")

    assert amounts(said) == {"GBP": sum(owed.values(), Decimal(0))}
    assert said["documents"]["invoice"] + said["documents"]["credit_note"] == len(owed)
    assert said["documents"]["credit_note"] == sum(amount < 0 for amount in owed.values())
    assert said["events"]["stored"] == 1_067_371
    assert said["evidence"]["problems"] == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_retail_of_all_months_sums_to_the_cent(demo: Any) -> None:
    if ALL_VARIABLE not in os.environ:
        pytest.skip(f"passed over: takes minutes; set {ALL_VARIABLE} to run it")
    owed = by_hand.retail_months(raw_retail())

    said = demo("--scenario", "retail", "--months", "all", seconds=850)

    assert amounts(said) == {"GBP": sum(owed.values(), Decimal(0))}
    assert said["documents"]["invoice"] + said["documents"]["credit_note"] == len(owed) == 26_993
    assert said["evidence"]["problems"] == []
