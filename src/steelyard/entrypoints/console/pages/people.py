"""People: who is here and as what, who is invited, and inviting somebody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from steelyard.entrypoints.console.answers import Asker, Json, Refusal
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.page import Page
from steelyard.entrypoints.console.role_words import ROLE_WORDS, listed, role_name
from steelyard.kernel import instant

FIELDS = ("name", "email", "customer", "customers", "segments")


def people_view(people: Json, invitations: Json, now: datetime) -> dict[str, Any]:
    """Who is here, who was, and which invitations are open; deputies by name."""
    names = {row["id"]: row["name"] for row in people["items"]}
    rows = [_row(row, names) for row in sorted(people["items"], key=lambda row: row["name"].lower())]
    return {
        "here": [row for row in rows if row["left_at"] is None],
        "left": [row for row in rows if row["left_at"] is not None],
        "invitations": [
            row | {"role_names": [role_name(role) for role in row["roles"]]}
            for row in reversed(invitations["items"])
            if row["used_at"] is None and row["revoked_at"] is None and instant(row["expires_at"]) > now
        ],
    }


def _row(row: Json, names: dict[str, str]) -> Json:
    return row | {
        "role_names": [role_name(role) for role in row["roles"]],
        "deputy_name": names.get(row["deputy"] or "", ""),
        "whose": [*row["customers"], *row["segments"]],
    }


async def load(ask: Asker, asked: Form, now: datetime, **more: Any) -> Page:
    """The page; `more` is what a form just did."""
    everybody = await ask.get("/api/v1/people", query={"limit": "1000"})
    invitations = await ask.get("/api/v1/invitations", query={"limit": "1000"})
    me = await ask.get("/api/v1/me")
    may_invite = any(one["scope"] == "access:admin" for one in me["permissions"])
    view = people_view(everybody, invitations, now) | {
        "may_invite": may_invite,
        "choices": _choices(me),
        "filled": {name: asked.one(name) for name in FIELDS},
        "chosen": asked.all("roles"),
        "confined_to": me["customer"] or "",
        "made": None,
        "refused": [],
    }
    return Page(template="people.html", title="People", nav="people", view=view | more)


def _choices(me: Json) -> list[tuple[str, str, str]]:
    """The roles that the person may give: role, name, what it is for."""
    of_customer = me["customer"] is not None
    return [
        (role, *words)
        for role, words in ROLE_WORDS.items()
        if (role.startswith("customer_") or not of_customer) and (role != "owner" or "owner" in me["roles"])
    ]


async def invite(ask: Asker, form: Form, server: str, now: datetime) -> Page:
    """Invite somebody: the page with the link, which is shown this once, or with what is wrong."""
    body: Json = {
        "name": form.one("name"),
        "email": form.one("email"),
        "roles": form.all("roles"),
        "customer": form.one("customer") or None,
        "customers": listed(form.one("customers")),
        "segments": listed(form.one("segments")),
    }
    try:
        made = await ask.post("/api/v1/invitations", body)
    except Refusal as refusal:
        said = [item["message"] for item in refusal.problem.get("errors", [])]
        return await load(ask, form, now, refused=said or [refusal.problem.get("detail", "")])
    return await load(ask, Form(), now, made=made | {"link": server + made["path"]})


async def revoke(ask: Asker, id: str) -> str:
    """Make an invitation's link worthless; the address of the list."""
    await ask.delete("/api/v1/invitations/{id}", {"id": id})
    return "/console/people"
