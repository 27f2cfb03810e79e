"""One event type: what its data looks like, where that drifts, and the schema that it should keep."""

from __future__ import annotations

from typing import Any, Final

import yaml

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.pages.page import Page

DRIFTS: Final = {
    "appeared": "is new",
    "vanished": "is gone",
    "changed_type": "is of another type now",
    "not_in_schema": "is not in the schema",
    "wrong_type": "is of another type than the schema says",
}
ON_MISMATCH: Final = {
    "reject": "refused when it comes in",
    "quarantine": "kept apart until somebody accepts or amends it",
    "tag": "marked, and counted all the same",
}


def drift_words(drift: Json) -> str:
    """One drift in words.

    >>> drift_words({"kind": "changed_type", "field": "$.n", "before": "integer", "now": "string"})
    'is of another type now (integer, now string)'
    >>> drift_words({"kind": "appeared", "field": "$.n", "before": "", "now": "string"})
    'is new (string)'
    """
    words = DRIFTS.get(drift["kind"], drift["kind"].replace("_", " "))
    then, now = drift["before"], drift["now"]
    seen = f"{then}, now {now}" if then and now else then or now
    return f"{words} ({seen})" if seen else str(words)


def shares_of_fields(full: Json) -> list[dict[str, Any]]:
    """Every field with in how many percent of the events it stands today and stood before, by type."""
    before = {row["field"]: row["types"] for row in full["fields_before"]}
    now = {row["field"]: row["types"] for row in full["fields"]}
    return [
        {
            "field": field,
            "now": _share(now.get(field, {}), full["looked_at"]),
            "before": _share(before.get(field, {}), full["looked_at_before"]),
            "types": sorted({*now.get(field, {}), *before.get(field, {})}),
        }
        for field in dict.fromkeys([*now, *before])
    ]


def _share(types: dict[str, int], events: int) -> int | None:
    return min(100, sum(types.values()) * 100 // events) if events else None


def event_type_view(full: Json, derived: Json | None) -> dict[str, Any]:
    """All that the page shows; `derived` is a schema made from examples, where that was asked for."""
    schema = yaml.safe_dump(full["schema"], sort_keys=False, allow_unicode=True) if full["schema"] else ""
    return {
        "type": full,
        "drift": [row | {"words": drift_words(row)} for row in full["drift"]],
        "fields": shares_of_fields(full),
        "schema": schema,
        "on_mismatch": ON_MISMATCH.get(full["on_mismatch"] or "", ""),
        "derived": derived,
    }


async def load(ask: Asker, name: str, derive: bool) -> Page:
    """The page of an event type; with `derive`, also with a schema made from its newest events."""
    full = await ask.get("/api/v1/event-types/{type}", {"type": name})
    derived = None
    if derive:
        derived = await ask.post("/api/v1/event-types/{type}/schema", {}, {"type": name})
    view = event_type_view(full, derived)
    return Page(template="event_type.html", title=name, nav="health", view=view)
