"""Free units under a floor, from the catalog to a bill that proves itself, and adjusted by late usage."""

from __future__ import annotations

from typing import Any

from steelyard.billing.evidence import verify
from tests.api.local import Local
from tests.api.test_api_permissions import CATALOG

FLOOR = """
discounts:
  - {key: gift, name: Gift, owner: p, definition: D., form: free_units, units: 10}
floors:
  - {key: least, name: Least, owner: p, definition: D., percent: 90}
"""


def used(local: Local, first: int, count: int) -> None:
    events = [
        {"id": f"c-{n}", "type": "call", "subject": "acme", "time": "2026-09-05T12:00:00Z"}
        for n in range(first, first + count)
    ]
    assert local.ask("POST", "/api/v1/events", events).status == 204
    assert local.workspace.catch_up(10)


def billed(local: Local, period: str) -> Any:
    local.done("POST", "/api/v1/billing/runs", {"period": period})
    (head,) = local.done("GET", f"/api/v1/invoices?customer=acme&period={period}")["items"]
    key = local.ask("GET", "/record/key").content.decode().strip()
    found = verify(local.ask("GET", f"/api/v1/invoices/{head['id']}/evidence").content, key)
    assert found.ok, found.problems
    return local.done("GET", f"/api/v1/invoices/{head['id']}")


def test_what_a_floor_does_not_let_go_is_charged_proven_and_adjusted(local: Local) -> None:
    local.publish(CATALOG + FLOOR)
    local.done("POST", "/api/v1/customers", {"key": "acme", "name": "Acme", "currency": "USD"})
    begun = {"customer": "acme", "plan": "pro", "start": "2026-09-01T00:00:00Z"}
    id = local.done("POST", "/api/v1/subscriptions", begun)["id"]
    gift = {"discount": "gift", "start": "2026-09-01T00:00:00Z"}
    local.done("POST", f"/api/v1/subscriptions/{id}/discounts", gift)
    used(local, 0, 20)
    first = billed(local, "2026-09")
    (line,) = first["lines"]
    # 20 calls list 10.00; ten of them would be free, worth 5.00, of which a tenth of the list may go.
    assert (line["amount"], line["given_free"], first["total"]) == ("9", "1", "9")
    assert line["steps"][-1]["text"].endswith("leaves 1.00: 4.00 charged")
    used(local, 20, 10)
    later = billed(local, "2026-10")
    (line,) = later["lines"]
    assert (line["amount"], line["given_free"]) == ("4.5", "1.5")
    preview = local.done("GET", "/api/v1/customers/acme/preview?period=2026-11")
    assert preview["total"] == "0", "nothing is left to adjust"
