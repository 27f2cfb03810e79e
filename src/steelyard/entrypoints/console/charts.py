"""Charts as data: points with their drawn geometry, from which a page makes a picture and a table.

The server draws plain bars, so that a page without JavaScript shows them; ECharts replaces them in the
browser and reads its numbers from the table beside the chart, so that the two cannot disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

WIDTH = 720
HEIGHT = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One row of a chart's table: its label (a day or an instant), and the exact value."""

    label: str
    value: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One drawn bar in the picture's own units."""

    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart of one series with what a page needs to show it: kind, title, unit, points, bars."""

    id: str
    kind: str
    title: str
    unit: str
    points: tuple[Point, ...]
    bars: tuple[Bar, ...]

    @property
    def total(self) -> Decimal:
        """The sum of all values."""
        return sum((point.value for point in self.points), Decimal(0))

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(point.value for point in self.points)


def bars(values: Sequence[Decimal], *, width: int = WIDTH, height: int = HEIGHT) -> tuple[Bar, ...]:
    """Bars of equal width that fill the box, the highest as high as the box; below zero draws nothing.

    >>> [(bar.x, bar.height) for bar in bars([Decimal(1), Decimal(2)], width=100, height=10)]
    [('7.00', '5.00'), ('57.00', '10.00')]
    """
    highest = max(values, default=Decimal(0))
    if highest <= 0:
        return ()
    slot = Decimal(width) / len(values)
    breadth = slot * Decimal("0.72")
    drawn = []
    for position, value in enumerate(values):
        size = max(value, Decimal(0)) / highest * height
        drawn.append(
            Bar(
                x=f"{slot * position + (slot - breadth) / 2:.2f}",
                y=f"{height - size:.2f}",
                width=f"{breadth:.2f}",
                height=f"{size:.2f}",
            )
        )
    return tuple(drawn)


def chart(id: str, *, title: str, unit: str, points: Sequence[Point], kind: str = "bars") -> Chart:
    """A chart of these points, drawn."""
    return Chart(
        id=id,
        kind=kind,
        title=title,
        unit=unit,
        points=tuple(points),
        bars=bars([point.value for point in points]),
    )


def each_day(known: dict[str, Decimal], first: str, end: str) -> list[Point]:
    """One point a day from first until (not with) end, zero where nothing is known.

    >>> [str(p.value) for p in each_day({"2026-10-02": Decimal(5)}, "2026-10-01", "2026-10-04")]
    ['0', '5', '0']
    """
    at, stop = date.fromisoformat(first[:10]), date.fromisoformat(end[:10])
    points = []
    while at < stop:
        points.append(Point(label=at.isoformat(), value=known.get(at.isoformat(), Decimal(0))))
        at += timedelta(days=1)
    return points
