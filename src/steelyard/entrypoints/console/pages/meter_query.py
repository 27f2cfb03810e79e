"""What a person asks of a meter, as the address of the page says it, and as the API wants to be asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from steelyard.entrypoints.console.forms import Form
from steelyard.kernel import InvalidInput, Period, add_months, iso
from steelyard.kernel.period import zone
from steelyard.metering import Window, windows

PERIODS: Final = {
    "this-month": "This month",
    "last-month": "Last month",
    "last-7-days": "Last 7 days",
    "last-30-days": "Last 30 days",
    "last-24-hours": "Last 24 hours",
    "custom": "From and to",
}
WINDOWS: Final = {"HOUR": "hour", "DAY": "day", "MONTH": "month"}
WINDOWS_SHOWN_MAX: Final = 800


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterQuestion:
    """A question to a meter: over which period, in which windows, by what, and of whom."""

    preset: str
    period: Period
    window: str
    group: str = ""
    customer: str = ""
    subject: str = ""
    where: tuple[tuple[str, str], ...] = ()
    timezone: str = "UTC"
    as_of: str = ""

    @property
    def first_day(self) -> str:
        """The first day of the period, in the question's time zone."""
        return f"{self.period.start.astimezone(zone(self.timezone)):%Y-%m-%d}"

    @property
    def last_day(self) -> str:
        """The last day of the period, which belongs to it."""
        last = self.period.end.astimezone(zone(self.timezone)) - timedelta(microseconds=1)
        return f"{last:%Y-%m-%d}"

    @property
    def address(self) -> str:
        """The page's query that asks the same again."""
        return "?" + urlencode(self._fields())

    def _fields(self) -> list[tuple[str, str]]:
        fields = [("period", self.preset)]
        if self.preset == "custom":
            fields += [("from", self.first_day), ("to", self.last_day)]
        fields.append(("window", self.window))
        named = {"group": self.group, "customer": self.customer, "subject": self.subject, "as_of": self.as_of}
        fields += [(name, value) for name, value in named.items() if value]
        if self.timezone != "UTC":
            fields.append(("tz", self.timezone))
        return fields + [("where", f"{name}:{value}") for name, value in self.where]

    def narrowed(self, name: str, value: str) -> str:
        """The page's query that asks about one group alone."""
        if name in ("customer", "subject"):
            narrower = replace(self, group="", **{name: value})
        else:
            rest = tuple(pair for pair in self.where if pair[0] != name)
            narrower = replace(self, group="", where=(*rest, (name, value)))
        return narrower.address

    def without(self, name: str, value: str = "") -> str:
        """The page's query with one filter taken off."""
        if name == "where":
            return replace(self, where=tuple(p for p in self.where if ":".join(p) != value)).address
        return replace(self, **{name: ""}).address

    def api_query(self, *, windowed: bool, grouped: bool = True) -> dict[str, str]:
        """The API's parameters for this question; each is its own, so that filters of one name are joined."""
        query = {"from": iso(self.period.start), "to": iso(self.period.end)}
        if windowed:
            query["windowSize"] = self.window
        if self.timezone != "UTC":
            query["windowTimeZone"] = self.timezone
        if self.group and grouped:
            query["groupBy"] = self.group
        if self.customer:
            query["customer"] = self.customer
        if self.subject:
            query["subject"] = self.subject
        if self.as_of:
            query["asOf"] = f"{self.as_of}T00:00:00Z"
        return query | {f"filterGroupBy[{name}]": value for name, value in self.where}

    def labels(self) -> dict[str, str]:
        """The label of each window by the moment at which it starts, in order.

        Raises InvalidInput for more windows than a page can show.
        """
        parts = windows(self.period, Window(self.window), self.timezone)
        if len(parts) > WINDOWS_SHOWN_MAX:
            message = f"these are {len(parts)} windows; choose wider ones, or a shorter period"
            raise InvalidInput(message, code="too_many_windows")
        return {iso(part.start): label_of(part.start, self.window, self.timezone) for part in parts}


