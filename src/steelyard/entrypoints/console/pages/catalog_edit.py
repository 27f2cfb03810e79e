"""Editing the catalog: its numbers in a table or its files as text, what that would mean, publishing it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any, Final
from urllib.parse import urlencode

from steelyard.entrypoints.console.answers import Asker, Json, Refusal
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.impact import CUSTOMERS_SHOWN, STAYS, impact_view
from steelyard.entrypoints.console.pages.number_words import number_words
from steelyard.entrypoints.console.pages.page import Page
from steelyard.entrypoints.samples import sample_folder

CHANGE_FILE: Final = "change.yaml"
NUMBERS_SHOWN: Final = 400
ROLLOUTS: Final = {
    "everyone": "everyone who follows the live catalog",
    "new": "new subscriptions only",
    "new_and_renewing": "new ones, and others when they renew",
    "cohort": "customers with an attribute",
    "percent": "a share of the customers",
}
SAID: Final = ("hypothesis", "expected_effect", "trade_off", "success_measure", "review_date", "owner")
REASONS: Final = {
    "hypothesis": "Hypothesis: what is believed about customers and value",
    "expected_effect": "Expected effect, in figures where possible",
    "trade_off": "Trade-off: what it costs, or who may dislike it",
    "success_measure": "Success measure: by what somebody sees whether it worked",
    "review_date": "Somebody looks at that measure on",
}
"""What a change that others must agree to says about itself."""
ROLLOUT: Final = ("to", "where", "percent", "salt", "until")
NOUNS: Final = {"prices": "Price", "rate_cards": "Price", "cost_cards": "Cost", "plans": "Plan"}
FIRST: Final = """# Describe what you sell. `steelyard catalog sample` writes a whole one to start from.
products:
  - {key: platform, name: Platform, owner: you@example.com, definition: What you sell.}
prices:
  - {key: fee, name: Platform fee, owner: you@example.com, definition: A month., currency: USD,
     model: flat, amount: 49}
plans:
  - {key: team, name: Team, owner: you@example.com, definition: For teams., product: platform, currency: USD,
     items: [{price: fee}]}
"""


async def load(ask: Asker, form: Form) -> Page:
    """The editor: over the live version's files, those of another version or a sample, or those sent."""
    view = form.one("view") or "numbers"
    version = form.one("version") or "live"
    files, note = sent_files(form), ""
    if not files and (sample := form.one("sample")):
        files = {one.name: one.read_text() for one in sorted(sample_folder(sample).glob("*.yaml"))}
    if not files:
        files, note = await _kept(ask, version)
    edited = await ask.post("/api/v1/catalog/edit", {"files": as_body(files)})
    if not edited["numbers"]:
        view = "files"
    sought = form.one("q").lower()
    numbers = [one for one in edited["numbers"] if sought in f"{one['key']} {one['name']}".lower()]
    said = {name: form.one(name) for name in (*SAID, *ROLLOUT)}
    return Page(
        template="catalog_edit.html",
        title="Change prices",
        nav="catalog",
        view={
            "mode": view,
            "files": files,
            "entries": entries_of(numbers[:NUMBERS_SHOWN]),
            "left_out": max(0, len(numbers) - NUMBERS_SHOWN),
            "sought": form.one("q"),
            "words": number_words,
            "why_none": note,
            "said": said,
            "says": any(said[name] for name in SAID),
            "rollouts": ROLLOUTS,
            "note": form.one("note") or ("The first prices" if form.one("sample") else ""),
        },
    )


async def _kept(ask: Asker, version: str) -> tuple[dict[str, str], str]:
    """The files to begin with, and why they are not those of the version where they are not."""
    try:
        found = await ask.get("/api/v1/catalog/versions/{id}/source", {"id": version})
    except Refusal as refusal:
        if refusal.problem.get("code") == "unknown_catalog_version":
            return {"catalog.yaml": FIRST}, ""
        return {"catalog.yaml": ""}, f"{refusal}: paste them here"
    # The document of the change that made this version is of the past: the next change says its own.
    body = {"files": found["files"], "without": ["change"]}
    edited = await ask.post("/api/v1/catalog/edit", body)
    return {one["name"]: one["text"] for one in edited["files"] if one["text"].strip()}, ""


def sent_files(form: Form) -> dict[str, str]:
    """The files that the form carries, with the line ends of a file in place of those of a form.

    >>> sent_files(Form(pairs=(("file", "a.yaml"), ("text", "x: 1\\r\\n"))))
    {'a.yaml': 'x: 1\\n'}
    """
    names = [text for name, text in form.pairs if name == "file"]
    texts = [text.replace("\r\n", "\n") for name, text in form.pairs if name == "text"]
    found = dict(zip(names, texts, strict=False))
    return {name: text for name, text in found.items() if text.strip()}


def as_body(files: Mapping[str, str]) -> list[Json]:
    """Files as the API takes them."""
    return [{"name": name, "text": text} for name, text in files.items()]


def entries_of(numbers: Sequence[Json]) -> list[Json]:
    """The numbers by the entry in which they stand, in the order of the files."""
    found: list[Json] = []
    for (noun, key, name), some in groupby(numbers, key=lambda one: (one["noun"], one["key"], one["name"])):
        those = list(some)
        where = f"{those[0]['file']}, line {those[0]['line']}"
        found.append({"noun": NOUNS[noun], "key": key, "name": name, "where": where, "numbers": those})
    return found


