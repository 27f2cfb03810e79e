"""Over HTTP and by the command line: usage that changes after its month was billed, until it is adjusted."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.api.conftest import PERIOD, Server, fill, steelyard


def late_event(number: int) -> Any:
    return {
        "id": f"late{number}",
        "source": "test",
        "type": "llm.completion",
        "subject": "acme",
        "time": "2026-10-30T12:00:00Z",
        "data": {"tokens": 5_000_000, "model": "m1"},
    }


def test_a_late_event_is_seen_at_once_and_charged_on_the_next_document(fresh: Server, tmp_path: Path) -> None:
    fill(fresh)
    client = fresh.client()
    client.billing.run(period=PERIOD)
    (billed,) = client.invoices.list(customer="acme", period=PERIOD)["items"]
    assert client.invoices.show(billed["number"])["changed"] is None
    client.events.send([late_event(1)])

    changed = client.invoices.show(billed["number"])["changed"]
    assert changed is not None
    assert (changed["added"], changed["ended"], changed["document"]) == (1, 0, billed["number"])
    owed = Decimal(changed["difference"])
    assert owed > 0
    (told,) = client.customers.preview("acme", period="2026-09")["changes"]
    assert told == changed
    assert client.billing.run(period=PERIOD)["counts"]["late_events"] == 1

    tried = client.billing.run(period="2026-09", dry_run=True)
    assert (tried["counts"]["adjustments"], tried["totals"]["USD"]["adjusted"]) == (1, changed["difference"])
    said = steelyard("billing", "run", "2026-09", "--dir", str(fresh.folder)).stdout.decode()
    assert "adjustments of months billed before: 1" in said

    (next_one,) = client.invoices.list(customer="acme", period="2026-09")["items"]
    lines = client.invoices.show(next_one["number"])["lines"]
    (line,) = [one for one in lines if one["adjusts"]]
    assert line["adjusts"] is not None
    assert (line["adjusts"]["documents"], Decimal(line["amount"])) == ([billed["number"]], owed)
    trace = client.invoices.trace(next_one["id"], line["id"])
    assert late_event(1)["id"] in {event["id"] for event in trace["events"]}
    after = client.invoices.show(billed["number"])
    assert (after["changed"], after["adjusted_by"]) == (None, [next_one["number"]])
    assert_proven(fresh, next_one["number"], tmp_path)


def assert_proven(server: Server, number: str, folder: Path) -> None:
    """The document's evidence verifies by the command line alone."""
    file, key = folder / "evidence.json", server.ask("GET", "/record/key").content.decode().strip()
    file.write_bytes(server.ask("GET", f"/api/v1/invoices/{number}/evidence").content)
    checked = steelyard("receipt", "verify", str(file), "--key", key)
    assert checked.returncode == 0, checked.stdout
    assert b"2026-10 was computed anew and compared with" in checked.stdout
    assert server.ask("GET", f"/api/v1/invoices/{number}.pdf").content.startswith(b"%PDF")
