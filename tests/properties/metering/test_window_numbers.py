"""The engine numbers an event's window by division, and finds the window that the calendar says."""

from __future__ import annotations

from bisect import bisect_right
from datetime import timedelta
from random import Random

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from steelyard.adapters.duckdb.asking import window_number
from steelyard.kernel import Period, instant, micros
from steelyard.metering import Window, windows

ZONES = ("UTC", "Europe/Berlin", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe")
FIRST = instant("2026-03-20T00:00:00Z")
LENGTHS = {Window.MINUTE: 5_000, Window.HOUR: 400_000}
"""The longest period asked by these windows, in seconds; by others almost a year."""

ENDS_WITH_A_LONG_DAY = (
    Period(start=instant("2026-10-20T22:00:00Z"), end=instant("2026-10-25T23:00:00Z")),
    Window.DAY,
    "Europe/Berlin",
)


@st.composite
def questions(draw: st.DrawFn) -> tuple[Period, Window, str]:
    window = draw(st.sampled_from(Window))
    start = FIRST + timedelta(seconds=draw(st.integers(0, 230 * 86_400)))
    length = timedelta(seconds=draw(st.integers(1, LENGTHS.get(window, 300 * 86_400))))
    return Period(start=start, end=start + length), window, draw(st.sampled_from(ZONES))


@pytest.fixture(scope="module")
def engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@settings(max_examples=60)
@example(question=ENDS_WITH_A_LONG_DAY, random=Random(0))
@given(question=questions(), random=st.randoms(use_true_random=False))
def test_every_event_falls_into_the_window_of_the_calendar(
    engine: duckdb.DuckDBPyConnection, question: tuple[Period, Window, str], random: Random
) -> None:
    period, window, zone = question
    parts = windows(period, window, zone)
    starts, last = [micros(part.start) for part in parts], micros(period.end) - 1
    near = [start + step for start in random.sample(starts, min(20, len(starts))) for step in (-1, 0, 1)]
    times = [max(starts[0], min(last, time)) for time in [*near, last]]
    sql, values = window_number(parts)
    asked = f"SELECT {sql} FROM (SELECT unnest(?) AS time)"  # noqa: S608 - the engine's own words
    found = [number for (number,) in engine.execute(asked, [*values, times]).fetchall()]
    assert found == [bisect_right(starts, time) - 1 for time in times]