def change_of(form: Form) -> Json | None:
    """The document of the change that the form says; None where it says nothing.

    >>> change_of(Form()) is None
    True
    >>> change_of(Form(pairs=(("hypothesis", "h"), ("to", "cohort"), ("where", "size=small, tiny"))))
    {'hypothesis': 'h', 'rollout': {'to': 'cohort', 'where': {'size': ['small', 'tiny']}}}
    """
    said: Json = {name: form.one(name) for name in SAID if form.one(name)}
    rollout: Json = {name: form.one(name) for name in ("salt", "until") if form.one(name)}
    to = form.one("to")
    if to == "cohort":
        name, _, values = form.one("where").partition("=")
        listed = [value.strip() for value in values.split(",") if value.strip()]
        rollout["where"] = {name.strip(): listed}
    if to == "percent":
        rollout["percent"] = form.one("percent")
    if to and (to != "everyone" or rollout):
        said["rollout"] = {"to": to, **rollout}
    return said or None


async def changed_files(ask: Asker, form: Form) -> dict[str, str]:
    """The files with the numbers that were typed in place of theirs; Refusal where one is none."""
    files = sent_files(form)
    typed = {name.removeprefix("n:"): text.strip() for name, text in form.pairs if name.startswith("n:")}
    if not typed:
        return files
    edited = await ask.post("/api/v1/catalog/edit", {"files": as_body(files)})
    before = {one["id"]: one["value"] for one in edited["numbers"]}
    changed = {id: text for id, text in typed.items() if before.get(id) != text}
    if not changed:
        return files
    body = {"files": as_body(files), "numbers": changed}
    done = await ask.post("/api/v1/catalog/edit", body)
    return {one["name"]: one["text"] for one in done["files"]}


async def preview(ask: Asker, form: Form, refused: tuple[str, ...] = ()) -> Page:
    """What the files would change, for whom and for how much money; every mistake with its line.

    `refused` says why what was previewed before could not be published.
    """
    files = await changed_files(ask, form)
    if not files:
        raise Refusal(400, {"title": "Nothing to look at", "detail": "write or paste the catalog first"})
    change = change_of(form)
    whole = {**files, **({CHANGE_FILE: _document(change)} if change else {})}
    plan = await ask.question("/api/v1/catalog/plan", {"files": as_body(whole)})
    view = await plan_view(ask, plan, {"files": as_body(files)}, form.one("currency"))
    said = {name: form.one(name) for name in (*SAID, *ROLLOUT) if form.one(name)}
    return Page(
        template="catalog_preview.html",
        title="What would change",
        nav="catalog",
        view={
            **view,
            "files": files,
            "said": said,
            "note": form.one("note"),
            "back": "",
            "reasons": REASONS,
            "refused": refused,
        },
    )


async def plan_view(ask: Asker, plan: Json, body: Json, currency: str) -> dict[str, Any]:
    """A plan as a page shows it: mistakes, sentences, money with its picture, risk, and who must agree."""
    impact = None
    if plan["money"] and plan["changed"] and not plan["problems"]:
        impact = await ask.post("/api/v1/impact", {**body, "limit": CUSTOMERS_SHOWN})
    found = impact_view(impact, currency) if impact else {}
    risk = plan["risk"]
    return {
        "plan": plan,
        "ready": plan["valid"] and plan["changed"] and not plan["tests"]["failed"],
        "failing": [one for one in plan["tests"]["tests"] if not one["passed"]],
        "changes": sentences(plan["changes"]),
        "impact": impact,
        "stays_of": [one | {"words": STAYS[one["follows"]]} for one in plan["follows"]],
        "risk_tone": {"low": "ok", "medium": "draft", "high": "bad"}.get(risk["level"] if risk else "", ""),
        **found,
    }


def sentences(changes: Sequence[Json]) -> list[Json]:
    """Each change with a mark and a tone: what comes, what goes, what is dearer or cheaper."""
    found: list[Json] = []
    for one in changes:
        percent = Decimal(one["percent"]) if one["percent"] is not None else None
        tone = "" if percent is None else "is-more" if percent > 0 else "is-less"
        words = _said(one) if percent is not None else one["text"][1:].strip()
        found.append(one | {"mark": one["text"][:1], "words": words, "tone": tone})
    return found


def _said(change: Json) -> str:
    """A changed number by what it means.

    >>> _said(
    ...     {
    ...         "name": "Seats",
    ...         "field": "model.tiers[0].unit_amount",
    ...         "before": "58",
    ...         "after": "78",
    ...         "percent": "34.5",
    ...         "plans": ["enterprise"],
    ...     }
    ... )
    'Seats, tier 1, each: 58 → 78 (+34.5 %), in plan enterprise'
    """
    what = number_words(change["field"].removeprefix("model."))
    more = "" if change["percent"].startswith("-") else "+"
    moved = f"{change['before']} → {change['after']} ({more}{change['percent']} %)"
    plans = f", in plan {', '.join(change['plans'])}" if change["plans"] else ""
    return f"{change['name']}, {what[:1].lower()}{what[1:]}: {moved}{plans}"


def _document(change: Json) -> str:
    """The document as a file of its own: JSON is YAML."""
    return json.dumps({"change": change}, indent=2, ensure_ascii=False) + "\n"


async def publish(ask: Asker, form: Form) -> str:
    """Publish what was previewed, or ask for the agreement that it needs; where to go then."""
    files, change = sent_files(form), change_of(form)
    whole = {**files, **({CHANGE_FILE: _document(change)} if change else {})}
    body = {"files": as_body(whole), "note": form.one("note")}
    return told(await ask.post("/api/v1/catalog/versions", body))


def told(answer: Json) -> str:
    """The address at which somebody sees what came of a publication."""
    waits = answer["waits_for"]
    if waits is not None:
        return f"/console/catalog/proposals/{waits['proposal']}?done=waiting"
    return "/console/catalog?" + urlencode({"done": str(answer["status"])})
