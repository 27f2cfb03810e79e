"""Events that wait for their customer or in quarantine: choose a group, see what would happen, do it."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from steelyard.entrypoints.console.answers import Asker, Json, Refusal
from steelyard.entrypoints.console.forms import Form

BATCHES_MAX: Final = 100
GROUP: Final = ("type", "source", "subject")
REPLAY: Final = "/api/v1/attribution/replay"


def address_of(tab: str, row: Json) -> str:
    """The page's query that opens one group."""
    return "?" + urlencode({"tab": tab, "open": "1", **{name: row[name] for name in GROUP}})


def rows_of(waiting: Json, tab: str, asked: Form) -> list[dict[str, Any]]:
    """The groups of one queue; the one that the page's query names is marked."""
    found: list[dict[str, Any]] = []
    for row in waiting["items"]:
        if row["queue"] != tab:
            continue
        is_open = bool(asked.one("open")) and all(row[name] == asked.one(name) for name in GROUP)
        found.append(row | {"address": address_of(tab, row), "open": is_open})
    return found


def replay_of(form: Form, *, dry_run: bool, cursor: str = "") -> Json:
    """What to attribute, as the API takes it: a group to a customer, or all that matches now."""
    body: Json = {"dry_run": dry_run, "quarantined": form.one("tab") == "quarantined", "cursor": cursor}
    if form.one("open"):
        body |= {name: form.one(name) for name in GROUP}
    if form.one("customer"):
        body["customer"] = form.one("customer")
    if form.one("accept"):
        body["accept"] = True
    return body | {"reason": form.one("reason")}


def rule_of(form: Form, *, dry_run: bool) -> Json | None:
    """The rule that shall hold for what comes in later, where one is wanted."""
    how, subject = form.one("rule"), form.one("subject")
    if not how or not form.one("customer"):
        return None
    rule: Json = {"customer": form.one("customer"), "reason": form.one("reason"), "dry_run": dry_run}
    if how == "subject":
        return rule | {"subject": subject}
    if how == "prefix":
        return rule | {"subject_prefix": form.one("prefix")}
    return rule | {"source": form.one("source")}


async def _planned(ask: Asker, form: Form) -> dict[str, Any]:
    if form.one("do") != "replay":
        return {"planned": None, "refused": ""}
    try:
        rule = rule_of(form, dry_run=True)
        if rule is not None:
            await ask.post("/api/v1/attribution/rules", rule)
        return {"planned": await ask.post(REPLAY, replay_of(form, dry_run=True)), "refused": ""}
    except Refusal as refusal:
        return {"planned": None, "refused": str(refusal)}


async def view(ask: Asker, waiting: Json, tab: str, asked: Form) -> dict[str, Any]:
    """What the tab shows; a form is tried out, never carried out."""
    rows = rows_of(waiting, tab, asked)
    customers = await ask.get_or_none("/api/v1/customers", query={"limit": "1000"})
    rules = await ask.get_or_none("/api/v1/attribution/rules")
    ready = sum(
        row["events"] for row in rows if row["suggested"] and (tab != "quarantined" or row["fits_now"])
    )
    return {
        "rows": rows,
        "chosen": next((row for row in rows if row["open"]), None),
        "customers": customers["items"] if customers else [],
        "rules": rules["items"] if rules else [],
        "ready": ready,
        "filled": asked.fields,
        **await _planned(ask, asked),
    }


async def replay(ask: Asker, form: Form) -> str:
    """Attribute what the form names, batch by batch; the address that says what came of it.

    Raises Refusal where the API refuses.
    """
    rule = rule_of(form, dry_run=False)
    if rule is not None:
        await ask.post("/api/v1/attribution/rules", rule)
    attributed, refused, cursor = 0, 0, ""
    for _ in range(BATCHES_MAX):
        answer = await ask.post(REPLAY, replay_of(form, dry_run=False, cursor=cursor))
        attributed += answer["attributed"]
        refused += answer["refused"]
        cursor = answer["next"] or ""
        if not cursor:
            break
    done = f"{attributed:,} brought to their customer" + (f", {refused:,} refused" if refused else "")
    return "/console/queues?" + urlencode({"tab": form.one("tab") or "unattributed", "done": done})


async def retire_rule(ask: Asker, form: Form) -> str:
    """Take a rule back; what it attributed stays."""
    await ask.delete("/api/v1/attribution/rules/{id}", {"id": form.one("id")})
    return "/console/queues?" + urlencode({"tab": "unattributed", "done": "the rule is taken back"})
