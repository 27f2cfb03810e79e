"""A workspace in which Acme owes 49 + 30 USD and 20 % tax each month, and how its documents are read."""

from __future__ import annotations

from typing import Any

from steelyard.billing.evidence import verify
from tests.api.conftest import catalog_files
from tests.api.local import Local

UNITS = """
credit_units:
  - {key: points, name: Points, owner: p@example.com, definition: Two cents., rates: {USD: "0.02"}}
"""


def furnish(local: Local) -> None:
    """Publishes prices and a unit of credit; Acme has a plan, Bolt has none."""
    units = {"name": "units.yaml", "text": UNITS}
    local.done("POST", "/api/v1/catalog/versions", {"files": [*catalog_files(), units], "note": "first"})
    customer = {"key": "acme", "name": "Acme", "currency": "USD", "tax": {"name": "VAT", "percent": "20"}}
    local.done("POST", "/api/v1/customers", customer)
    local.done("POST", "/api/v1/customers", {"key": "bolt", "name": "Bolt", "currency": "USD"})
    plan = {"customer": "acme", "plan": "team", "start": "2026-01-01T00:00:00Z", "quantities": {"seats": "3"}}
    local.done("POST", "/api/v1/subscriptions", plan)


def bill(local: Local, period: str, customer: str = "acme") -> Any:
    """The customer's document of a month that is billed now; its evidence verifies."""
    local.done("POST", "/api/v1/billing/runs", {"period": period})
    (head,) = local.done("GET", f"/api/v1/invoices?customer={customer}&period={period}")["items"]
    document = local.done("GET", f"/api/v1/invoices/{head['id']}")
    key = local.ask("GET", "/record/key").content.decode().strip()
    verdict = verify(local.ask("GET", f"/api/v1/invoices/{head['id']}/evidence").content, key)
    assert verdict.ok, verdict.problems
    return document


def lines(document: Any, group: str) -> list[tuple[str, str]]:
    """Titles and amounts of the document's lines of one group."""
    return [(line["title"], line["amount"]) for line in document["lines"] if line["group"] == group]


def postings(local: Local, about: str) -> list[dict[str, str]]:
    """What the journal's entries about something post, by account."""
    found = local.done("GET", f"/api/v1/journal?about={about}")["items"]
    return [{one["account"]: one["amount"] for one in entry["postings"]} for entry in found]


def lots(local: Local, customer: str = "acme") -> list[Any]:
    """The customer's lots of credit."""
    return local.done("GET", f"/api/v1/credits/lots?customer={customer}")["items"]
