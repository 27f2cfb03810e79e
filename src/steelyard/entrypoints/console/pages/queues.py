"""Queues: everything that waits for a person, in one place, with what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages import queue_late, queue_rejected, queue_unusual, queue_waiting
from steelyard.entrypoints.console.pages.page import Page
from steelyard.kernel import NotFound

COUNTED_MAX: Final = 100
TABS: Final = {
    "unattributed": "Nobody's yet",
    "quarantined": "Quarantined",
    "rejected": "Refused",
    "unusual": "Unusual",
    "late": "Late",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One queue: its name, how much waits in it (as a person reads it), and whether any does."""

    key: str
    label: str
    depth: str
    waits: bool


def depth_of(items: list[Any]) -> str:
    """How many items there are, as far as they were counted.

    >>> depth_of([1, 2]), depth_of(list(range(101)))
    ('2', '100+')
    """
    return str(len(items)) if len(items) <= COUNTED_MAX else f"{COUNTED_MAX}+"


def tabs_of(waiting: Json, rejected: Json, held: Json, late: Json) -> list[Tab]:
    """The queues with their depths, in the order in which they are worked off."""
    depths = {
        "unattributed": (f"{waiting['unattributed']:,}", waiting["unattributed"] > 0),
        "quarantined": (f"{waiting['quarantined']:,}", waiting["quarantined"] > 0),
        "rejected": (depth_of(rejected["items"]), bool(rejected["items"])),
        "unusual": (depth_of(held["items"]), bool(held["items"])),
        "late": (depth_of(late["items"]), bool(late["items"])),
    }
    return [
        Tab(key=key, label=label, depth=depths[key][0], waits=depths[key][1]) for key, label in TABS.items()
    ]


async def load(ask: Asker, asked: Form) -> Page:
    """The page with one of the queues opened; without a name, the first in which something waits."""
    one_more = {"limit": str(COUNTED_MAX + 1)}
    waiting = await ask.get("/api/v1/attribution/queue", query={"limit": "200"})
    rejected = await ask.get("/api/v1/events/rejected", query=one_more)
    held = await ask.get("/api/v1/events", query={"status": "held"} | one_more)
    late = await ask.get("/api/v1/billing/changes")
    tabs = tabs_of(waiting, rejected, held, late)
    tab = asked.one("tab") or next((one.key for one in tabs if one.waits), "unattributed")
    if tab in ("unattributed", "quarantined"):
        view = await queue_waiting.view(ask, waiting, tab, asked)
    elif tab == "rejected":
        view = await queue_rejected.view(ask, asked)
    elif tab == "unusual":
        view = await queue_unusual.view(ask, held)
    elif tab == "late":
        view = queue_late.view(late)
    else:
        raise NotFound(f"there is no queue {tab[:40]!r}", code="not_found")
    frame = {"tabs": tabs, "tab": tab, "done": asked.one("done")}
    return Page(template=f"queue_{_template(tab)}.html", title="Queues", nav="queues", view=frame | view)


def _template(tab: str) -> str:
    return "waiting" if tab in ("unattributed", "quarantined") else tab
