"""The inbox of reviews: what waits for this person, and everything that was asked before."""

from __future__ import annotations

from typing import Final

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.page import Page
from steelyard.entrypoints.console.role_words import TONES, role_name

SHOWN: Final = 50
STATUSES: Final = ("pending", "agreed", "refused", "expired")


def review_row(row: Json) -> Json:
    """A review with its badge and the roles in words."""
    return row | {
        "tone": TONES.get(row["status"], ""),
        "waits_for": [role_name(role) for role in row["unmet"]],
        "asked": [role_name(role) for role in row["requires"]],
    }


async def load(ask: Asker, asked: Form) -> Page:
    """The page; a status in its query narrows the list of all."""
    status = asked.one("status") if asked.one("status") in STATUSES else ""
    mine = await ask.get("/api/v1/reviews", query={"mine": "true"})
    query = {"limit": str(SHOWN)} | ({"status": status} if status else {})
    if asked.one("cursor"):
        query["cursor"] = asked.one("cursor")
    every = await ask.get("/api/v1/reviews", query=query)
    view = {
        "mine": [review_row(row) for row in mine["items"]],
        "every": [review_row(row) for row in every["items"]],
        "next": every["next"],
        "status": status,
        "statuses": STATUSES,
    }
    return Page(template="reviews.html", title="Reviews", nav="reviews", view=view)
