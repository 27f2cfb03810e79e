"""Every item of a list, page after page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from steelyard.entrypoints.cli.talk import Talk

_NOTHING: Mapping[str, str] = {}


def everything(workspace: Talk, path: str, query: Mapping[str, str] = _NOTHING) -> list[Any]:
    """All items of the list at a path."""
    items: list[Any] = []
    cursor = ""
    while True:
        asked = {**query, "limit": "1000", **({"cursor": cursor} if cursor else {})}
        page = workspace.ask("GET", path, query=asked)
        items += page["items"]
        if page["next"] is None:
            return items
        cursor = page["next"]
