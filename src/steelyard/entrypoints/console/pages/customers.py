"""Customers: who they are, what they pay for, what they were last billed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.pages import customer_forms
from steelyard.entrypoints.console.pages.attributes import attributes_at
from steelyard.entrypoints.console.pages.page import Page
from steelyard.entrypoints.console.pages.trying import Tried

OWN_MAX = 50
"""For so many customers at most they are asked for one by one."""


def customers_view(
    customers: Json, subscriptions: Json, invoices: Json, wanted: str, now: datetime
) -> dict[str, Any]:
    """The rows of the list; `wanted` keeps those whose name, key or plan contain it."""
    plans: dict[str, list[str]] = {}
    for subscription in subscriptions["items"]:
        plans.setdefault(subscription["customer"], []).append(subscription["plan"])
    last: dict[str, Json] = {}
    for invoice in sorted(invoices["items"], key=lambda row: row["issued_at"]):
        last[invoice["customer"]] = invoice
    rows = [
        {
            "customer": customer,
            "attributes": attributes_at(customer, now),
            "plans": plans.get(customer["key"], []),
            "invoice": last.get(customer["key"]),
        }
        for customer in customers["items"]
    ]
    needle = wanted.strip().lower()
    kept = [row for row in rows if not needle or needle in _searchable(row)]
    return {"rows": kept, "wanted": wanted, "of": len(rows), "next": customers["next"]}


def _searchable(row: dict[str, Any]) -> str:
    customer = row["customer"]
    return " ".join([customer["name"], customer["key"], *row["plans"]]).lower()


async def load(ask: Asker, wanted: str, cursor: str, now: datetime, refused: Tried | None = None) -> Page:
    """A page of customers; `refused` is a new one in a form that could not be made, and why."""
    after = {"cursor": cursor} if cursor else {}
    customers = await ask.get("/api/v1/customers", query={"limit": "500"} | after)
    keys = [one["key"] for one in customers["items"]]
    subscriptions = await _all_of(ask, "/api/v1/subscriptions", keys)
    invoices = await _all_of(ask, "/api/v1/invoices", keys)
    view = customers_view(customers, subscriptions, invoices, wanted, now)
    view |= await customer_forms.choices(ask, now)
    view |= {"filled": refused.fields if refused else {}, "refused": refused.refused if refused else ()}
    return Page(template="customers.html", title="Customers", nav="customers", view=view)


async def _all_of(ask: Asker, path: str, keys: list[str]) -> Json:
    """A list over all customers; for somebody who looks after a few of them, the lists of these."""
    found = await ask.get_or_none(path, query={"limit": "1000"})
    if found is not None:
        return found
    each = [await ask.get_or_none(path, query={"customer": key}) for key in keys[:OWN_MAX]]
    return {"items": [one for answer in each if answer for one in answer["items"]], "next": None}