def label_of(start: datetime, window: str, timezone: str) -> str:
    """A window's start as the time zone's calendar writes it: `2026-10`, `2026-10-05`, `2026-10-05T17:00`.

    >>> label_of(datetime(2026, 10, 4, 22, tzinfo=UTC), "DAY", "Europe/Berlin")
    '2026-10-05'
    """
    local = start.astimezone(zone(timezone))
    return f"{local:{ {'MONTH': '%Y-%m', 'DAY': '%Y-%m-%d'}.get(window, '%Y-%m-%dT%H:%M') }}"


def question_of(asked: Form, now: datetime, *, default: str = "this-month") -> MeterQuestion:
    """The question that an address asks; InvalidInput where it says something that cannot be.

    >>> asked = Form(pairs=(("period", "last-month"), ("where", "model:gpt-5")))
    >>> question = question_of(asked, datetime(2026, 11, 21, tzinfo=UTC))
    >>> question.first_day, question.last_day, question.where
    ('2026-10-01', '2026-10-31', (('model', 'gpt-5'),))
    """
    timezone = asked.one("tz") or "UTC"
    zone(timezone)
    preset = asked.one("period") or default
    if preset not in PERIODS:
        raise InvalidInput(f"there is no period {preset!r}", code="invalid_parameter")
    period = _period(preset, asked, now, timezone)
    window = asked.one("window") or _natural_window(period)
    if window not in WINDOWS:
        raise InvalidInput(f"there is no window {window!r}", code="invalid_parameter")
    where = [pair for text in asked.all("where") if (pair := _pair(text))]
    if asked.one("dimension") and asked.one("value"):
        where.append((asked.one("dimension"), asked.one("value")))
    return MeterQuestion(
        preset=preset,
        period=period,
        window=window,
        group=asked.one("group"),
        customer=asked.one("customer"),
        subject=asked.one("subject"),
        where=tuple(dict(where).items()),
        timezone=timezone,
        as_of=_day(asked.one("as_of"), now.date()).isoformat() if asked.one("as_of") else "",
    )


def _pair(text: str) -> tuple[str, str] | None:
    name, colon, value = text.partition(":")
    return (name, value) if colon and name and value else None


def _period(preset: str, asked: Form, now: datetime, timezone: str) -> Period:
    local = now.astimezone(zone(timezone))
    today = local.date()
    month = today.replace(day=1)
    match preset:
        case "this-month":
            first, end = month, add_months(month, 1)
        case "last-month":
            first, end = add_months(month, -1), month
        case "last-7-days":
            first, end = today - timedelta(days=6), today + timedelta(days=1)
        case "last-30-days":
            first, end = today - timedelta(days=29), today + timedelta(days=1)
        case "last-24-hours":
            hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
            return Period(start=hour - timedelta(hours=24), end=hour)
        case _:
            first = _day(asked.one("from"), today)
            end = _day(asked.one("to"), today) + timedelta(days=1)
    if end <= first:
        raise InvalidInput("the period ends before it begins", code="invalid_parameter")
    return Period(start=_midnight(first, timezone), end=_midnight(end, timezone))


def _day(text: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(text) if text else otherwise
    except ValueError:
        raise InvalidInput(f"{text!r} is no day; write it as 2026-10-31", code="invalid_parameter") from None


def _midnight(day: date, timezone: str) -> datetime:
    try:
        return datetime(day.year, day.month, day.day, tzinfo=zone(timezone)).astimezone(UTC)
    except (OverflowError, ValueError):
        raise InvalidInput("this day is outside the calendar", code="invalid_parameter") from None


def _natural_window(period: Period) -> str:
    length = period.end - period.start
    if length <= timedelta(days=3):
        return "HOUR"
    return "DAY" if length <= timedelta(days=92) else "MONTH"
