"""One usage event: what it said, what became of it, what meters read from it, and its receipt."""

from __future__ import annotations

from typing import Any

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.pages.page import Page
from steelyard.entrypoints.console.proofs import climb
from steelyard.entrypoints.console.verdicts import verdict_of


def event_view(detail: Json, proof: Json | None) -> dict[str, Any]:
    """All that the page of an event shows."""
    event = detail["event"]
    walked = climb(proof) if proof else None
    return {
        "event": event,
        "verdict": verdict_of(event["status"]),
        "receipt": detail["receipt"],
        "readings": detail["readings"],
        "counting": sum(1 for one in detail["readings"] if one["counts"]),
        "trace": {"event": event, "climb": walked},
        "told": True,
        "is_somebodys": not event["customer"].startswith("$"),
    }


async def load(ask: Asker, index: str) -> Page:
    """The page of the event that an entry of the record carries."""
    detail = await ask.get("/api/v1/events/{index}", {"index": index})
    proof = await ask.get_or_none("/record/proof/{index}", {"index": index})
    view = event_view(detail, proof)
    return Page(template="event.html", title=f"Event {detail['event']['id']}", nav="events", view=view)
