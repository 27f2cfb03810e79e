"""A workspace of any earlier age opens, verifies, proves its invoices, bills on and publishes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from steelyard.adapters.sql import REGISTRY
from steelyard.billing.evidence import verify
from steelyard.entrypoints.offline import verify_receipt
from steelyard.record.telling import is_form_of
from tests.api.local import Local
from tests.earlier_workspace import AGES, make_earlier_workspace, tellings_of


@pytest.fixture(scope="module", params=AGES)
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    """An earlier workspace, opened by today's code; it only grows while the tests of it run."""
    folder = tmp_path_factory.mktemp("earlier") / request.param
    make_earlier_workspace(folder, request.param)
    local = Local(folder)
    yield local
    local.close()


@pytest.mark.parametrize("age", AGES)
def test_each_body_is_read_whole_and_as_what_it_was(age: str) -> None:
    kinds: set[str] = set()
    for index, what, body in tellings_of(age):
        record = REGISTRY.by_name[what].decode(body)
        assert is_form_of(body, record), f"entry {index} of {age} says more of its {what} than is read"
        kinds.add(what)
    assert kinds >= {"api_key", "catalog_version", "customer", "subscription", "invoice", "billing_run"}


def test_it_verifies_with_every_row(shop: Local) -> None:
    said = shop.done("POST", "/api/v1/record/verify")
    assert (said["ok"], said["problems"], said["state_problems"]) == (True, [], [])


def test_its_invoices_are_what_they_were(shop: Local) -> None:
    heads = shop.done("GET", "/api/v1/invoices?limit=100")["items"]
    first = {one["customer"]: one["total"] for one in heads if one["period_name"] == "2026-09"}
    assert first == {"acme": "138.64", "bolt": "126.5", "cask": "109"}
    for head in heads:
        whole = shop.done("GET", f"/api/v1/invoices/{head['number']}")
        for line in whole["lines"]:
            trace = shop.done("GET", f"/api/v1/invoices/{head['number']}/lines/{line['id']}/trace")
            assert len(trace["events"]) == line["events"] or line["adjusts"], line["title"]


def test_evidence_of_each_invoice_holds_for_both_verifiers(shop: Local, tmp_path: Path) -> None:
    vkey = shop.ask("GET", "/record/key").content.decode().strip()
    for head in shop.done("GET", "/api/v1/invoices?limit=100")["items"]:
        evidence = shop.ask("GET", f"/api/v1/invoices/{head['number']}/evidence").content
        verdict = verify(evidence, vkey)
        assert verdict.ok, (head["number"], verdict.problems)
        file = tmp_path / f"{head['number']}.json"
        file.write_bytes(evidence)
        assert verify_receipt.main([str(file), vkey]) == 0


def test_what_was_billed_stays_so(shop: Local) -> None:
    for period in ("2026-09", "2026-10"):
        run = shop.done("POST", "/api/v1/billing/runs", {"period": period, "dry_run": True})
        assert run["status"] == "previewed"
        assert run["counts"]["invoices"] == run["counts"]["adjustments"] == 0
    assert shop.done("GET", "/api/v1/billing/changes")["items"] == []


def test_the_same_catalog_again_publishes_nothing(shop: Local) -> None:
    live = shop.done("GET", "/api/v1/catalog/versions/live")
    answer = shop.done("POST", "/api/v1/catalog/rollback", {"version": live["id"], "note": "no change"})
    assert answer["status"] == "unchanged"


def test_a_late_event_becomes_an_adjustment_that_is_proven(shop: Local) -> None:
    late = {
        "specversion": "1.0",
        "type": "call",
        "source": "pbx",
        "id": "late",
        "subject": "bolt",
        "time": "2026-10-30T10:00:00Z",
        "data": {"minutes": 1000, "caller": "c9", "region": "eu", "kind": "out"},
    }
    assert shop.ask("POST", "/api/v1/events", [late]).status == 204
    changes: list[Any] = shop.done("GET", "/api/v1/billing/changes")["items"]
    assert [(one["customer"], one["period_name"], one["added"], one["ended"]) for one in changes] == [
        ("bolt", "2026-10", 1, 0)
    ]
    shop.done("POST", "/api/v1/customers", {"key": "edda", "name": "Edda", "currency": "USD"})
    preview = shop.done("GET", "/api/v1/customers/bolt/preview?period=2026-11")
    assert any(line["adjusts"] for line in preview["lines"])


def test_another_catalog_is_published_beside_the_earlier_ones(shop: Local) -> None:
    before = shop.done("GET", "/api/v1/catalog/versions")["items"]
    tree = shop.done("GET", "/api/v1/catalog/versions/live")["catalog"]
    metric = {"key": "calls", "name": "Calls", "owner": "Ada", "definition": "D", "unit": "calls"}
    made = {**metric, "meter": {"event_types": ["call"], "aggregation": "count"}}
    shop.done("POST", "/api/v1/meters", made)
    after = shop.done("GET", "/api/v1/catalog/versions")["items"]
    assert [one["id"] for one in after[1:]] == [one["id"] for one in before]
    fresh = shop.done("GET", "/api/v1/catalog/versions/live")["catalog"]
    assert {**fresh["metrics"], "calls": None} == {**tree["metrics"], "calls": None}
    back = shop.done("POST", "/api/v1/catalog/rollback", {"version": before[0]["id"], "note": "back"})
    assert back["status"] == "published"
    assert shop.done("GET", "/api/v1/catalog/versions/live")["catalog"] == tree
    said = shop.done("POST", "/api/v1/record/verify")
    assert (said["ok"], said["state_problems"]) == (True, [])


def test_the_log_counts_what_changed(shop: Local) -> None:
    log = shop.done("GET", "/api/v1/catalog/log")["items"]
    assert all(one["changes"] for one in log)
