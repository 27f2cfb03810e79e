"""Several series over the same windows as data: what a grouped chart draws, and the table beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from steelyard.entrypoints.console.charts import HEIGHT, WIDTH, Bar

SERIES_MAX = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One line of a chart: its name, one exact value a window, and how it is drawn."""

    name: str
    values: tuple[Decimal, ...]
    bars: tuple[Bar, ...] = ()
    line: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouped:
    """A chart of several series: stacked bars where they add up to something, else lines."""

    id: str
    kind: str
    title: str
    unit: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(value for one in self.series for value in one.values)

    @property
    def rows(self) -> list[tuple[str, list[Decimal]]]:
        """One row a window with the value of each series."""
        return [
            (label, [one.values[place] for one in self.series]) for place, label in enumerate(self.labels)
        ]


def grouped(
    id: str,
    *,
    title: str,
    unit: str,
    labels: Sequence[str],
    values: Mapping[str, Mapping[str, Decimal]],
    stacked: bool,
) -> Grouped:
    """The chart of these series, drawn; `values` has for each name what is known by label, the rest is 0.

    >>> one = grouped(
    ...     "g", title="t", unit="u", labels=["a", "b"], values={"x": {"b": Decimal(2)}}, stacked=True
    ... )
    >>> one.rows, one.series[0].bars[1].height
    ([('a', [Decimal('0')]), ('b', [Decimal('2')])], '240.00')
    """
    columns = {name: [known.get(label, Decimal(0)) for label in labels] for name, known in values.items()}
    draw = _stacked if stacked else _lines
    return Grouped(
        id=id,
        kind="stack" if stacked else "lines",
        title=title,
        unit=unit,
        labels=tuple(labels),
        series=draw(columns),
    )


def side_by_side(
    id: str, *, title: str, unit: str, labels: Sequence[str], values: Mapping[str, Mapping[str, Decimal]]
) -> Grouped:
    """The chart of these series with the bars of each label beside each other, which add up to nothing.

    >>> one = side_by_side("s", title="t", unit="u", labels=["a"], values={"x": {"a": Decimal(1)}, "y": {}})
    >>> one.kind, one.series[0].bars[0].height, one.series[1].bars[0].height
    ('groups', '240.00', '0.00')
    """
    columns = {name: [known.get(label, Decimal(0)) for label in labels] for name, known in values.items()}
    highest = max((value for column in columns.values() for value in column), default=Decimal(0))
    slot = Decimal(WIDTH) / max(1, len(labels))
    breadth = slot * Decimal("0.72") / max(1, len(columns))
    drawn: list[Series] = []
    for number, (name, column) in enumerate(columns.items()):
        heights = [_height(value, highest) for value in column]
        bars = [
            Bar(
                x=f"{slot * at + slot * Decimal('0.14') + breadth * number:.2f}",
                y=f"{HEIGHT - size:.2f}",
                width=f"{breadth:.2f}",
                height=f"{size:.2f}",
            )
            for at, size in enumerate(heights)
        ]
        drawn.append(Series(name=name, values=tuple(column), bars=tuple(bars)))
    return Grouped(id=id, kind="groups", title=title, unit=unit, labels=tuple(labels), series=tuple(drawn))


def _stacked(columns: Mapping[str, Sequence[Decimal]]) -> tuple[Series, ...]:
    windows = len(next(iter(columns.values()), ()))
    sums = [
        sum((max(column[at], Decimal(0)) for column in columns.values()), Decimal(0)) for at in range(windows)
    ]
    highest = max(sums, default=Decimal(0))
    floor = [Decimal(0)] * windows
    drawn: list[Series] = []
    for name, column in columns.items():
        bars: list[Bar] = []
        for at, value in enumerate(column):
            size = _height(value, highest)
            slot = Decimal(WIDTH) / windows
            floor[at] += size
            bars.append(
                Bar(
                    x=f"{slot * at + slot * Decimal('0.14'):.2f}",
                    y=f"{HEIGHT - floor[at]:.2f}",
                    width=f"{slot * Decimal('0.72'):.2f}",
                    height=f"{size:.2f}",
                )
            )
        drawn.append(Series(name=name, values=tuple(column), bars=tuple(bars)))
    return tuple(drawn)


def _lines(columns: Mapping[str, Sequence[Decimal]]) -> tuple[Series, ...]:
    highest = max((value for column in columns.values() for value in column), default=Decimal(0))
    drawn: list[Series] = []
    for name, column in columns.items():
        slot = Decimal(WIDTH) / max(1, len(column))
        places = [
            f"{slot * at + slot / 2:.1f},{HEIGHT - _height(value, highest):.1f}"
            for at, value in enumerate(column)
        ]
        drawn.append(Series(name=name, values=tuple(column), line=" ".join(places)))
    return tuple(drawn)


def _height(value: Decimal, highest: Decimal) -> Decimal:
    return max(value, Decimal(0)) / highest * HEIGHT if highest > 0 else Decimal(0)
