"""One's own account: what one may do, password, deputy, and where one is signed in."""

from __future__ import annotations

from steelyard.entrypoints.console.answers import Asker
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.page import Page, people
from steelyard.entrypoints.console.role_words import role_name
from steelyard.kernel import InvalidInput


async def load(ask: Asker, asked: Form) -> Page:
    """The page."""
    me = await ask.get("/api/v1/me")
    sessions = await ask.get("/api/v1/sessions")
    names = await people(ask) if me["person"] else {}
    view = {
        "me": me | {"role_names": [role_name(role) for role in me["roles"]]},
        "sessions": sessions["items"],
        "colleagues": {id: name for id, name in names.items() if id.startswith("person_") and id != me["id"]},
        "done": asked.one("done"),
    }
    return Page(template="me.html", title="Your account", nav="me", view=view)


async def change_password(ask: Asker, form: Form) -> str:
    """Choose a new password; the address of the page."""
    if form.raw("password") != form.raw("again"):
        raise InvalidInput("the two new passwords differ", code="invalid_value")
    body = {"current": form.raw("current"), "password": form.raw("password")}
    await ask.put("/api/v1/me/password", body)
    return "/console/me?done=password"


async def name_deputy(ask: Asker, form: Form) -> str:
    """Say who answers reviews in one's place; the address of the page."""
    await ask.put("/api/v1/me/deputy", {"deputy": form.one("deputy") or None})
    return "/console/me?done=deputy"


async def end_session(ask: Asker, id: str) -> str:
    """End one of one's own sessions; the address of the page."""
    await ask.delete("/api/v1/sessions/{id}", {"id": id})
    return "/console/me"
