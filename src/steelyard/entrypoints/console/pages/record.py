"""The record: its signed checkpoint, how it grew, what is being written now, and whether it verifies."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.charts import Point, chart
from steelyard.entrypoints.console.pages.page import Page
from steelyard.entrypoints.console.proofs import Note, read_note

GROWTH_POINTS = 24
ENTRIES_SHOWN = 20


def growth_places(size: int, points: int = GROWTH_POINTS) -> list[int]:
    """Tree sizes at which to ask when they were reached: evenly spread, first and present one included.

    >>> growth_places(100, 5), growth_places(3, 5), growth_places(0)
    ([1, 25, 50, 75, 100], [1, 2, 3], [])
    """
    if size <= points:
        return list(range(1, size + 1))
    return [1, *(size * step // (points - 1) for step in range(1, points))]


def growth_points(samples: list[Json]) -> list[Point]:
    """One point a moment: how big the tree was by then."""
    sizes: dict[str, int] = {}
    for entry in samples:
        at = entry["recorded_at"]
        sizes[at] = max(sizes.get(at, 0), int(entry["index"]) + 1)
    return [Point(label=at, value=Decimal(size)) for at, size in sorted(sizes.items())]


def record_view(
    note: Note | None, entries: Json, samples: list[Json], overview: Json | None, verdict: Json | None
) -> dict[str, Any]:
    """All that the record's page shows."""
    points = growth_points(samples)
    return {
        "note": note,
        "entries": entries,
        "chart": chart("growth", title="Size of the tree", unit="entries", points=points, kind="area"),
        "state": overview["record"] if overview else None,
        "verdict": verdict,
    }


async def growth(ask: Asker, size: int) -> list[Json]:
    """The entries that brought the tree to each of the sizes worth showing."""
    found: list[Json] = []
    for place in growth_places(size):
        page = await ask.sample("/api/v1/record/entries", {"before": str(place), "limit": "1"})
        found += page["items"]
    return found


async def load_entries(ask: Asker, before: str) -> Json:
    """The newest entries, or those before an index."""
    query = {"limit": str(ENTRIES_SHOWN)} | ({"before": before} if before else {})
    return await ask.get("/api/v1/record/entries", query=query)


async def load(ask: Asker, before: str, verdict: Json | None = None) -> Page:
    """The page; with a verdict when somebody just had the record verified."""
    entries = await load_entries(ask, before)
    checkpoint = await ask.get_or_none("/record/checkpoint")
    note = read_note(checkpoint) if checkpoint else None
    overview = await ask.get_or_none("/api/v1/overview")
    samples = await growth(ask, int(entries["size"]))
    view = record_view(note, entries, samples, overview, verdict)
    return Page(template="record.html", title="Record", nav="record", view=view | {"before": before})
