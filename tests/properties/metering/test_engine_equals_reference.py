"""For any events and meters, the columnar engine gives exactly what the plain reference gives."""

from __future__ import annotations

import json
import random
from bisect import bisect_right
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.adapters.duckdb import DuckUsageStore
from steelyard.kernel import Period, micros
from steelyard.metering import (
    Aggregation,
    Fields,
    Filter,
    FilterOp,
    Meter,
    UsageEvent,
    Window,
    meets,
    quantity,
    windows,
)
from tests.memory_record import MemoryRecord

BERLIN = "Europe/Berlin"
PERIOD = Period.month(2026, 10, BERLIN)
START = micros(PERIOD.start)
TYPES = ("llm", "search")
PLAIN = tuple(one for one in Aggregation if one not in ("time_weighted_sum", "windowed", "formula"))
"""The aggregations that read each event by itself; the others have cases of their own."""

METERS = tuple(
    Meter(
        key=f"{aggregation.value}{number}",
        event_types=types,
        aggregation=aggregation,
        value="" if aggregation is Aggregation.COUNT else value,
        percentile=Decimal("99.9") if aggregation is Aggregation.PERCENTILE else None,
        group_by={"model": "$.model", "region": "$.place.region"},
        filters=filters,
        amount=amount,
        unit_price="$.price" if aggregation.reads_number and not amount else "",
        allow_negative=negative,
    )
    for number, (types, value, filters, amount, negative) in enumerate(
        [
            (("llm",), "$.n", (), "", True),
            (TYPES, "$.usage.n", (Filter(path="$.n", op=FilterOp.GTE, values=("1.5",)),), "$.paid", False),
            (TYPES, "$.n", (Filter(path="team", op=FilterOp.NOT_IN, values=("a", "b")),), "", False),
            (TYPES, "$.model", (Filter(path="model", op=FilterOp.EXISTS),), "$.n", True),
        ]
    )
    for aggregation in PLAIN
)

numbers = st.one_of(
    st.integers(-5, 5),
    st.integers(-(10**27), 10**27),
    st.decimals(-100, 100, places=3).map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-(10**9), max_value=10**9),
    st.sampled_from(["0.1", "1e2", "1E-3", "-0.0", "007", " 5", "1_0", "NaN", "many", "", "1.0000000000000"]),
)
odd = st.sampled_from([None, True, False, [], {}, [1], {"x": 1}, "{", "[1]", "1.0", "1e5", "-0", "a\u001fb"])
texts = st.one_of(
    st.sampled_from(["gpt-4.1", "a", "b", "4.10", "é\u0000", "'; DROP TABLE event; --"]), numbers, odd
)


