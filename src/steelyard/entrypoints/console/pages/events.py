"""Usage events: what came in, whose it is, and what has no customer or no meter yet."""

from __future__ import annotations

from typing import Any

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.pages.page import Page, month_bounds

SHOWN = 50
STATUSES = {
    "": "All events",
    "attributed": "With customer and meter",
    "unattributed": "Without a customer",
    "unmatched": "Read by no meter",
}
NAMED = ("status", "customer", "type", "meter", "period", "cursor")


def events_query(wanted: dict[str, str]) -> dict[str, str]:
    """The API's query for what a page was asked to show; a month becomes its two ends.

    >>> events_query({"status": "unmatched", "period": "2026-10"})
    {'status': 'unmatched', 'from': '2026-10-01T00:00:00Z', 'to': '2026-11-01T00:00:00Z', 'limit': '50'}
    """
    query = {name: value for name, value in wanted.items() if value and name != "period"}
    if wanted.get("period"):
        first, end = month_bounds(wanted["period"])
        query |= {"from": f"{first}T00:00:00Z", "to": f"{end}T00:00:00Z"}
    return query | {"limit": str(SHOWN)}


def events_view(events: Json, wanted: dict[str, str]) -> dict[str, Any]:
    """All that the page shows; `kept` are the filters that its links go on with."""
    kept = {name: value for name, value in wanted.items() if value and name != "cursor"}
    return {
        "items": events["items"],
        "next": events["next"],
        "kept": kept,
        "statuses": STATUSES,
        "narrowed": {name: value for name, value in kept.items() if name != "status"},
    }


async def load(ask: Asker, wanted: dict[str, str]) -> Page:
    """A page of events, newest first."""
    events = await ask.get("/api/v1/events", query=events_query(wanted))
    return Page(template="events.html", title="Events", nav="events", view=events_view(events, wanted))
