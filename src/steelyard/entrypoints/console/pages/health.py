"""Health of usage: does what should come in come in, as it should look, and is it worth anything?"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.pages.page import Page
from steelyard.kernel import parse_decimal

BAR_WIDTH: Final = 1000
_STEPS: Final = ((Decimal(86_400), "day"), (Decimal(3600), "h"), (Decimal(60), "min"), (Decimal(1), "s"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of all events: its name and words, how many, in percent, and where its bar stands."""

    key: str
    title: str
    words: str
    events: int
    percent: Decimal
    x: int
    width: int


def lasting(seconds: str | None) -> str:
    """A duration in the largest unit in which it is at least one.

    >>> lasting("0.25"), lasting("90"), lasting("7200"), lasting("200000"), lasting(None)
    ('under 1 s', '1.5 min', '2 h', '2.3 days', '–')
    """
    if seconds is None:
        return "–"
    amount = parse_decimal(seconds)
    for size, unit in _STEPS:
        if amount >= size:
            text = f"{(amount / size).quantize(Decimal('0.1')).normalize():f}"
            return f"{text} {unit}{'s' if unit == 'day' and text != '1' else ''}"
    return "under 1 s"


def parts_of(usage: Json) -> list[Part]:
    """What the events are for, as parts of one bar.

    >>> share = {"events": 1, "share": "0.25"}
    >>> usage = {"monetizable": {"events": 3, "share": "0.75"}, "technical": share, "other": share}
    >>> [(part.key, str(part.percent), part.width) for part in parts_of(usage)][0]
    ('monetizable', '75.0', 750)
    """
    named = (
        ("monetizable", "Paid for", "some price rests on their type"),
        ("technical", "Technical", "they help engineers; nobody pays for them"),
        ("other", "Other", "outcomes, costs, and what no price rests on"),
    )
    found: list[Part] = []
    x = 0
    for key, title, words in named:
        share = parse_decimal(usage[key]["share"])
        width = int(share * BAR_WIDTH)
        percent = (share * 100).quantize(Decimal("0.1"))
        events = usage[key]["events"]
        found.append(
            Part(key=key, title=title, words=words, events=events, percent=percent, x=x, width=width)
        )
        x += width
    return found


def meter_row(meter: Json) -> dict[str, Any]:
    """A meter's row: its figures, with how many of each kind of trouble it has."""
    return {
        "meter": meter,
        "refused": sum(meter["rejected_last_day"].values()),
        "waits": sum(meter["waits"].values()),
        "lag": f"{lasting(meter['lag']['p50_seconds'])} / {lasting(meter['lag']['p99_seconds'])}",
        "concerns": meter["concerns"],
    }


def health_view(usage: Json, types: Json) -> dict[str, Any]:
    """All that the page shows; meters with something to look at come first."""
    rows = [meter_row(meter) for meter in usage["meters"]]
    return {
        "usage": usage,
        "rows": sorted(rows, key=lambda row: (not row["concerns"], row["meter"]["name"].lower())),
        "parts": parts_of(usage),
        "refused": sum(usage["rejected_last_day"].values()),
        "types": types["items"],
        "well": not usage["concerns"] and not any(row["concerns"] for row in rows),
    }


async def load(ask: Asker) -> Page:
    """The health of all usage, meter by meter and type by type."""
    usage = await ask.get("/api/v1/health/usage")
    types = await ask.get("/api/v1/event-types")
    return Page(template="health.html", title="Health", nav="health", view=health_view(usage, types))
