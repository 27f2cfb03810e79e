"""Day counts: how many days of how many a stretch of a period is, as contracts agree to count them."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from steelyard.kernel.errors import InvalidInput
from steelyard.kernel.period import Period, zone

FIXED_MONTH_DAYS: Final = 30


class DayCount(StrEnum):
    """Which days are counted.

    `actual`: those of the calendar, of as many as the period has. `fixed_30`: every month has 30, as Kill
    Bill's fixed days in month count: a stretch that crosses a month's end loses what the month has beyond.
    """

    ACTUAL = "actual"
    FIXED_30 = "fixed_30"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many calendar days of a period something ran, of how many.

    >>> Share(days=10, of=30).of_amount(Decimal(90)), Share(days=30, of=30).is_whole
    (Decimal('30'), True)
    """

    days: int
    of: int

    @property
    def is_whole(self) -> bool:
        """Whether it ran all the time."""
        return self.days == self.of

    def of_amount(self, amount: Decimal) -> Decimal:
        """The part of a period's amount that falls on the days: multiplied first, then divided."""
        return amount * self.days / self.of


def share_of(active: Period, period: Period, timezone: str, day_count: DayCount = DayCount.ACTUAL) -> Share:
    """The days of the period on which something was active, on the calendar of the time zone.

    The day on which it begins counts, the day on which it ends does not, so that two halves make a whole.

    >>> from steelyard.kernel.period import instant
    >>> begun = Period(start=instant("2026-10-22T09:00:00Z"), end=instant("2026-11-01T00:00:00Z"))
    >>> share_of(begun, Period.month(2026, 10), "UTC")
    Share(days=10, of=31)
    >>> share_of(begun, Period.month(2026, 10), "UTC", DayCount.FIXED_30)
    Share(days=9, of=30)
    """
    if active == period:
        return Share(days=1, of=1)
    if day_count is DayCount.FIXED_30:
        return Share(
            days=max(0, fixed_days(active.start, active.end, timezone)),
            of=max(1, fixed_days(period.start, period.end, timezone)),
        )
    return Share(days=active.days(timezone), of=max(1, period.days(timezone)))


def fixed_days(start: datetime, end: datetime, timezone: str, *, in_month: int = FIXED_MONTH_DAYS) -> int:
    """Days from start to end where each month has `in_month` days; the end is exclusive.

    Where start and end lie in different months, each month that is crossed loses (or gains) what its length
    differs from that.

    >>> from steelyard.kernel.period import instant
    >>> fixed_days(instant("2026-01-31T00:00:00Z"), instant("2026-02-28T00:00:00Z"), "UTC")
    27
    """
    if end < start:
        raise InvalidInput("days are counted forward", code="empty_period")
    local = zone(timezone)
    first, last = start.astimezone(local).date(), end.astimezone(local).date()
    days = (last - first).days
    year, month = first.year, first.month
    while (year, month) != (last.year, last.month):
        days -= calendar.monthrange(year, month)[1] - in_month
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return days
