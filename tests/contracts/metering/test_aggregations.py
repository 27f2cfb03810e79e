"""Every row of the table of aggregations, asked of the reference and of every usage store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from steelyard.adapters.duckdb import DuckUsageStore
from steelyard.kernel import plain
from steelyard.metering import (
    Aggregation,
    Fields,
    Meter,
    QuantityRow,
    UsageEvent,
    UsageStore,
    Window,
    quantity,
    windows,
)
from tests.contracts.metering.aggregation_cases import CASES, OCTOBER, Case, meter, read_events
from tests.memory_record import MemoryRecord

Answer = Callable[[Case], dict[tuple[str, ...], tuple[str, int]]]


def by_reference(case: Case) -> dict[tuple[str, ...], tuple[str, int]]:
    """What the reference gives: customer, group and day by themselves."""
    apart: dict[tuple[str, ...], list[UsageEvent]] = defaultdict(list)
    leaf = case.meter.leaves[0]
    for customer, event in read_events(case.events):
        fields = Fields.of(event)
        apart[customer, *(fields.group(leaf, name) for name in case.group_by)].append(event)
    found: dict[tuple[str, ...], tuple[str, int]] = {}
    for key, events in apart.items():
        for part in windows(case.period, case.window, case.timezone):
            one = quantity(case.meter, events, part, filters=case.filters, timezone=case.timezone)
            if one.events:
                day = (f"{part.start.day:02}",) if case.window else ()
                found[*key, *day] = plain(one.quantity), one.events
    return found


@pytest.fixture(params=["duckdb"])
def empty_store(request: pytest.FixtureRequest) -> Iterator[UsageStore]:
    """Each engine's store; a new engine joins by its name."""
    assert request.param == "duckdb"
    store = DuckUsageStore(None)
    yield store
    store.close()


def filled(store: UsageStore, meter: Meter, text: str) -> UsageStore:
    """The store with these events folded, one bundle each."""
    record = MemoryRecord()
    store.define([meter])
    for one in read_events(text):
        record.append_events([one])
    store.catch_up(record)
    return store


def shown(row: QuantityRow, case: Case) -> tuple[tuple[str, ...], tuple[str, int]]:
    day = (f"{row.window_start.day:02}",) if case.window else ()
    return (row.customer, *row.group.values(), *day), (plain(row.quantity), row.events)


def by_engine(store: UsageStore, case: Case) -> dict[tuple[str, ...], tuple[str, int]]:
    """What a usage store answers."""
    rows = filled(store, case.meter, case.events).quantities(
        case.meter,
        case.period,
        group_by=case.group_by,
        window=case.window,
        filters=case.filters,
        timezone=case.timezone,
    )
    return dict(shown(row, case) for row in rows)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_engine_and_the_reference_give_what_the_table_says(case: Case, empty_store: UsageStore) -> None:
    expected = by_reference(case)
    assert {key: number for key, (number, _) in expected.items()} == case.expected
    assert {key: expected[(key,)][1] for key in case.counted} == case.counted
    assert by_engine(empty_store, case) == expected


def test_an_estimate_of_different_values_is_near_the_truth(empty_store: UsageStore) -> None:
    roughly = meter(Aggregation.UNIQUE, "$.user", approximate=True)
    lines = "\n".join(f'01T00:{n // 60:02}:{n % 60:02} acme {{"user": "u{n}"}}' for n in range(2000))
    [row] = filled(empty_store, roughly, lines).quantities(roughly, OCTOBER)
    assert roughly.is_approximate
    assert abs(row.quantity - 2000) < 200
    assert row.events == 2000


def test_a_level_too_large_for_the_engine_is_still_exact(empty_store: UsageStore) -> None:
    seats = meter(Aggregation.TIME_WEIGHTED_SUM)
    level = "12345678901234567890.123456789012"
    [row] = filled(empty_store, seats, f'01T00:00:00 acme {{"n": "{level}"}}').quantities(seats, OCTOBER)
    assert row.quantity == Decimal(level) * 744


def test_a_quantity_of_levels_names_the_section_in_which_they_were_set(empty_store: UsageStore) -> None:
    seats = meter(Aggregation.TIME_WEIGHTED_SUM)
    text = '2026-08-01T00:00:00 acme {"n": 1}\n2026-09-01T00:00:00 acme {"n": 2}\n05T00:00:00 acme {"n": 3}'
    [row] = filled(empty_store, seats, text).quantities(seats, OCTOBER)
    assert (row.first_seq, row.last_seq, row.events) == (1, 2, 2)
    hours = filled(empty_store, seats, text).quantities(seats, OCTOBER, window=Window.HOUR)
    assert sum(one.quantity for one in hours) == row.quantity
    assert len(hours) == 744
