"""Instants and half-open periods, with calendar months in a customer's own time zone.

Every instant is aware and UTC. A billing month begins at local midnight of its first day, so it is an hour
longer or shorter where daylight saving changes; days are counted on the calendar, never by 24 hours.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from steelyard.kernel.errors import InvalidInput

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def instant(text: str) -> datetime:
    """The UTC instant that an RFC 3339 text names; a text without offset is refused.

    >>> instant("2026-11-01T01:30:00+01:00")
    datetime.datetime(2026, 11, 1, 0, 30, tzinfo=datetime.timezone.utc)
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{text!r} is not an RFC 3339 time", code="not_a_time") from None
    if moment.tzinfo is None:
        raise InvalidInput(f"{text!r} has no UTC offset; end it with Z", code="not_a_time")
    return moment.astimezone(UTC)


def iso(moment: datetime) -> str:
    """The instant as RFC 3339 in UTC, with a fraction only where there is one.

    >>> iso(instant("2026-11-01T00:00:00Z"))
    '2026-11-01T00:00:00Z'
    """
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def micros(moment: datetime) -> int:
    """Microseconds since 1970-01-01T00:00:00Z, exact.

    >>> micros(instant("1970-01-01T00:00:01Z"))
    1000000
    """
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(count: int) -> datetime:
    """The instant so many microseconds after 1970-01-01T00:00:00Z.

    >>> iso(from_micros(1_500_000))
    '1970-01-01T00:00:01.500000Z'
    """
    return _EPOCH + timedelta(microseconds=count)


def zone(name: str) -> ZoneInfo:
    """The time zone of that IANA name; an unknown one is refused.

    >>> zone("Europe/Berlin").key
    'Europe/Berlin'
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(f"{name!r} is not an IANA time zone", code="unknown_timezone") from None


def add_months(day: date, months: int) -> date:
    """The same day of the month so many months later, or the month's last day where there is none.

    >>> add_months(date(2028, 1, 31), 1), add_months(date(2026, 3, 31), -1)
    (datetime.date(2028, 2, 29), datetime.date(2026, 2, 28))
    """
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, min(day.day, calendar.monthrange(years, month + 1)[1]))


def months_later(moment: datetime, months: int, tz: str) -> datetime:
    """The same local time of the same day of the month so many months later, on the time zone's calendar.

    >>> months_later(instant("2026-01-31T12:00:00Z"), 1, "UTC").isoformat()
    '2026-02-28T12:00:00+00:00'
    """
    local = moment.astimezone(zone(tz))
    day = add_months(local.date(), months)
    return local.replace(year=day.year, month=day.month, day=day.day, fold=0).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A half-open span of time, `start <= t < end`, both aware.

    >>> march = Period.month(2026, 3, "Europe/Berlin")
    >>> str(march), march.days("Europe/Berlin")
    ('2026-02-28T23:00:00Z/2026-03-31T22:00:00Z', 31)
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise InvalidInput("a period needs times with a UTC offset", code="not_a_time")
        if self.end <= self.start:
            raise InvalidInput(f"a period must end after it starts: {self}", code="empty_period")

    @classmethod
    def month(cls, year: int, month: int, tz: str = "UTC") -> Period:
        """The calendar month between local midnights of the time zone."""
        first = date(year, month, 1)
        return cls(start=_midnight(first, tz), end=_midnight(add_months(first, 1), tz))

    def contains(self, moment: datetime) -> bool:
        """Whether the moment lies in the period; its end does not."""
        return self.start <= moment < self.end

    def overlaps(self, other: Period) -> bool:
        """Whether the two have any moment in common; touching ends have none."""
        return self.start < other.end and other.start < self.end

    def intersect(self, other: Period) -> Period | None:
        """What the two have in common, if anything."""
        if not self.overlaps(other):
            return None
        return Period(start=max(self.start, other.start), end=min(self.end, other.end))

    def days(self, tz: str = "UTC") -> int:
        """Calendar days from start to end as the time zone's calendar counts them."""
        local = zone(tz)
        return (self.end.astimezone(local).date() - self.start.astimezone(local).date()).days

    @property
    def label(self) -> str:
        """The month's name (`2026-10`) if this is a calendar month in UTC, else both ends."""
        start, end = self.start.astimezone(UTC), self.end.astimezone(UTC)
        if (start, end) == (_midnight(start.date(), "UTC"), _midnight(add_months(start.date(), 1), "UTC")):
            return f"{start:%Y-%m}" if start.day == 1 else str(self)
        return str(self)

    def __str__(self) -> str:
        return f"{iso(self.start)}/{iso(self.end)}"


def month_of(moment: datetime, tz: str = "UTC") -> Period:
    """The calendar month of the time zone in which the moment lies.

    >>> month_of(instant("2026-10-31T23:30:00Z"), "Europe/Berlin").start.isoformat()
    '2026-10-31T23:00:00+00:00'
    """
    local = moment.astimezone(zone(tz))
    return Period.month(local.year, local.month, tz)


def month_from(moment: datetime, tz: str = "UTC") -> datetime:
    """The start of the first month of the time zone that begins at the moment or after it.

    >>> month_from(instant("2026-10-01T00:00:00Z")).isoformat()
    '2026-10-01T00:00:00+00:00'
    >>> month_from(instant("2026-10-01T00:00:01Z")).isoformat()
    '2026-11-01T00:00:00+00:00'
    """
    month = month_of(moment, tz)
    return moment if month.start == moment else month.end


def parse_month(text: str, tz: str = "UTC") -> Period:
    """The calendar month that `YYYY-MM` names, in the time zone.

    >>> parse_month("2026-02").days()
    28
    """
    year, dash, month = text.partition("-")
    well_formed = len(year) == 4 and len(month) == 2 and dash and (year + month).isdecimal()
    if not well_formed or not 1 <= int(month) <= 12 or int(year) < 1:
        raise InvalidInput(f"{text!r} is not a month; write it as 2026-11", code="not_a_month")
    return Period.month(int(year), int(month), tz)


def _midnight(day: date, tz: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone(tz)).astimezone(UTC)
