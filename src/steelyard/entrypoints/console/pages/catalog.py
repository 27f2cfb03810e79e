"""The catalog: what is live, each release and what it changed, what waits for agreement; publish, go back."""

from __future__ import annotations

from urllib.parse import urlencode

from steelyard.entrypoints.console.answers import Asker, Refusal
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.page import Page


async def load(ask: Asker, form: Form) -> Page:
    """The page; with `release` also what that release changed, with `back` what going back would change."""
    log = await ask.get("/api/v1/catalog/log", query={"limit": "50"})
    proposals = await ask.get("/api/v1/catalog/proposals", query={"limit": "20"})
    release, back = form.one("release"), form.one("back")
    diff = await ask.get("/api/v1/catalog/diff", query={"after": release}) if release else None
    plan = await ask.post("/api/v1/catalog/plan", {"version": back}) if back else None
    return Page(
        template="catalog.html",
        title="Catalog",
        nav="catalog",
        view={
            "log": log["items"],
            "proposals": [one for one in proposals["items"] if not one["stale"]],
            "release": release,
            "diff": diff,
            "back": back,
            "plan": plan,
            "text": "",
            "done": form.one("done"),
        },
    )


async def preview(ask: Asker, form: Form) -> Page:
    """The page with the plan of the catalog that was written into it; every mistake is told on the page."""
    page = await load(ask, Form())
    text = form.one("text")
    plan = await ask.post("/api/v1/catalog/plan", _files(text))
    page.view.update({"plan": plan, "text": text, "note": form.one("note")})
    return page


async def publish(ask: Asker, form: Form) -> str:
    """Publish what was previewed, or ask for the agreement that it needs; where to go then."""
    body = {**_files(form.one("text")), "note": form.one("note")}
    return _told(await ask.post("/api/v1/catalog/versions", body))


async def roll_back(ask: Asker, form: Form) -> str:
    """Make an earlier version live again, or ask for the agreement that it needs."""
    body = {"version": form.one("version"), "note": form.one("note")}
    return _told(await ask.post("/api/v1/catalog/rollback", body))


async def publish_proposal(ask: Asker, id: str) -> str:
    """Publish what was agreed to."""
    return _told(await ask.post("/api/v1/catalog/proposals/{id}/publish", {}, {"id": id}))


def _told(answer: dict[str, object]) -> str:
    return "/console/catalog?" + urlencode({"done": str(answer["status"])})


def _files(text: str) -> dict[str, object]:
    if not text:
        detail = "write or paste the catalog first"
        raise Refusal(400, {"title": "Nothing to publish", "detail": detail})
    return {"files": [{"name": "catalog.yaml", "text": text}]}
