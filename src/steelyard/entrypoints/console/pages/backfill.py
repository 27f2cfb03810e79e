"""One backfill: what it brings in and sets aside, what that would change, and the step that does it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

from steelyard.entrypoints.console.answers import Asker, Json, Refusal
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.changes import TONES
from steelyard.entrypoints.console.pages.page import Page, people
from steelyard.kernel import InvalidInput

ONE: Final = "/api/v1/backfills/{id}"
ROWS_SHOWN: Final = 200
STEPS: Final = {
    "open": "opened",
    "add": "events added",
    "deprecate": "ranges named",
    "commit": "committed",
    "revert": "reverted",
    "abandon": "given up",
}


def events_of(text: str) -> list[Any]:
    """The events that somebody pasted: a JSON list, or one JSON object a line.

    Raises InvalidInput with the line that cannot be read.

    >>> events_of('{"id": "1", "type": "t"}\\n\\n{"id": "2", "type": "t"}')
    [{'id': '1', 'type': 't'}, {'id': '2', 'type': 't'}]
    """
    if text.lstrip().startswith("["):
        return _read(text, "the list")
    lines = enumerate(text.splitlines(), start=1)
    return [_read(line, f"line {number}") for number, line in lines if line.strip()]


def _read(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{where} is not readable as JSON: {error}", code="not_readable") from None


def range_of(form: Form) -> Json:
    """The range that the form names, as the API takes it; days belong to it whole."""
    found: Json = {"from": _moment(form.one("from")), "to": _moment(form.one("to"))}
    if form.one("customer"):
        found["customer"] = form.one("customer")
    if form.one("source"):
        found["source"] = form.one("source")
    types = [name.strip() for name in form.one("types").split(",") if name.strip()]
    return found | ({"event_types": types} if types else {})


def _moment(text: str) -> str:
    """A moment of a form as RFC 3339 in UTC.

    >>> _moment("2026-10-05T17:00"), _moment("2026-10-05")
    ('2026-10-05T17:00:00Z', '2026-10-05T00:00:00Z')
    """
    if len(text) == len("2026-10-05"):
        return f"{text}T00:00:00Z"
    return f"{text}:00Z" if len(text) == len("2026-10-05T17:00") else text


def backfill_view(backfill: Json, preview: Json | None, why_not: str) -> dict[str, Any]:
    """All that the page shows; `why_not` says why there is no preview."""
    status = backfill["status"]
    quantities: Sequence[Json] = preview["quantities"] if preview else []
    return {
        "backfill": backfill,
        "tone": TONES.get(status, ""),
        "steps": [
            row | {"words": STEPS.get(row["action"], row["action"])} for row in reversed(backfill["steps"])
        ],
        "preview": preview,
        "why_not": why_not,
        "quantities": quantities[:ROWS_SHOWN],
        "more": max(0, len(quantities) - ROWS_SHOWN),
        "problems": [one for row in (preview["money"] if preview else []) for one in row["problems"]],
    }


async def load(ask: Asker, id: str, asked: Form) -> Page:
    """The page of one backfill, with what its next step would change."""
    backfill = await ask.get(ONE, {"id": id})
    preview, why_not = None, ""
    if backfill["status"] in ("open", "committed"):
        try:
            preview = await ask.get(f"{ONE}/preview", {"id": id})
        except Refusal as refusal:
            why_not = str(refusal)
    customers = await ask.get_or_none("/api/v1/customers", query={"limit": "1000"})
    view = backfill_view(backfill, preview, why_not)
    view |= {
        "people": await people(ask),
        "done": asked.one("done"),
        "customers": customers["items"] if customers else [],
    }
    return Page(template="backfill.html", title="Backfill", nav="changes", view=view)


async def add_events(ask: Asker, id: str, form: Form) -> str:
    """Add the events that the form holds; the address that says what became of them.

    Raises Refusal where the API refuses them all, InvalidInput where they cannot be read.
    """
    added = await ask.post(f"{ONE}/events", {"events": events_of(form.one("events"))}, {"id": id})
    done = f"{added['added']:,} added"
    if added["duplicates"]:
        done += f", {added['duplicates']:,} there already"
    if added["refused"]:
        done += f", {added['refused']:,} refused ({added['errors'][0]['message']})"
    return _back(id, done)


async def add_range(ask: Asker, id: str, form: Form) -> str:
    """Name a range that the commit sets aside.

    Raises Refusal where the API refuses.
    """
    await ask.post(f"{ONE}/ranges", {"ranges": [range_of(form)]}, {"id": id})
    return _back(id, "the range is named")


async def step(ask: Asker, id: str, action: str, form: Form) -> str:
    """Commit, revert or abandon; a commit does no more than the preview showed.

    Raises Refusal where the API refuses.
    """
    body: Json = {"reason": form.one("reason")}
    if action == "commit":
        body |= {name: int(form.one(name)) for name in ("upto", "version") if form.one(name).isdecimal()}
    await ask.post(f"{ONE}/{action}", body, {"id": id})
    return _back(id, STEPS[action])


def _back(id: str, done: str) -> str:
    return f"/console/changes/backfills/{id}?" + urlencode({"done": done})
