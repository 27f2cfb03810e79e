"""Events that are held back before billing, until somebody releases or voids them."""

from __future__ import annotations

from typing import Any

from steelyard.entrypoints.console.answers import Json
from steelyard.entrypoints.console.verdicts import verdict_of


def view(held: Json) -> dict[str, Any]:
    """What the tab shows."""
    items = [row | {"verdict": verdict_of(row["status"])} for row in held["items"]]
    return {"items": items, "more": bool(held["next"])}
