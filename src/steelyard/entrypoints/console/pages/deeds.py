"""Who did or looked at what, as the record has it."""

from __future__ import annotations

from steelyard.entrypoints.console.answers import Asker
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.page import Page, people

SHOWN = 100


async def load(ask: Asker, asked: Form) -> Page:
    """The page, of one person or key where the query names one."""
    by = asked.one("by")
    query = {"limit": str(SHOWN)} | ({"by": by} if by else {})
    if asked.one("cursor"):
        query["cursor"] = asked.one("cursor")
    deeds = await ask.get("/api/v1/deeds", query=query)
    names = await people(ask)
    view = {"deeds": deeds["items"], "next": deeds["next"], "people": names, "by": by}
    return Page(template="deeds.html", title="Who did what", nav="people", view=view)
