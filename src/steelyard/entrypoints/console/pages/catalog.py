"""The catalog: what is live, what waits for agreement or a look back, and each release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from steelyard.entrypoints.console.answers import Asker, Json, Refusal
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.catalog_edit import plan_view, sentences, told
from steelyard.entrypoints.console.pages.page import Page, people
from steelyard.entrypoints.console.role_words import role_name
from steelyard.entrypoints.samples import SAMPLES

VERDICTS = {
    "keep": "keep it",
    "adjust": "adjust it",
    "take_back": "take it back",
    "unclear": "not clear yet",
}


async def load(ask: Asker, form: Form) -> Page:
    """The overview: what is sold now, what waits, what is to be looked at, and every release."""
    live = await ask.get_or_none("/api/v1/catalog/versions/{id}", {"id": "live"})
    query = {"limit": "50"} | ({"cursor": form.one("cursor")} if form.one("cursor") else {})
    log = await ask.get("/api/v1/catalog/log", query=query)
    proposals = await ask.get("/api/v1/catalog/proposals", query={"limit": "20"})
    due = await ask.get("/api/v1/catalog/changes", query={"within_days": "14"})
    names = await people(ask)
    waiting = [one for one in proposals["items"] if not one["stale"]]
    return Page(
        template="catalog.html",
        title="Catalog",
        nav="catalog",
        view={
            "live": live,
            "sold": sold(live["catalog"]) if live else [],
            "counts": counts(live["catalog"]) if live else {},
            "log": log["items"],
            "next": log["next"],
            "proposals": [one | {"by": names.get(one["proposed_by"], one["proposed_by"])} for one in waiting],
            "due": due["items"],
            "done": form.one("done"),
            "samples": SAMPLES,
        },
    )


def counts(catalog: Json) -> dict[str, int]:
    """How much a catalog says of each thing.

    >>> counts({"plans": {"a": 1}, "prices": {}, "metrics": {}, "features": {}})["plans"]
    1
    """
    return {name: len(catalog[name]) for name in ("plans", "prices", "metrics", "features")}


def sold(catalog: Json) -> list[Json]:
    """The plans in the order of products and tiers, each with what it charges for and grants."""
    plans: list[Json] = sorted(
        catalog["plans"].values(), key=lambda one: (one["product"], one["tier"], one["key"])
    )
    products: Mapping[str, Json] = catalog["products"]
    return [
        {
            "key": one["key"],
            "name": one["name"],
            "product": products[one["product"]]["name"],
            "currency": one["currency"],
            "by_contract": one["by_contract"],
            "charges": [catalog["prices"][item["price"]]["name"] for item in one["items"]],
            "features": [catalog["features"][key]["name"] for key in one["features"]],
        }
        for one in plans
    ]


async def release(ask: Asker, number: str, form: Form) -> Page:
    """One release: who, what, when, why, and what came of it; with `back` what going back would change."""
    found = await _release(ask, number)
    query = {"after": str(found["number"])}
    diff = await ask.get("/api/v1/catalog/diff", query=query)
    view: dict[str, Any] = {}
    if form.one("back"):
        plan = await ask.question("/api/v1/catalog/plan", {"version": number})
        view = await plan_view(ask, plan, {"version": number}, form.one("currency"))
    said = sentences(diff["changes"])
    return Page(
        template="catalog_release.html",
        title=f"Release {found['number']}",
        nav="catalog",
        view={
            **view,
            "one": found,
            "said_changes": said,
            "going_back": bool(form.one("back")),
            "verdicts": VERDICTS,
            "done": form.one("done"),
            "back": number,
            "files": {},
            "said": {},
            "note": "",
        },
    )


async def _release(ask: Asker, number: str) -> Json:
    log = await ask.get("/api/v1/catalog/log", query={"limit": "1000"})
    found = next((one for one in log["items"] if str(one["number"]) == number), None)
    if found is None:
        raise Refusal(404, {"title": "Not Found", "detail": f"there is no release {number[:20]!r}"})
    return found


async def roll_back(ask: Asker, form: Form) -> str:
    """Make an earlier version live again, or ask for the agreement that it needs."""
    body = {"version": form.one("version"), "note": form.one("note")}
    return told(await ask.post("/api/v1/catalog/rollback", body))


async def look_back(ask: Asker, number: str, form: Form) -> str:
    """Say what the success measure of a release shows."""
    body: Json = {"verdict": form.one("verdict"), "finding": form.one("finding")}
    if form.one("again_at"):
        body["again_at"] = f"{form.one('again_at')}T00:00:00Z"
    await ask.post("/api/v1/catalog/releases/{number}/outcome", body, {"number": number})
    return f"/console/catalog/releases/{number}?done=looked"


async def proposal(ask: Asker, id: str, form: Form) -> Page:
    """One proposal: exactly what whoever agrees is shown, how its review stands, and publishing it."""
    found = await ask.get("/api/v1/catalog/proposals/{id}", {"id": id})
    review = await ask.get_or_none("/api/v1/reviews/{id}", {"id": found["review"]})
    names = await people(ask)
    by = names.get(found["proposed_by"], found["proposed_by"])
    return Page(
        template="catalog_proposal.html",
        title="Proposal",
        nav="catalog",
        view={
            "one": found | {"by": by},
            "review": review,
            "waits": [role_name(role) for role in review["unmet"]] if review else [],
            "done": form.one("done"),
        },
    )


async def publish_proposal(ask: Asker, id: str) -> str:
    """Publish what was agreed to."""
    return told(await ask.post("/api/v1/catalog/proposals/{id}/publish", {}, {"id": id}))
