"""A month of seats, bandwidth, processors and tokens: sent, queried, billed, and proven from the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from steelyard.billing.evidence import verify
from tests.api.conftest import Server, start

CATALOG = Path(__file__).parent / "aggregations" / "catalog.yaml"
MONTH = "from=2026-10-01T00:00:00Z&to=2026-11-01T00:00:00Z"


def event(number: int, event_type: str, at: str, **data: Any) -> Any:
    return {"id": f"{event_type}-{number}", "type": event_type, "subject": "acme", "time": at, "data": data}


def usage() -> list[Any]:
    """Seats from September on, twenty samples, load around a Berlin midnight, tokens of two people."""
    seats = [
        event(0, "seats.changed", "2026-09-20T00:00:00Z", seats=10, plan="team"),
        event(1, "seats.changed", "2026-10-11T00:00:00+02:00", seats=12, plan="team"),
        event(2, "seats.changed", "2026-10-05T00:00:00Z", seats=99, plan="trial"),
    ]
    samples = [
        event(number, "bandwidth.sample", f"2026-10-05T{number:02}:00:00Z", bytes=37_500_000 * (number + 1))
        for number in range(20)
    ]
    hours = [("21:10", 3), ("21:50", 5), ("22:00", 2), ("23:59", 4)]
    load = [
        event(number, "load", f"2026-10-09T{at}:00Z", processors=many)
        for number, (at, many) in enumerate(hours)
    ]
    tokens = [
        event(0, "llm.completion", "2026-10-02T00:00:00Z", **{"in": 1000, "out": 51, "user": "a"}),
        event(1, "llm.completion", "2026-10-03T00:00:00Z", **{"in": 10, "user": "b"}),
    ]
    return seats + samples + load + tokens


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = start(tmp_path_factory.mktemp("aggregations") / "workspace")
    client = server.client()
    client.catalog.publish(files=[{"name": "catalog.yaml", "text": CATALOG.read_text()}])
    client.customers.create(
        key="acme", name="Acme", currency="USD", timezone="Europe/Berlin", subjects=["acme"]
    )
    client.subscriptions.create(customer="acme", plan="cloud", start="2026-01-01T00:00:00Z")
    for one in reversed(usage()):
        client.events.send([one])
    client.billing.run(period="2026-10")
    yield server
    server.stop()


def test_each_metric_is_answered_as_it_is_defined(server: Server) -> None:
    def total(metric: str, more: str = "") -> Decimal:
        answer = server.ask("GET", f"/api/v1/meters/{metric}/query?{MONTH}{more}").json
        return sum((Decimal(row["quantity"]) for row in answer["data"]), Decimal(0))

    assert total("bandwidth") == 19
    assert total("processor-hours") == 11
    assert total("work") == 13
    assert total("seat-days", "&filterGroupBy[plan]=trial") == 99 * 27
    assert total("seat-days", "&windowSize=DAY") == total("seat-days")
    answer = server.ask("GET", f"/api/v1/meters/people/query?{MONTH}").json
    assert (answer["approximate"], answer["data"][0]["quantity"]) == (True, "2")


def test_the_definition_of_a_meter_is_shown(server: Server) -> None:
    shown = {one["slug"]: one for one in server.client().meters.list()["items"]}
    assert shown["bandwidth"]["percentile"] == "95"
    assert shown["processor-hours"]["window"] == {"size": "HOUR", "inner": "max", "outer": "sum"}
    assert shown["work"]["formula"] == "ceil((tokens-in + 4 * tokens-out) / 100)"
    assert shown["people"]["approximate"] is True
    assert shown["seat-days"]["time_unit"] == "days"


def test_the_bill_charges_them_on_the_customers_calendar(server: Server) -> None:
    [invoice] = server.client().invoices.list(customer="acme")["items"]
    shown = server.ask("GET", f"/api/v1/invoices/{invoice['id']}").json
    lines = {one["price_key"]: one for one in shown["lines"]}
    # October in Berlin has an hour more: ten days of 10 seats, then 21 days and an hour of 12.
    seat_days = 10 * 10 + 12 * 21 + Decimal(12) / 24
    assert Decimal(lines["seat"]["quantity"]) == seat_days
    assert Decimal(lines["seat"]["amount"]) == seat_days / 2
    assert lines["seat"]["events"] == 2
    assert (lines["traffic"]["quantity"], lines["traffic"]["amount"]) == ("19", "38")
    assert (lines["processors"]["quantity"], lines["processors"]["amount"]) == ("11", "1.1")
    assert (lines["work"]["quantity"], lines["work"]["amount"], lines["work"]["events"]) == ("13", "2", 2)


def test_the_evidence_proves_every_line(server: Server) -> None:
    [invoice] = server.client().invoices.list(customer="acme")["items"]
    evidence = server.ask("GET", f"/api/v1/invoices/{invoice['id']}/evidence").content
    vkey = server.ask("GET", "/record/key").content.decode().strip()
    verdict = verify(evidence, vkey)
    assert verdict.problems == ()
    assert verdict.ok
    assert len([one for one in verdict.checks if "lines" in one]) == 1


def test_a_level_that_came_late_for_a_billed_month_is_adjusted_on_the_next_bill(server: Server) -> None:
    client = server.client()
    # Set in September, known in November: October began with 4 seats fewer than it was billed by.
    late = event(9, "seats.changed", "2026-09-25T00:00:00Z", seats=6, plan="team")
    client.events.send([late])
    run = client.billing.run(period="2026-11", dry_run=True)
    assert run["counts"]["adjustments"] == 1
    assert Decimal(run["totals"]["USD"]["adjusted"]) == -(10 - 6) * 10 * Decimal("0.5")