def spelled(value: object) -> str:
    """JSON in which a Decimal is a number with all its digits."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{spelled(item)}" for name, item in value.items()) + "}"
    return str(value) if type(value).__name__ == "Decimal" else json.dumps(value)


data = st.fixed_dictionaries(
    {},
    optional={
        "n": st.one_of(numbers, odd),
        "usage": st.one_of(st.fixed_dictionaries({}, optional={"n": numbers}), odd),
        "model": texts,
        "place": st.one_of(st.fixed_dictionaries({"region": texts}), odd),
        "price": numbers,
        "paid": numbers,
        "team": texts,
    },
).map(spelled)

events = st.builds(
    UsageEvent,
    source=st.sampled_from(["s", "t"]),
    id=st.uuids().map(str),
    type=st.sampled_from([*TYPES, "other"]),
    time=st.one_of(
        st.sampled_from([START - 1, START, START + 1, micros(PERIOD.end) - 1, micros(PERIOD.end)]),
        st.integers(START, START + 31 * 86_400_000_000),
    ),
    subject=st.sampled_from(["", "u1", "u2"]),
    team=st.sampled_from(["", "", "a", "c"]),
    data=st.one_of(data, st.just('{"n":1,"n":2}'), st.just("[1]"), st.just('"text"')).map(
        lambda text: msgspec.Raw(text.encode())
    ),
)
batches = st.lists(st.lists(st.tuples(st.sampled_from(["acme", "globex"]), events), min_size=1), max_size=4)


@pytest.fixture(scope="module")
def shared_store() -> DuckUsageStore:
    store = DuckUsageStore(None)
    store.define(METERS)
    return store


def filled(store: DuckUsageStore, *batches: list[tuple[str, UsageEvent]]) -> None:
    """Fold the batches; the types are known before, or else the reference would read every event."""
    record = MemoryRecord()
    first = [UsageEvent(source="s", id=name, type=name, time=0) for name in (*TYPES, "other")]
    record.append_events([("first", event) for event in first])
    store.rebuild(record)
    for batch in batches:
        record.append_events(batch)
    store.catch_up(record)


NUMBERS = [
    *("0", "1", "-1", "2.5", "-0", "0.0", "100.0", "1e2", "1E-3", "1.5e-7", "12345678901234567890", "1e999"),
    *("0.1234567890123", "0.123456789012345678", "1.00000000000000000001", "99999999999999999999999999"),
    *(
        "100000000000000000000000000",
        "123456789012.654321",
        "1234567890123.5",
        "0.0000001",
        "1234567890123456e-3",
    ),
    *('"3.50"', '"1e1"', '" 5"', '"1_0"', '"NaN"', '"many"', '"1|2"', '""', "null", "true", "[1]", '{"x":1}'),
]
TEXTS = [
    *NUMBERS,
    '"a"',
    '"4.10"',
    '"{"',
    '"[1]"',
    '"-0"',
    '"1.0"',
    '"1e5"',
    '"\\u0000"',
    '"é"',
    '"a\\u001f1.0"',
]


def any_event(chance: random.Random, number: int) -> UsageEvent:
    """An event with any of the spellings above in one or two places, told from all others by its subject."""
    strange = chance.sample(
        ["n", "model", "team", "paid", "price", "usage", "region", "twice"], chance.choice([1, 2])
    )

    def pick(name: str, texts: list[str]) -> str:
        return chance.choice(texts if name in strange else ["1", "2.5", '"3"'])

    members = [f'"{name}":{pick(name, NUMBERS)}' for name in ("n", "paid", "price")]
    members += [f'"{name}":{pick(name, TEXTS)}' for name in ("model", "team")]
    members.append(f'"usage":{{"n":{pick("usage", NUMBERS)}}}')
    members.append(f'"place":{{"region":{pick("region", TEXTS)}}}')
    members += ['"n":7', '"usage":8'] if "twice" in strange else []
    chance.shuffle(members)
    kept = [member for member in members if chance.random() < 0.9]
    return UsageEvent(
        source="s",
        id=str(number),
        type=chance.choice(TYPES),
        time=START + number,
        subject=f"u{number}",
        team=chance.choice(["", "", "a"]),
        data=msgspec.Raw(("{" + ",".join(kept) + "}").encode()),
    )


@pytest.mark.parametrize("seed", range(3))
def test_each_spelling_of_each_value_is_read_alike(shared_store: DuckUsageStore, seed: int) -> None:
    chance = random.Random(seed)
    batch = [("acme", any_event(chance, number)) for number in range(700)]
    filled(shared_store, batch)
    for meter in METERS:
        groups = ("subject", "model", "region", "team")
        rows = {
            row.group["subject"]: row for row in shared_store.quantities(meter.key, PERIOD, group_by=groups)
        }
        for _, event in batch:
            expected = quantity(meter, [event], PERIOD)
            row = rows.get(event.subject)
            assert (row is not None) == (expected.events == 1), (meter.key, event)
            if row is not None:
                assert (row.quantity, row.amount) == (expected.quantity, expected.amount), (meter.key, event)
                fields = Fields.of(event)
                for name in groups:
                    assert row.group[name] == (fields.dimension(name, meter.group_by) or ""), event


@settings(max_examples=25)
@given(batches=batches)
def test_every_meter_and_customer_gives_the_same_quantity(
    shared_store: DuckUsageStore, batches: list[list[tuple[str, UsageEvent]]]
) -> None:
    by_customer: dict[str, list[UsageEvent]] = defaultdict(list)
    for batch in batches:
        for customer, event in batch:
            by_customer[customer].append(event)
    filled(shared_store, *batches)
    for meter in METERS:
        rows = {row.customer: row for row in shared_store.quantities(meter.key, PERIOD)}
        for customer, of_customer in by_customer.items():
            expected = quantity(meter, of_customer, PERIOD)
            row = rows.pop(customer, None)
            if row is None:
                assert expected.events == 0, (meter.key, expected)
            else:
                assert (row.quantity, row.amount, row.events) == (
                    expected.quantity,
                    expected.amount,
                    expected.events,
                ), meter.key
        assert not rows


@settings(max_examples=20)
@given(batch=st.lists(st.tuples(st.just("acme"), events), min_size=1), window=st.sampled_from(Window))
def test_windows_and_groups_divide_the_events_as_the_reference_does(
    shared_store: DuckUsageStore, batch: list[tuple[str, UsageEvent]], window: Window
) -> None:
    filled(shared_store, batch)
    meter = next(meter for meter in METERS if meter.key == "count0")
    groups = ("model", "region", "team", "subject", "type")
    rows = shared_store.quantities(meter.key, PERIOD, group_by=groups, window=window, timezone=BERLIN)
    expected: dict[tuple[object, ...], int] = defaultdict(int)
    parts = windows(PERIOD, window, BERLIN)
    starts = [micros(part.start) for part in parts]
    for _, event in batch:
        # Minutes of a month are many: the reference is asked about the event's own and those beside it.
        place = bisect_right(starts, event.time)
        for part in parts[max(0, place - 2) : place + 1]:
            if quantity(meter, [event], part).events:
                fields = Fields.of(event)
                texts = [fields.dimension(name, meter.group_by) or "" for name in groups]
                expected[(part.start, *texts)] += 1
    assert {(row.window_start, *row.group.values()): row.events for row in rows} == expected


@settings(max_examples=20)
@given(
    batch=st.lists(st.tuples(st.just("acme"), events), min_size=1),
    name=st.sampled_from(["model", "team", "subject", "type", "source"]),
    op=st.sampled_from([FilterOp.IN, FilterOp.NOT_IN, FilterOp.EXISTS, FilterOp.ABSENT]),
    values=st.lists(st.sampled_from(["a", "4.10", "1", "true", "", "llm", "s"]), min_size=1),
)
def test_a_filter_of_a_query_keeps_what_the_reference_keeps(
    shared_store: DuckUsageStore,
    batch: list[tuple[str, UsageEvent]],
    name: str,
    op: FilterOp,
    values: list[str],
) -> None:
    filled(shared_store, batch)
    meter = next(meter for meter in METERS if meter.key == "count2")
    condition = Filter(path=name, op=op, values=tuple(values))
    rows = shared_store.quantities(meter.key, PERIOD, filters=[condition])
    expected = quantity(meter, [event for _, event in batch], PERIOD, filters=(condition,))
    assert sum(row.events for row in rows) == expected.events
    kept = [event for _, event in batch if meets(Fields.of(event), condition, meter)]
    assert quantity(meter, kept, PERIOD) == expected


@settings(max_examples=10)
@given(batch=st.lists(st.tuples(st.sampled_from(["acme", "globex"]), events), min_size=2), seed=st.randoms())
def test_the_order_of_arrival_does_not_matter(
    shared_store: DuckUsageStore, batch: list[tuple[str, UsageEvent]], seed: object
) -> None:
    answers: list[object] = []
    for _ in range(2):
        filled(shared_store, batch)
        answers.append(
            [
                (row.customer, row.quantity, row.amount, row.events)
                for meter in METERS
                for row in shared_store.quantities(meter.key, PERIOD)
            ]
        )
        seed.shuffle(batch)  # type: ignore[attr-defined]
    assert answers[0] == answers[1]


@given(
    day=st.dates(date(2025, 1, 1), date(2028, 1, 1)),
    seconds=st.integers(0, 86_399),
    hours=st.integers(1, 24 * 34),
    window=st.sampled_from(Window),
    timezone=st.sampled_from(["UTC", BERLIN, "Asia/Kolkata", "America/New_York", "Australia/Lord_Howe"]),
)
def test_windows_cover_the_period_without_gap_or_overlap(
    day: date, seconds: int, hours: int, window: Window, timezone: str
) -> None:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=seconds)
    period = Period(start=start, end=start + timedelta(hours=hours))
    parts = windows(period, window, timezone)
    assert parts[0].start == period.start
    assert parts[-1].end == period.end
    assert all(one.end == other.start for one, other in pairwise(parts))
