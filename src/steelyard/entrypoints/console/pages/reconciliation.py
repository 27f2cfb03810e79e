"""Reconciliation: do record, usage store and warehouse feed hold the same usage, and if not, which events?"""

from __future__ import annotations

from typing import Any, Final

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.page import Page

SHOWN: Final = 30
PLACES: Final = {"record": "Record", "store": "Usage store", "feed": "Warehouse feed"}
FAULTS: Final = {
    "missing": "is missing there",
    "extra": "should not be there",
    "doubled": "stands there twice",
    "different": "says something else there",
}


def systems_of(result: Json) -> list[dict[str, Any]]:
    """Each place that was compared, how far it reaches, and how many events are wrong there.

    >>> result = {"upto": 5, "feed_upto": None, "by_place": {"store": 2}}
    >>> [(row["name"], row["upto"], row["wrong"]) for row in systems_of(result)]
    [('Record', 5, 0), ('Usage store', 5, 2), ('Warehouse feed', None, 0)]
    """
    reach = {"record": result["upto"], "store": result["upto"], "feed": result["feed_upto"]}
    return [
        {"key": key, "name": name, "upto": reach[key], "wrong": result["by_place"].get(key, 0)}
        for key, name in PLACES.items()
    ]


def difference_row(difference: Json) -> dict[str, Any]:
    """A difference in words."""
    meter = {"*": "the event itself", "event": "its content"}.get(difference["meter"], difference["meter"])
    return difference | {
        "what": meter,
        "where": PLACES.get(difference["place"], difference["place"]),
        "words": FAULTS.get(difference["fault"], difference["fault"]),
    }


def reconciliation_view(results: Json, shown: Json | None) -> dict[str, Any]:
    """All that the page shows: one comparison in full, and those before it."""
    return {
        "shown": shown,
        "systems": systems_of(shown) if shown else [],
        "differences": [difference_row(row) for row in shown["differences"]] if shown else [],
        "results": results["items"],
    }


async def load(ask: Asker, asked: Form) -> Page:
    """The page with the newest comparison, or with the one that its query names."""
    results = await ask.get("/api/v1/reconciliations", query={"limit": str(SHOWN)})
    if asked.one("id"):
        shown = await ask.get("/api/v1/reconciliations/{id}", {"id": asked.one("id")})
    else:
        shown = results["items"][0] if results["items"] else None
    view = reconciliation_view(results, shown)
    return Page(template="reconciliation.html", title="Reconciliation", nav="reconciliation", view=view)


async def run(ask: Asker) -> str:
    """Compare now; the address of the page that shows what came of it.

    Raises Refusal where the API refuses.
    """
    result = await ask.post("/api/v1/reconciliations", {})
    return f"/console/reconciliation?id={result['id']}"
