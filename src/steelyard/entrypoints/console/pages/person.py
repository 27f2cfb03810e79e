"""One person: what they are here, what they may do, what they did lately."""

from __future__ import annotations

from typing import Any

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.page import Page
from steelyard.entrypoints.console.role_words import ROLE_WORDS, listed, role_name

DEEDS_SHOWN = 1000


async def load(ask: Asker, id: str, asked: Form) -> Page:
    """The page of a person."""
    found = await ask.get("/api/v1/people/{id}", {"id": id})
    me = await ask.get("/api/v1/me")
    everybody = await ask.get_or_none("/api/v1/people", query={"limit": "1000"}) or {"items": []}
    deeds = await ask.get_or_none("/api/v1/deeds", query={"by": id, "limit": str(DEEDS_SHOWN)})
    view: dict[str, Any] = {
        "them": found | {"role_names": [role_name(role) for role in found["roles"]]},
        "deeds": list(reversed(deeds["items"]))[:50] if deeds else None,
        "may_change": any(one["scope"] == "access:admin" for one in me["permissions"]),
        "choices": [
            (role, *words)
            for role, words in ROLE_WORDS.items()
            if role.startswith("customer_") == (found["customer"] is not None)
        ],
        "colleagues": colleagues(everybody["items"], found),
        "done": asked.one("done"),
    }
    return Page(template="person.html", title=found["name"], nav="people", view=view)


def colleagues(people: list[Json], person: Json) -> list[Json]:
    """Who could stand in for a person: others of the seller who are here.

    >>> ada = {"id": "a", "left_at": None, "customer": None}
    >>> colleagues([ada, {**ada, "id": "b"}, {**ada, "id": "c", "customer": "acme"}], ada)
    [{'id': 'b', 'left_at': None, 'customer': None}]
    """
    return [
        row
        for row in people
        if row["left_at"] is None and row["customer"] is None and row["id"] != person["id"]
    ]


async def change(ask: Asker, id: str, form: Form) -> str:
    """Change what somebody is; the address of their page."""
    body = {
        "name": form.one("name"),
        "roles": form.all("roles"),
        "customers": listed(form.one("customers")),
        "segments": listed(form.one("segments")),
        "deputy": form.one("deputy") or None,
    }
    await ask.put("/api/v1/people/{id}", body, {"id": id})
    return f"/console/people/{id}?done=changed"


async def leave(ask: Asker, id: str) -> str:
    """End somebody's rights; the address of the list."""
    await ask.delete("/api/v1/people/{id}", {"id": id})
    return "/console/people"
