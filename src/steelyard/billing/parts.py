"""Readings as prices want them: rows of the usage store as one quantity, or divided into parts.

The offline verifier divides events by the same names, so that both make the same parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from steelyard.billing.rounding import billable
from steelyard.billing.terms import Reading
from steelyard.kernel import ZERO
from steelyard.kernel.period import zone
from steelyard.metering import QuantityRow, Window
from steelyard.rating import Breakdown, UsagePart, WindowSize

WINDOWS = {WindowSize.HOUR: Window.HOUR, WindowSize.DAY: Window.DAY}

_NONE = Breakdown()


def combine(rows: Iterable[QuantityRow], wanted: Breakdown = _NONE, timezone: str = "UTC") -> Reading:
    """Rows of one meter that add up, as one reading, divided as wanted; a single row stays as it is."""
    rows = list(rows)
    if wanted.over or wanted.window:
        return whole_of(
            _part_of(place, some) for place, some in sorted(_divided(rows, wanted, timezone).items())
        )
    if len(rows) == 1:
        (row,) = rows
        return Reading(
            quantity=billable(row.quantity),
            amount=row.amount,
            events=row.events,
            first_seq=row.first_seq,
            last_seq=row.last_seq,
        )
    carried = [row.amount for row in rows if row.amount is not None]
    return Reading(
        quantity=sum((row.quantity for row in rows), ZERO),
        amount=sum(carried, ZERO) if carried else None,
        events=sum(row.events for row in rows),
        first_seq=min(row.first_seq for row in rows),
        last_seq=max(row.last_seq for row in rows),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRead:
    """One part with the events it rests on."""

    part: UsagePart
    events: int
    first_seq: int
    last_seq: int


def whole_of(parts: Iterable[PartRead]) -> Reading:
    """The parts together, in the order of their places; a part of nothing is kept, for it was measured."""
    some = list(parts)
    carried = [one.part.amount for one in some if one.part.amount is not None]
    return Reading(
        quantity=sum((one.part.quantity for one in some), ZERO),
        amount=sum(carried, ZERO) if carried else None,
        events=sum(one.events for one in some),
        first_seq=min(one.first_seq for one in some),
        last_seq=max(one.last_seq for one in some),
        parts=tuple(one.part for one in some),
    )


def window_name(start: datetime, size: WindowSize, timezone: str) -> str:
    """What a window is called on the customer's calendar: the hour or the day in which it begins.

    >>> from datetime import UTC
    >>> window_name(datetime(2026, 10, 3, 7, tzinfo=UTC), WindowSize.HOUR, "Europe/Berlin")
    '2026-10-03T09'
    """
    local = start.astimezone(zone(timezone))
    return f"{local:%Y-%m-%dT%H}" if size is WindowSize.HOUR else f"{local:%Y-%m-%d}"


Place = tuple[tuple[str, ...], datetime | None]
"""The values or the name of the window of a part, and when the window begins (two can share a name)."""


def _divided(rows: Sequence[QuantityRow], wanted: Breakdown, timezone: str) -> dict[Place, list[QuantityRow]]:
    found: dict[Place, list[QuantityRow]] = {}
    for row in rows:
        if wanted.window is None:
            place: Place = (tuple(row.group[name] for name in wanted.over), None)
        else:
            place = ((window_name(row.window_start, wanted.window, timezone),), row.window_start)
        found.setdefault(place, []).append(row)
    return found


def _part_of(place: Place, rows: Sequence[QuantityRow]) -> PartRead:
    carried: list[Decimal] = [row.amount for row in rows if row.amount is not None]
    part = UsagePart(
        at=place[0],
        quantity=sum((billable(row.quantity) for row in rows), ZERO),
        amount=sum(carried, ZERO) if carried else None,
    )
    return PartRead(
        part=part,
        events=sum(row.events for row in rows),
        first_seq=min(row.first_seq for row in rows),
        last_seq=max(row.last_seq for row in rows),
    )
