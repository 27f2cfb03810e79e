"""Billing cycles of what is paid in advance: whole ones from an anchor day, and the parts at both ends.

The rules are Kill Bill's: a cycle begins on the anchor day of the month, or on the month's last day where
there is no such day; what comes before the first one is the leading part of a cycle that began earlier, and
where the end falls inside a cycle the trailing part of it is due. Ends are exclusive.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

from steelyard.kernel import InvalidInput
from steelyard.kernel.daycount import Share
from steelyard.kernel.period import add_months


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """One cycle, or the part of one: from when to when, and how much of a whole cycle it is."""

    start: date
    end: date
    share: Share

    @property
    def is_whole(self) -> bool:
        """Whether all of the cycle is due."""
        return self.share.is_whole


def cycles(*, months: int, anchor_day: int, start: date, end: date | None, until: date) -> list[Cycle]:
    """The cycles of `months` months that begin by the day `until`, in advance, with the parts at the ends.

    >>> [
    ...     (c.start.isoformat(), c.share.days, c.share.of)
    ...     for c in cycles(
    ...         months=1, anchor_day=31, start=date(2026, 1, 15), end=None, until=date(2026, 2, 28)
    ...     )
    ... ]
    [('2026-01-15', 16, 31), ('2026-01-31', 28, 28), ('2026-02-28', 31, 31)]
    """
    if months < 1 or not 1 <= anchor_day <= 31:
        raise InvalidInput("a cycle has months, and an anchor day from 1 to 31", code="bad_interval")
    found: list[Cycle] = []
    first = _on(start, anchor_day)
    if first < start:
        first = _on(add_months(first, months), anchor_day)
    if first > start:
        before = add_months(first, -months)
        stop = first if end is None else min(first, end)
        share = Share(days=(stop - start).days, of=(first - before).days)
        found.append(Cycle(start=start, end=stop, share=share))
    if end is not None and end < first:
        return found
    now = first
    while now <= until and (end is None or now < end):
        following = _on(add_months(now, months), anchor_day)
        stop = following if end is None else min(following, end)
        share = Share(days=(stop - now).days, of=(following - now).days)
        found.append(Cycle(start=now, end=stop, share=share))
        now = following
    return found


def _on(day: date, anchor_day: int) -> date:
    """The anchor day in the month of the day, or that month's last day."""
    return day.replace(day=min(anchor_day, calendar.monthrange(day.year, day.month)[1]))
