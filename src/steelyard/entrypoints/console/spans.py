"""A picture of stretches of time, as data: rows of bars and marks along one axis, in percent of its width.

Everything drawn stands also in the table of dates below it, so that nothing is said by the picture alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from steelyard.kernel import add_months
from steelyard.kernel.period import zone

_TICKS_MAX = 8
_THINNEST = Decimal("0.4")
_STEPS_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One stretch: where it lies, what it is called; `faint` is what may come, not what is agreed."""

    x: str
    width: str
    label: str
    title: str
    faint: bool = False
    hue: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One moment on a row, with what happens then."""

    x: str
    label: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One row of the picture."""

    name: str
    bars: tuple[Bar, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A label on the axis."""

    x: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Rows over one axis; `now` is where today lies, empty where it lies outside."""

    tracks: tuple[Track, ...]
    ticks: tuple[Tick, ...]
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """The time that the picture shows, and where a moment lies on it."""

    start: datetime
    end: datetime
    timezone: str = "UTC"

    def at(self, moment: datetime) -> str:
        """The moment in percent of the width, kept within it.

        >>> from datetime import timezone
        >>> first = datetime(2026, 1, 1, tzinfo=timezone.utc)
        >>> Axis(start=first, end=first + timedelta(days=4)).at(first + timedelta(days=1))
        '25.00'
        """
        share = (moment - self.start) / (self.end - self.start)
        return f"{min(max(share, 0), 1) * 100:.2f}"

    def bar(
        self,
        start: datetime,
        end: datetime | None,
        label: str,
        *,
        title: str = "",
        faint: bool = False,
        hue: int = 1,
    ) -> Bar:
        """A stretch as it is drawn; without an end it goes on to the edge."""
        left = self.at(start)
        width = max(Decimal(self.at(end or self.end)) - Decimal(left), _THINNEST)
        return Bar(x=left, width=f"{width:.2f}", label=label, title=title or label, faint=faint, hue=hue)

    def mark(self, moment: datetime, label: str, title: str = "") -> Mark:
        """A moment as it is drawn."""
        return Mark(x=self.at(moment), label=label, title=title or label)

    def shows(self, moment: datetime) -> bool:
        """Whether the moment lies on the axis."""
        return self.start <= moment <= self.end

    @property
    def ticks(self) -> tuple[Tick, ...]:
        """The firsts of months that are written on it, so few that they do not touch."""
        local = zone(self.timezone)
        first = self.start.astimezone(local).date().replace(day=1)
        last = self.end.astimezone(local).date()
        months = (last.year - first.year) * 12 + last.month - first.month
        step = next((one for one in _STEPS_MONTHS if months / one <= _TICKS_MAX), _STEPS_MONTHS[-1])
        found: list[Tick] = []
        day = first if step == 1 else add_months(first, -((first.month - 1) % min(step, 12)))
        while day <= last:
            at = datetime(day.year, day.month, day.day, tzinfo=local).astimezone(UTC)
            if self.shows(at):
                found.append(Tick(x=self.at(at), label=_tick(day, step)))
            day = add_months(day, step)
        return tuple(found)


def _tick(day: date, step: int) -> str:
    return f"{day:%Y}" if step >= 12 or day.month == 1 else f"{day:%b}"


def picture(axis: Axis, tracks: Sequence[Track], now: datetime) -> Picture:
    """The rows that have anything on them, over the axis."""
    return Picture(
        tracks=tuple(one for one in tracks if one.bars or one.marks),
        ticks=axis.ticks,
        now=axis.at(now) if axis.shows(now) else "",
    )


def around(moments: Iterable[datetime | None]) -> tuple[datetime, datetime]:
    """From the first of these moments to the last, with a little room on both sides.

    >>> first = datetime(2026, 1, 1, tzinfo=UTC)
    >>> around([first, None, first + timedelta(days=100)])[1].date()
    datetime.date(2026, 4, 15)
    """
    known = sorted(moment for moment in moments if moment is not None)
    room = max((known[-1] - known[0]) / 20, timedelta(days=3))
    return known[0] - room, known[-1] + room
