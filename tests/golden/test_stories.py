"""Prices over time as readable files: publications, roll-outs, rollbacks, and what each customer then pays.

Each file in `scenarios` with the ending `.story` has a catalog, in which FEE stands for the price, and steps:
`publish FEE to=… stays=N`, `subscribe CUSTOMER attribute=value`, `rollback RELEASE`, `bill FEE CUSTOMER`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.local import Local

FILES = sorted((Path(__file__).parent / "scenarios").glob("*.story"))
CHANGE = {
    "hypothesis": "The price is too low.",
    "expected_effect": "More revenue.",
    "trade_off": "Some may leave.",
    "success_measure": "Net revenue.",
    "review_date": "2099-01-01",
}


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Local]:
    opened = Local(tmp_path / "workspace")
    yield opened
    opened.close()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_story_goes_as_it_is_told(file: Path, local: Local) -> None:
    parts = dict(part.split("\n", 1) for part in file.read_text().split("\n== ")[1:])
    told = 0
    for line in parts["steps"].splitlines():
        if line and not line.startswith("#"):
            word, *rest = line.split()
            said = dict(part.split("=") for part in rest if "=" in part)
            named = [part for part in rest if "=" not in part]
            STEPS[word](local, parts["catalog"], named, said)
            told += 1
    assert told > 3


def test_there_are_stories() -> None:
    assert FILES


def publish(local: Local, catalog: str, named: list[str], said: dict[str, str]) -> None:
    stays = said.pop("stays", "0")
    tree: dict[str, Any] = {"files": [{"name": "c.yaml", "text": catalog.replace("FEE", named[0])}]}
    if "to" in said:
        where = {name: value for name, value in said.items() if name != "to"}
        rollout = f"{{to: {said['to']}, where: {{{', '.join(f'{n}: {v}' for n, v in where.items())}}}}}"
        text = "change:\n" + "".join(f"  {name}: {value}\n" for name, value in CHANGE.items())
        tree["files"].append({"name": "change.yaml", "text": f"{text}  rollout: {rollout}\n"})
    done = local.ask("POST", "/api/v1/catalog/versions", tree)
    assert done.status == 201, done.json
    assert (done.json["status"], str(done.json["stays"])) == ("published", stays)


def subscribe(local: Local, _: str, named: list[str], said: dict[str, str]) -> None:
    (key,) = named
    body: dict[str, Any] = {"key": key, "name": key.title(), "currency": "USD", "attributes": said}
    assert local.ask("POST", "/api/v1/customers", body).status == 201
    body = {"customer": key, "plan": "pro", "start": "2026-01-01T00:00:00Z"}
    assert local.ask("POST", "/api/v1/subscriptions", body).status == 201


def rollback(local: Local, _: str, named: list[str], __: dict[str, str]) -> None:
    done = local.ask("POST", "/api/v1/catalog/rollback", {"version": named[0], "note": "back"})
    assert done.json["status"] == "published", done.json


def bill(local: Local, _: str, named: list[str], __: dict[str, str]) -> None:
    fee, key = named
    preview = local.ask("GET", f"/api/v1/customers/{key}/preview?period=2026-10").json
    assert (key, preview["subtotal"]) == (key, fee)


STEPS = {"publish": publish, "subscribe": subscribe, "rollback": rollback, "bill": bill}
