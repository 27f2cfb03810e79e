"""Invoices and credit notes: the list, by month and by customer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.pages.page import Page
from steelyard.kernel import parse_decimal


def totals_of(items: list[Json]) -> list[tuple[str, Decimal, int]]:
    """Per currency what was invoiced less what was credited, and how many documents that were.

    >>> [
    ...     (c, str(t), n)
    ...     for c, t, n in totals_of(
    ...         [
    ...             {"currency": "EUR", "kind": "invoice", "total": "5"},
    ...             {"currency": "EUR", "kind": "credit_note", "total": "2"},
    ...         ]
    ...     )
    ... ]
    [('EUR', '3', 2)]
    """
    sums: dict[str, tuple[Decimal, int]] = {}
    for item in items:
        total = parse_decimal(item["total"])
        before, documents = sums.get(item["currency"], (Decimal(0), 0))
        signed = -total if item["kind"] == "credit_note" else total
        sums[item["currency"]] = (before + signed, documents + 1)
    return [(currency, total, documents) for currency, (total, documents) in sorted(sums.items())]


def invoices_view(invoices: Json, query: dict[str, str]) -> dict[str, Any]:
    """All that the list shows."""
    items = sorted(invoices["items"], key=lambda row: (row["period_name"], row["number"]), reverse=True)
    return {"items": items, "totals": totals_of(items), "query": query, "next": invoices["next"]}


async def load(ask: Asker, query: dict[str, str]) -> Page:
    """A page of invoices; `query` may name customer, period and kind."""
    invoices = await ask.get("/api/v1/invoices", query={"limit": "1000"} | query)
    return Page(
        template="invoices.html", title="Invoices", nav="invoices", view=invoices_view(invoices, query)
    )
