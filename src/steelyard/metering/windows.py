"""The windows of a usage query: minutes, hours, days or months of a zone's calendar, cut to the period."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

from steelyard.kernel import InvalidInput, Period, add_months
from steelyard.kernel.period import zone
from steelyard.metering.answers import Window

WINDOWS_MAX: Final = 50_000

_FIXED: Final = {Window.MINUTE: timedelta(minutes=1), Window.HOUR: timedelta(hours=1)}
_DAY = timedelta(days=1)


def windows(period: Period, window: Window | None, timezone: str = "UTC") -> list[Period]:
    """The consecutive windows that the period consists of; the first and last may be cut short by it.

    Days and months begin at local midnight, so a day has 23 to 25 hours where clocks change. Raises
    InvalidInput for an unknown time zone or more than 50,000 windows.

    >>> [
    ...     str(part.start)
    ...     for part in windows(Period.month(2026, 3, "Europe/Berlin"), Window.DAY, "Europe/Berlin")
    ... ][-2:]
    ['2026-03-29 22:00:00+00:00', '2026-03-30 22:00:00+00:00']
    """
    if window is None:
        return [period]
    starts: list[datetime] = [period.start]
    for boundary in _boundaries(period, window, timezone):
        if boundary >= period.end:
            break
        if boundary > starts[-1]:
            starts.append(boundary)
        if len(starts) > WINDOWS_MAX:
            message = f"more than {WINDOWS_MAX} windows; ask for a shorter period or wider windows"
            raise InvalidInput(message, code="too_many_windows")
    ends = [*starts[1:], period.end]
    return [Period(start=start, end=end) for start, end in zip(starts, ends, strict=True)]


def _boundaries(period: Period, window: Window, timezone: str) -> Iterator[datetime]:
    local = zone(timezone)
    first = period.start.astimezone(local)
    width = _FIXED.get(window)
    if width is not None:
        whole = first.replace(second=0, microsecond=0)
        moment = (whole.replace(minute=0) if window is Window.HOUR else whole).astimezone(UTC)
        while True:
            moment += width
            yield moment
    day = first.date().replace(day=1) if window is Window.MONTH else first.date()
    while True:
        day = add_months(day, 1) if window is Window.MONTH else day + _DAY
        yield _midnight(day, timezone)


def _midnight(day: date, timezone: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone(timezone)).astimezone(UTC)
