"""Levels over time: what was set, how long it held, and what that comes to in hours, days or months.

An event sets the level of its stream (a customer's, apart for each value of the declared dimensions) from its
moment on, until the stream's next event. Before the first event the level is 0; of events at the same moment
the largest counts. A level that was set before a period still holds when it begins.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from steelyard.kernel import Period, micros, month_of
from steelyard.metering.aggregation import TimeUnit
from steelyard.metering.answers import Window
from steelyard.metering.windows import windows

HOUR_MICROS: Final = 3_600_000_000
DAY_MICROS: Final = 24 * HOUR_MICROS


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a period in which one unit of time has `unit` microseconds."""

    start: int
    end: int
    unit: int


def stretches(period: Period, unit: TimeUnit, timezone: str = "UTC") -> list[Stretch]:
    """The parts of the period, each with the length of its unit: one, or one for each calendar month.

    >>> [part.unit // DAY_MICROS for part in stretches(Period.month(2026, 2), TimeUnit.MONTHS)]
    [28]
    """
    if unit is not TimeUnit.MONTHS:
        length = HOUR_MICROS if unit is TimeUnit.HOURS else DAY_MICROS
        return [Stretch(micros(period.start), micros(period.end), length)]
    return [
        Stretch(micros(part.start), micros(part.end), month_micros(part, timezone))
        for part in windows(period, Window.MONTH, timezone)
    ]


def month_micros(part: Period, timezone: str) -> int:
    """How long the whole calendar month is in which the part lies."""
    month = month_of(part.start, timezone)
    return micros(month.end) - micros(month.start)


def held(levels: Iterable[tuple[int, Decimal]], stretch: Stretch) -> Fraction:
    """What one stream held in the stretch: level times units of time, exact.

    `levels` are (moment, level) in any order.

    >>> held([(0, Decimal(2)), (5, Decimal(3))], Stretch(0, 10, 1))
    Fraction(25, 1)
    """
    at: dict[int, Decimal] = {}
    for moment, level in levels:
        if moment < stretch.end:
            at[moment] = max(level, at.get(moment, level))
    moments = sorted(at)
    total = Fraction(0)
    for place, moment in enumerate(moments):
        until = moments[place + 1] if place + 1 < len(moments) else stretch.end
        lasts = until - max(moment, stretch.start)
        if lasts > 0:
            total += Fraction(at[moment]) * lasts
    return total / stretch.unit


def in_force(moments: Sequence[int], start: int) -> int | None:
    """The moment whose level holds when the period starts: the last before it, if any; not one at the start.

    >>> in_force([1, 4, 9], 9), in_force([1, 4, 10], 9), in_force([9], 9)
    (None, 4, None)
    """
    earlier = [moment for moment in moments if moment < start]
    return max(earlier) if earlier and start not in moments else None


@dataclass(frozen=True, slots=True)
class Level:
    """What an event set: when, in which stream, how much."""

    time: int
    stream: tuple[str, ...]
    number: Decimal


def time_weighted(
    levels: Sequence[Level], period: Period, unit: TimeUnit, timezone: str = "UTC"
) -> tuple[Fraction, list[int]]:
    """The exact integral over the period, and which of these levels it rests on, by their places.

    Levels that were zero before the period and did not change in it rest on nothing.

    >>> from steelyard.kernel import ONE
    >>> total, used = time_weighted([Level(0, (), ONE)], Period.month(1970, 2), TimeUnit.DAYS)
    >>> total, used
    (Fraction(28, 1), [0])
    """
    start, end = micros(period.start), micros(period.end)
    streams: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, level in enumerate(levels):
        if level.time < end:
            streams[level.stream].append(place)
    total, used = Fraction(0), list[int]()
    parts = stretches(period, unit, timezone)
    for places in streams.values():
        carried = in_force([levels[place].time for place in places], start)
        used += [place for place in places if levels[place].time >= start or levels[place].time == carried]
        points = [(levels[place].time, levels[place].number) for place in places]
        total += sum(held(points, part) for part in parts)
    if not total and all(levels[place].time < start for place in used):
        return Fraction(0), []
    return total, used
