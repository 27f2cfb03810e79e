"""Corrections and backfills: everything by which usage counts otherwise than it came in."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.page import Page, people

SHOWN: Final = 50
SAYINGS: Final = {"amend": "amended", "void": "voided", "hold": "held", "release": "released"}
# How the state of a backfill is shown: the tone of its badge.
TONES: Final = {"open": "draft", "committed": "ok", "reverted": "bad", "abandoned": ""}


def changes_view(corrections: Json, backfills: Json) -> dict[str, Any]:
    """All that the list shows, the newest first."""
    return {
        "corrections": [
            row | {"words": SAYINGS.get(row["action"], row["action"])} for row in corrections["items"]
        ],
        "older": corrections["next"],
        "backfills": [row | {"tone": TONES.get(row["status"], "")} for row in reversed(backfills["items"])],
    }


async def load(ask: Asker, asked: Form) -> Page:
    """The page, with older corrections where its query says so."""
    cursor = {"cursor": asked.one("cursor")} if asked.one("cursor") else {}
    corrections = await ask.get("/api/v1/events/corrections", query={"limit": str(SHOWN)} | cursor)
    backfills = await ask.get("/api/v1/backfills", query={"limit": "1000"})
    view = changes_view(corrections, backfills) | {"paged": bool(cursor), "people": await people(ask)}
    return Page(template="changes.html", title="Changes", nav="changes", view=view)


async def open_backfill(ask: Asker, form: Form) -> str:
    """Open a backfill; the address of its page.

    Raises Refusal where the API refuses.
    """
    made = await ask.post("/api/v1/backfills", {"reason": form.one("reason")})
    return f"/console/changes/backfills/{made['id']}?" + urlencode({"done": "it is open"})
