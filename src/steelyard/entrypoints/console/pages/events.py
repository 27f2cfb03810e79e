"""Usage events as they come in, and what became of each."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.pages.page import Page, month_bounds
from steelyard.entrypoints.console.verdicts import verdict_of
from steelyard.metering import EventStatus

SHOWN = 50
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
    narrowed = {name: value for name, value in kept.items() if name != "status"}
    return {
        "items": [row | {"verdict": verdict_of(row["status"])} for row in events["items"]],
        "next": events["next"],
        "kept": kept,
        "status": kept.get("status", ""),
        "statuses": {one.value: verdict_of(one.value) for one in EventStatus},
        "narrowed": {name: (value, _rest(kept, name)) for name, value in narrowed.items()},
        "query": urlencode(kept),
        "live": not wanted.get("cursor"),
    }


def _rest(kept: dict[str, str], name: str) -> str:
    return "?" + urlencode({key: value for key, value in kept.items() if key != name})


async def load(ask: Asker, wanted: dict[str, str]) -> Page:
    """A page of events, newest first."""
    events = await ask.get("/api/v1/events", query=events_query(wanted))
    meters = await ask.get_or_none("/api/v1/meters")
    view = events_view(events, wanted) | {"meters": meters["items"] if meters else []}
    return Page(template="events.html", title="Events", nav="events", view=view)


async def load_rows(ask: Asker, wanted: dict[str, str]) -> Page:
    """The rows alone, for a page that is looked at while events come in."""
    events = await ask.get("/api/v1/events", query=events_query(wanted))
    return Page(template="parts/event_rows.html", title="", nav="", view=events_view(events, wanted))
