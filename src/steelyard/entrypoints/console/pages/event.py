"""One usage event: what it said, what became of it, what meters read from it, its history and its receipt."""

from __future__ import annotations

import json
from typing import Any, Final

from steelyard.entrypoints.console.answers import Asker, Json, Refusal
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.page import Page, people
from steelyard.entrypoints.console.proofs import climb
from steelyard.entrypoints.console.verdicts import verdict_of
from steelyard.kernel import InvalidInput

ACTIONS: Final = {
    "amend": ("Amend", "What it says is wrong: from now on it counts as written here."),
    "void": ("Void", "It should not count at all."),
    "hold": ("Hold", "It should not be billed until somebody has looked at it."),
    "release": ("Release", "It was looked at and counts again."),
}
SAYINGS: Final = {
    "sent": "came in",
    "attribute": "given to",
    "amend": "amended",
    "void": "voided",
    "hold": "held",
    "release": "released",
}
CHANGEABLE: Final = ("subject", "time", "data")


def actions_for(status: str) -> list[str]:
    """What a person can do with an event of this status.

    >>> actions_for("held"), actions_for("voided")
    (['release', 'amend', 'void'], [])
    """
    if status in ("attributed", "unmatched"):
        return ["amend", "void", "hold"]
    return {"held": ["release", "amend", "void"], "unattributed": ["void"], "quarantined": ["void"]}.get(
        status, []
    )


def changed_fields(form: Form, event: Json) -> Json:
    """What an amendment changes: the fields of the form that differ from the event.

    Raises InvalidInput where the data is no JSON.

    >>> form = Form(pairs=(("subject", "acme"), ("data", '{"n": 2}')))
    >>> changed_fields(form, {"subject": "acme", "time": "t", "data": {"n": 1}})
    {'data': {'n': 2}}
    """
    changed: Json = {}
    for name in CHANGEABLE:
        text = form.one(name)
        if name == "data":
            value = _json(text)
            if value != event["data"]:
                changed["data"] = value
        elif text and text != event[name]:
            changed[name] = text
    return changed


def _json(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"the data is not readable as JSON: {error}", code="not_readable") from None


def correction_of(form: Form, event: Json, *, dry_run: bool) -> Json:
    """The correction that the form asks for, as the API takes it."""
    action = form.one("do")
    if action not in ACTIONS:
        raise InvalidInput(f"nobody can {action[:40]!r} an event", code="invalid_parameter")
    body: Json = {
        "action": action,
        "source": event["source"],
        "id": event["id"],
        "reason": form.one("reason"),
        "dry_run": dry_run,
    }
    return body | ({"event": changed_fields(form, event)} if action == "amend" else {})


def event_view(detail: Json, proof: Json | None, history: Json | None) -> dict[str, Any]:
    """All that the page of an event shows before anybody changes anything."""
    event = detail["event"]
    walked = climb(proof) if proof else None
    return {
        "event": event,
        "data_text": json.dumps(event["data"], indent=2, ensure_ascii=False),
        "verdict": verdict_of(event["status"]),
        "receipt": detail["receipt"],
        "readings": detail["readings"],
        "sent_by": detail["sent_by"],
        "counting": sum(1 for one in detail["readings"] if one["counts"]),
        "trace": {"event": event, "climb": walked},
        "told": True,
        "is_somebodys": not event["customer"].startswith("$"),
        "history": [row | {"words": SAYINGS.get(row["action"], row["action"])} for row in history["items"]]
        if history
        else [],
        "actions": {name: ACTIONS[name] for name in actions_for(event["status"])} if history else {},
    }


async def _preview(ask: Asker, form: Form, event: Json) -> dict[str, Any]:
    """What a correction would change, or why it is refused; nothing where nobody asks for one."""
    if not form.one("do"):
        return {"planned": None, "refused": ""}
    try:
        body = correction_of(form, event, dry_run=True)
        return {"planned": await ask.post("/api/v1/events/corrections", body), "refused": ""}
    except (Refusal, InvalidInput) as refusal:
        return {"planned": None, "refused": str(refusal)}


async def load(ask: Asker, index: str, form: Form) -> Page:
    """The page of the event that an entry of the record carries; a form is previewed, never carried out."""
    detail = await ask.get("/api/v1/events/{index}", {"index": index})
    event = detail["event"]
    proof = await ask.get_or_none("/record/proof/{index}", {"index": str(event["index"])})
    named = {"source": event["source"], "id": event["id"]}
    history = await ask.get_or_none("/api/v1/events/history", query=named)
    view = event_view(detail, proof, history) | await _preview(ask, form, event)
    view |= {"filled": form.fields, "doing": form.one("do"), "entry": int(index), "people": await people(ask)}
    return Page(template="event.html", title=f"Event {event['id']}", nav="events", view=view)


async def correct(ask: Asker, index: str, form: Form) -> str:
    """Carry a correction out; the address of the event as it stands afterwards.

    Raises Refusal where the API refuses.
    """
    event = (await ask.get("/api/v1/events/{index}", {"index": index}))["event"]
    await ask.post("/api/v1/events/corrections", correction_of(form, event, dry_run=False))
    named = {"source": event["source"], "id": event["id"]}
    history = await ask.get("/api/v1/events/history", query=named)
    return f"/console/events/{history['carrier']}#history"
