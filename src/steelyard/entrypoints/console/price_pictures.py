"""Pictures of prices as data: the spread of each plan's bills on one scale, bills by quantity, histograms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from steelyard.entrypoints.console import figures
from steelyard.entrypoints.console.answers import Json
from steelyard.entrypoints.console.charts import HEIGHT, WIDTH
from steelyard.entrypoints.console.series import SERIES_MAX, Grouped, Series

BAND_WIDTH: Final = 398


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """One plan's bills on the common scale from zero: where P10, P50 and P90 and the likely bill lie."""

    plan: str
    low: str
    width: str
    middle: str
    likely: str


def bands(plans: Iterable[Json]) -> dict[str, Band]:
    """The bands of all plans that can be billed, by plan; the dearest P90 of a currency is as wide as all.

    >>> bands([{"plan": "a", "currency": "USD", "p10": "1", "p50": "2", "p90": "4", "total": "2"}])[
    ...     "a"
    ... ].middle
    '199.0'
    """
    billed = [one for one in plans if one["p50"] is not None]
    most: dict[str, Decimal] = {}
    for one in billed:
        top = max(Decimal(one["p90"]), Decimal(one["total"]))
        most[one["currency"]] = max(most.get(one["currency"], Decimal(0)), top)
    return {one["plan"]: _band(one, most[one["currency"]]) for one in billed if most[one["currency"]] > 0}


def _band(one: Json, most: Decimal) -> Band:
    low, middle, high, likely = (
        Decimal(one[name]) / most * BAND_WIDTH for name in ("p10", "p50", "p90", "total")
    )
    return Band(
        plan=one["plan"],
        low=f"{low:.1f}",
        width=f"{max(high - low, Decimal(2)):.1f}",
        middle=f"{middle:.1f}",
        likely=f"{likely:.1f}",
    )


def histogram(steps: Sequence[Json], currency: str, *, name: str = "Bills") -> Grouped:
    """The bars of a histogram of bills, each named by the amounts it spans."""
    labels = [
        f"{_short(one['low'], currency)} to {_short(one['high'], currency)}"
        if one["low"] != one["high"]
        else _short(one["low"], currency)
        for one in steps
    ]
    values = [Decimal(one["bills"]) for one in steps]
    return bars(
        "bills", title="How the bills are spread", unit="bills", name=name, labels=labels, values=values
    )


def _short(amount: str, currency: str) -> str:
    return figures.plain_amount(amount, currency)


def bars(
    id: str, *, title: str, unit: str, name: str, labels: Sequence[str], values: Sequence[Decimal]
) -> Grouped:
    """One series of bars over labels, which may repeat."""
    from steelyard.entrypoints.console.charts import bars as drawn

    one = Series(name=name, values=tuple(values), bars=drawn(values))
    return Grouped(id=id, kind="stack", title=title, unit=unit, labels=tuple(labels), series=(one,))


def lines(
    id: str,
    *,
    title: str,
    unit: str,
    labels: Sequence[str],
    values: Sequence[tuple[str, Sequence[Decimal | None]]],
) -> Grouped:
    """Lines over labels on one scale; a line has a gap where it has no value.

    >>> one = lines("a", title="", unit="", labels=["0", "1"], values=[("x", [None, Decimal(2)])])
    >>> one.series[0].line
    '540.0,0.0'
    """
    shown = values[:SERIES_MAX]
    highest = max((value for _, column in shown for value in column if value is not None), default=Decimal(0))
    slot = Decimal(WIDTH) / max(1, len(labels))
    drawn: list[Series] = []
    for name, column in shown:
        places = [
            f"{slot * at + slot / 2:.1f},{HEIGHT - (value / highest * HEIGHT if highest else 0):.1f}"
            for at, value in enumerate(column)
            if value is not None
        ]
        drawn.append(
            Series(name=name, values=tuple(value or Decimal(0) for value in column), line=" ".join(places))
        )
    return Grouped(id=id, kind="lines", title=title, unit=unit, labels=tuple(labels), series=tuple(drawn))
