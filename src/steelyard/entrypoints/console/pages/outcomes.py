"""Outcomes: which wait for a decision, and one of them with everything that was done about it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from steelyard.entrypoints.console.answers import Asker, Json, Refusal
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.outcome_worth import worth_of
from steelyard.entrypoints.console.pages.page import Page, customer_names, people
from steelyard.kernel import InvalidInput, instant

SHOWN_MAX: Final = 200
TABS: Final = {
    "contested": (
        "Contested",
        "Somebody says that it was not reached. It does not count until you decide.",
    ),
    "claimed": (
        "Claimed",
        "Somebody says that it was reached. Unconfirmed, it lapses with its window.",
    ),
    "confirmed": ("Confirmed", "The customer, or evidence, says so too. When the window is over, it counts."),
    "accepted": ("Accepted", "It counts: it is a usage event, and billed like any other."),
    "reversed": ("Reversed", "It does not count, and never will. What was billed for it comes back."),
}
DECISIONS: Final = {
    "confirm": ("Confirm", "Evidence says so too.", False),
    "accept": ("Accept", "It counts, and is billed.", False),
    "contest": ("Contest", "It was not reached; it waits for a decision.", True),
    "reverse": ("Reverse", "It never counts; what was billed for it comes back.", True),
}
MAY_FOLLOW: Final = {
    "claimed": ("confirm", "accept", "contest", "reverse"),
    "confirmed": ("accept", "contest", "reverse"),
    "contested": ("accept", "reverse"),
    "accepted": ("contest", "reverse"),
    "reversed": (),
}
FIELDS: Final = ("customer", "type", "key", "occurred_at", "acted_at", "window_days", "data", "reason")


def row_of(outcome: Json, now: datetime) -> Json:
    """An outcome as a row: whole days until its window closes, and what was done last."""
    left = instant(outcome["decide_by"]) - now
    last = outcome["steps"][-1]
    return outcome | {"days_left": left.days if left.total_seconds() > 0 else -1, "last": last}


async def load(ask: Asker, asked: Form, now: datetime, **more: Any) -> Page:
    """The outcomes of one status; without a name, the first status in which something waits."""
    one_more = {"limit": str(SHOWN_MAX + 1)}
    named = {name: asked.one(name) for name in ("customer",) if asked.one(name)}
    by_status: dict[str, list[Json]] = {}
    for status in TABS:
        found = await ask.get("/api/v1/outcomes", query={"status": status} | named | one_more)
        by_status[status] = found["items"]
    waiting = [status for status in ("contested", "claimed", "confirmed") if by_status[status]]
    tab = asked.one("tab") if asked.one("tab") in TABS else (waiting or ["accepted"])[0]
    due = await _due(ask)
    view: dict[str, Any] = {
        "tab": tab,
        "tabs": [_tab(key, by_status[key]) for key in TABS],
        "meaning": TABS[tab][1],
        "rows": [row_of(one, now) for one in sorted(by_status[tab], key=_by_deadline)[:SHOWN_MAX]],
        "customer": asked.one("customer"),
        "due": due,
        "customers": await customer_names(ask),
        "may": due is not None,
        "done": asked.one("done"),
        "filled": {name: asked.one(name) for name in FIELDS},
        "planned": None,
        "refused": [],
    }
    return Page(template="outcomes.html", title="Outcomes", nav="outcomes", view=view | more)


def _tab(key: str, items: list[Json]) -> Json:
    depth = str(len(items)) if len(items) <= SHOWN_MAX else f"{SHOWN_MAX}+"
    waits = bool(items) and key in ("contested", "claimed", "confirmed")
    return {"key": key, "label": TABS[key][0], "depth": depth, "waits": waits}


def _by_deadline(outcome: Json) -> tuple[str, str]:
    return outcome["decide_by"], outcome["id"]


async def _due(ask: Asker) -> list[Json] | None:
    """What would settle now; None for somebody who may decide nothing."""
    try:
        return (await ask.post("/api/v1/outcomes/settle", {"dry_run": True}))["outcomes"]
    except Refusal:
        return None


async def settle(ask: Asker) -> str:
    """Settle what is due; the address of the list.

    Raises Refusal where the API refuses.
    """
    done = await ask.post("/api/v1/outcomes/settle", {})
    return f"/console/outcomes?tab=accepted&done={len(done['outcomes'])}+settled"


async def claim(ask: Asker, form: Form, now: datetime) -> Page | str:
    """Claim a result: shown first, and carried out on a yes; the address of the outcome then."""
    sure = form.one("sure") == "yes"
    try:
        made = await ask.post("/api/v1/outcomes", _claimed(form) | {"dry_run": not sure})
    except (Refusal, InvalidInput) as refusal:
        return await load(ask, form, now, refused=_said(refusal))
    if sure:
        return f"/console/outcomes/{made['id']}"
    return await load(ask, form, now, planned=row_of(made, now))


def _claimed(form: Form) -> Json:
    try:
        data = json.loads(form.one("data") or "{}")
        days = int(form.one("window_days") or "30")
    except ValueError as error:
        raise InvalidInput(f"not readable: {error}", code="not_readable") from None
    return {
        "customer": form.one("customer"),
        "type": form.one("type"),
        "key": form.one("key"),
        "occurred_at": moment(form.one("occurred_at")),
        "acted_at": moment(form.one("acted_at")) or None,
        "window_days": days,
        "data": data,
        "reason": form.one("reason"),
    }


def moment(text: str) -> str:
    """A moment as a browser's field has it, as one in UTC; other texts are left to the API to refuse.

    >>> moment("2026-10-01T12:00"), moment("2026-10-01T12:00:00Z"), moment("")
    ('2026-10-01T12:00:00Z', '2026-10-01T12:00:00Z', '')
    """
    return f"{text}:00Z" if len(text) == 16 and text[10:11] == "T" else text


def _said(refusal: Refusal | InvalidInput) -> list[str]:
    if isinstance(refusal, Refusal):
        said = [item["message"] for item in refusal.problem.get("errors", [])]
        return said or [str(refusal)]
    return [str(refusal)]


async def load_one(ask: Asker, id: str, form: Form, now: datetime) -> Page:
    """One outcome; a decision in the form is tried out, never carried out."""
    outcome = await ask.get("/api/v1/outcomes/{id}", {"id": id})
    doing, planned, refused = form.one("do"), None, list[str]()
    if doing in DECISIONS:
        try:
            planned = await ask.post(*_decision(id, doing, form, dry_run=True))
        except Refusal as refusal:
            refused = _said(refusal)
    allowed = [one for one in MAY_FOLLOW[outcome["status"]] if await _may(ask)]
    view = {
        "outcome": row_of(outcome, now),
        "data_text": json.dumps(outcome["data"], indent=2, ensure_ascii=False),
        "meaning": TABS[outcome["status"]][1],
        "month": outcome["occurred_at"][:7],
        "story": list(reversed(outcome["steps"])),
        "actions": {name: DECISIONS[name] for name in allowed},
        "doing": doing,
        "planned": planned,
        "refused": refused,
        "reason": form.one("reason"),
        "people": await people(ask),
        "worth": await _worth(ask, outcome),
        "customers": await customer_names(ask),
    }
    title = f"Outcome {outcome['key']}"
    return Page(template="outcome.html", title=title, nav="outcomes", view=view)


async def _worth(ask: Asker, outcome: Json) -> list[Json]:
    try:
        return await worth_of(ask, outcome)
    except Refusal:  # a price that looks at more than a quantity: the bill tells, this page does without
        return []


async def _may(ask: Asker) -> bool:
    me = await ask.get("/api/v1/me")
    return any(one["scope"] == "usage:write" for one in me["permissions"])


def _decision(id: str, doing: str, form: Form, *, dry_run: bool) -> tuple[str, Json, dict[str, str]]:
    body = {"reason": form.one("reason"), "dry_run": dry_run}
    return f"/api/v1/outcomes/{{id}}/{doing}", body, {"id": id}


async def decide(ask: Asker, id: str, form: Form) -> str:
    """Carry a decision out; the address of the outcome.

    Raises Refusal where the API refuses, InvalidInput for what nobody can do.
    """
    doing = form.one("do")
    if doing not in DECISIONS:
        raise InvalidInput(f"nobody can {doing[:40]!r} an outcome", code="invalid_parameter")
    await ask.post(*_decision(id, doing, form, dry_run=False))
    return f"/console/outcomes/{id}"
