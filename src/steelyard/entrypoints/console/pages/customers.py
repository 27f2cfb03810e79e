"""Customers: who they are, what they pay for, what they were last billed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from steelyard.entrypoints.console.answers import Asker, Json, Refusal
from steelyard.entrypoints.console.pages import customer_forms
from steelyard.entrypoints.console.pages.attributes import attributes_at
from steelyard.entrypoints.console.pages.page import Page
from steelyard.entrypoints.console.pages.trying import Tried

ROWS = 100
"""So many customers stand on one page."""


def customers_view(
    customers: Json, subscriptions: Json, invoices: Json, wanted: str, now: datetime
) -> dict[str, Any]:
    """The rows of the list; `wanted` is what was searched for."""
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
    return {"rows": rows, "wanted": wanted, "next": customers["next"]}


async def load(ask: Asker, wanted: str, cursor: str, now: datetime, refused: Tried | None = None) -> Page:
    """A page of customers; `refused` is a new one in a form that could not be made, and why."""
    said = {"cursor": cursor, "search": wanted.strip()}
    query = {"limit": str(ROWS), **{name: text for name, text in said.items() if text}}
    customers = await ask.get("/api/v1/customers", query=query)
    keys = [one["key"] for one in customers["items"]]
    subscriptions = await _all_of(ask, "/api/v1/subscriptions", keys)
    invoices = await _all_of(ask, "/api/v1/invoices", keys)
    view = customers_view(customers, subscriptions, invoices, wanted, now)
    view |= await customer_forms.choices(ask, now)
    view |= {"filled": refused.fields if refused else {}, "refused": refused.refused if refused else ()}
    return Page(template="customers.html", title="Customers", nav="customers", view=view)


async def _all_of(ask: Asker, path: str, keys: list[str]) -> Json:
    """A list over all customers; where it is long, or not theirs to see, the lists of these customers."""
    found = await ask.get_or_none(path, query={"limit": "1000"})
    if found is not None and found["next"] is None:
        return found
    each = [await _of_one(ask, path, key) for key in keys]
    return {"items": [one for answer in each for one in answer], "next": None}


async def _of_one(ask: Asker, path: str, key: str) -> list[Json]:
    try:
        return (await ask.sample(path, {"customer": key}))["items"]
    except Refusal:
        return []
