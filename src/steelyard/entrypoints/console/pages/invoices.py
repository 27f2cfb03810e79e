"""Invoices and credit notes: the list, by month and by customer."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.page import Page, months
from steelyard.entrypoints.console.pages.trying import Tried, try_out
from steelyard.kernel import parse_decimal

ROWS: Final = 500
"""So many documents stand on one page."""
_RUNS: Final = "/api/v1/billing/runs"


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


async def load(
    ask: Asker, query: dict[str, str], now: datetime, run: Form | None = None, *, done: str = ""
) -> Page:
    """A page of invoices; `query` may name customer, period and kind. A run in a form is tried out."""
    invoices = await ask.get("/api/v1/invoices", query={"limit": str(ROWS)} | query)
    me = await ask.get("/api/v1/me")
    tried = None if run is None else await _tried(ask, run)
    view = invoices_view(invoices, query) | {
        "may": any(one["scope"] == "billing:write" for one in me["permissions"]),
        "tried": tried,
        "wanted": run.one("period") if run else query.get("period") or months(f"{now:%Y-%m}", now).previous,
        "done": done,
    }
    return Page(template="invoices.html", title="Invoices", nav="invoices", view=view)


async def _tried(ask: Asker, form: Form) -> Tried:
    """What a run over the month would do: nothing is written."""

    async def asked() -> Json:
        return await ask.post(_RUNS, {"period": form.one("period"), "dry_run": True})

    return await try_out(form, asked)


async def billed(ask: Asker, form: Form) -> str:
    """A month billed; the address of its documents. Raises Refusal where the API refuses."""
    period = form.one("period")
    answer = await ask.post(_RUNS, {"period": period})
    return "/console/invoices?" + urlencode({"period": period, "done": answer["status"]})
