"""The table of permissions: every role, every scope, and how far it reaches."""

from __future__ import annotations

from typing import Any

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.pages.page import Page
from steelyard.entrypoints.console.role_words import REACHES, ROLE_WORDS, role_name


def roles_view(table: Json) -> dict[str, Any]:
    """A row for each scope, a column for each role; the owner's column says everything, so it is left out."""
    columns = [row for row in table["roles"] if row["role"] != "owner"]
    reaches = {row["role"]: {one["scope"]: one["reach"] for one in row["permissions"]} for row in columns}
    rows = [
        {
            "scope": scope,
            "cells": [REACHES.get(reaches[one["role"]].get(scope, ""), "") for one in columns],
        }
        for scope in table["scopes"]
        if scope != "owner"
    ]
    heads = [
        {
            "name": role_name(one["role"]),
            "meaning": ROLE_WORDS[one["role"]][1],
            "of_customer": one["of_customer"],
        }
        for one in columns
    ]
    return {"heads": heads, "rows": rows}


async def load(ask: Asker) -> Page:
    """The page."""
    table = await ask.get("/api/v1/roles")
    return Page(template="roles.html", title="Roles", nav="roles", view=roles_view(table))
