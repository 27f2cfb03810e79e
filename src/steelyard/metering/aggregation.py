"""The words of a meter: how values become a quantity, how filters compare, what a dimension holds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from steelyard.kernel import InvalidInput
from steelyard.metering.answers import Window


class Aggregation(StrEnum):
    """How the values of a period become one quantity."""

    SUM = "sum"
    COUNT = "count"
    UNIQUE = "unique"
    MAX = "max"
    MIN = "min"
    LATEST = "latest"
    AVERAGE = "average"
    PERCENTILE = "percentile"
    TIME_WEIGHTED_SUM = "time_weighted_sum"
    WINDOWED = "windowed"
    FORMULA = "formula"

    @property
    def reads_number(self) -> bool:
        """Whether the value must be a number; `unique` counts texts, `count` and `formula` read nothing.

        A windowed meter reads what its inner aggregation reads; ask `Meter.folding` for that.
        """
        return self not in _WITHOUT_NUMBER


_WITHOUT_NUMBER: Final = frozenset(
    {Aggregation.COUNT, Aggregation.UNIQUE, Aggregation.WINDOWED, Aggregation.FORMULA}
)

ADDITIVE: Final = frozenset({Aggregation.SUM, Aggregation.COUNT})
"""The aggregations whose quantities of disjoint sets of events add up to that of all of them."""


class Outer(StrEnum):
    """How the quantities of the windows become that of the period; windows without events take no part."""

    SUM = "sum"
    MAX = "max"
    AVERAGE = "average"


class TimeUnit(StrEnum):
    """In what a level is held: `10 seats` for two days is 480 seat hours, 20 seat days, some seat months.

    An hour has 60 minutes and a day 24 hours; a month is the calendar month in which the time lies.
    """

    HOURS = "hours"
    DAYS = "days"
    MONTHS = "months"


class DimensionType(StrEnum):
    """What a dimension or a filtered value holds; anything else that stands there is absent."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"


class FilterOp(StrEnum):
    """How a filter compares: equality for the first two, exact numbers for the last four."""

    IN = "in"
    NOT_IN = "not_in"
    EXISTS = "exists"
    ABSENT = "absent"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"

    @property
    def compares_numbers(self) -> bool:
        """Whether the filter reads a number."""
        return self in (FilterOp.LT, FilterOp.LTE, FilterOp.GT, FilterOp.GTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Windowed:
    """A quantity of quantities: the `inner` one of each hour or day, then the `outer` one of those.

    The windows are those of the calendar in whose time zone the question is asked, cut to its period.

    >>> Windowed(size=Window.HOUR, inner=Aggregation.MAX, outer=Outer.SUM).inner.value
    'max'
    """

    size: Window
    inner: Aggregation
    outer: Outer = Outer.SUM

    def __post_init__(self) -> None:
        if self.size not in (Window.HOUR, Window.DAY):
            raise InvalidInput("the windows of a meter are hours or days", code="window")
        if self.inner in (Aggregation.TIME_WEIGHTED_SUM, Aggregation.WINDOWED, Aggregation.FORMULA):
            raise InvalidInput(f"{self.inner.value} cannot be taken window by window", code="window")
