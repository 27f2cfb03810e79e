"""What is expected of a customer follows from its past values alone, never from their order."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.metering import Reported, Watch, expected_range, is_silent

VALUES = st.lists(
    st.decimals(min_value=-(10**12), max_value=10**12, places=6, allow_nan=False, allow_infinity=False),
    min_size=1,
    max_size=60,
)
WATCH = Watch(minimum_events=1)


@given(VALUES, st.randoms())
def test_the_order_of_the_past_does_not_matter(values: list[Decimal], rnd: random.Random) -> None:
    shuffled = list(values)
    rnd.shuffle(shuffled)
    assert expected_range(shuffled, WATCH) == expected_range(values, WATCH)


@given(VALUES, st.integers(1, 20))
def test_the_median_is_expected_and_more_deviations_expect_more(
    values: list[Decimal], deviations: int
) -> None:
    narrow = expected_range(values, Watch(minimum_events=1, deviations=Decimal(deviations)))
    wide = expected_range(values, Watch(minimum_events=1, deviations=Decimal(deviations + 1)))
    if narrow is None or wide is None:
        assert not any(values)
        return
    assert narrow.expects(narrow.median)
    assert wide.low <= narrow.low <= narrow.high <= wide.high


@given(VALUES, st.decimals(min_value=-1000, max_value=1000, places=3), st.integers(1, 1000))
def test_the_range_moves_and_grows_with_the_values(values: list[Decimal], by: Decimal, times: int) -> None:
    """Shifting all values shifts the range; smaller units scale it. (Equal values: only scaling.)"""
    found = expected_range(values, WATCH)
    scaled = expected_range([value * times for value in values], WATCH)
    tiny = Decimal("0.000000001")
    if found is None:
        assert scaled is None
        return
    assert scaled is not None
    assert abs(scaled.high - found.high * times) <= tiny
    if len(set(values)) > 1:
        moved = expected_range([value + by for value in values], WATCH)
        assert moved is not None
        assert abs(moved.low - found.low - by) <= tiny


@given(st.integers(1, 10**6), st.integers(30, 60))
def test_a_few_wrong_values_do_not_hide_the_next_one(wrong: int, good: int) -> None:
    values = [Decimal(100 + number % 7) for number in range(good)] + [Decimal(10**9)] * (good // 4)
    found = expected_range(values, Watch(minimum_events=20))
    assert found is not None
    assert found.expects(Decimal(104))
    assert not found.expects(Decimal(10**6 + wrong))


def test_nothing_is_said_of_too_few_events_or_of_zeros() -> None:
    assert expected_range([Decimal(1)] * 49, Watch()) is None
    assert expected_range([Decimal(0)] * 60, Watch()) is None
    assert expected_range([], Watch(minimum_events=1)) is None


def test_where_most_values_are_equal_the_others_tell_how_far_is_far() -> None:
    found = expected_range([Decimal(1)] * 90 + [Decimal(2)] * 10, Watch())
    assert found is not None
    assert found.expects(Decimal("1.5"))
    assert not found.expects(Decimal(2))
    equal = expected_range([Decimal(10)] * 60, Watch())
    assert equal is not None
    assert (equal.low, equal.high) == (4, 16)


@pytest.mark.parametrize(
    ("days", "hours", "silent"), [(20, 49, True), (20, 47, False), (4, 500, False), (5, 500, True)]
)
def test_only_who_reported_regularly_can_fall_silent(days: int, hours: int, silent: bool) -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    last = Reported(customer="acme", days=days, newest=now - timedelta(hours=hours))
    assert is_silent(last, Watch(silence_hours=48), now) is silent
    assert is_silent(last, Watch(), now) is False
