"""Periods: half-open, aware, and on the customer's own calendar."""

from datetime import UTC, date, datetime, timedelta

import pytest

from steelyard.kernel import InvalidInput, Period, add_months, instant, iso, month_of, parse_month


def test_the_end_of_a_period_belongs_to_the_next() -> None:
    october, november = parse_month("2026-10"), parse_month("2026-11")
    assert october.end == november.start
    assert not october.contains(october.end)
    assert november.contains(october.end)
    assert not october.overlaps(november)
    assert october.intersect(november) is None


@pytest.mark.parametrize(
    ("month", "hours", "days"),
    [
        ("2026-03", 31 * 24 - 1, 31),
        ("2026-10", 31 * 24 + 1, 31),
        ("2026-02", 28 * 24, 28),
        ("2028-02", 29 * 24, 29),
    ],
)
def test_daylight_saving_changes_the_hours_of_a_month_and_not_its_days(
    month: str, hours: int, days: int
) -> None:
    period = parse_month(month, "Europe/Berlin")
    assert period.end - period.start == timedelta(hours=hours)
    assert period.days("Europe/Berlin") == days


def test_a_moment_belongs_to_the_month_of_the_customers_own_clock() -> None:
    moment = instant("2026-10-31T23:30:00Z")
    assert month_of(moment, "UTC") == parse_month("2026-10")
    assert month_of(moment, "Europe/Berlin") == parse_month("2026-11", "Europe/Berlin")
    assert month_of(moment, "America/New_York").label != "2026-11"


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
    ],
)
def test_months_clamp_to_the_end_of_a_shorter_month(day: date, months: int, later: date) -> None:
    assert add_months(day, months) == later


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-00", "26-01", "2026-1", "2026/01", "", "0000-01", "2026-11-01"]
)
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_month(text)


@pytest.mark.parametrize("text", ["2026-11-01T00:00:00", "yesterday", "", "2026-02-30T00:00:00Z"])
def test_a_time_without_offset_or_sense_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        instant(text)


def test_a_period_needs_an_end_after_its_start_and_both_aware() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(InvalidInput):
        Period(start=start, end=start)
    with pytest.raises(InvalidInput):
        Period(start=start, end=datetime(2026, 2, 1, tzinfo=UTC).replace(tzinfo=None))


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not an IANA time zone"):
        parse_month("2026-01", "Mars/Olympus")


def test_labels_are_short_for_months_and_exact_otherwise() -> None:
    assert parse_month("2026-10").label == "2026-10"
    assert parse_month("2026-10", "Europe/Berlin").label == "2026-09-30T22:00:00Z/2026-10-31T23:00:00Z"
    assert iso(instant("2026-10-01T02:00:00.25+02:00")) == "2026-10-01T00:00:00.250000Z"
