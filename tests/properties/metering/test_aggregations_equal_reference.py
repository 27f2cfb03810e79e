"""For levels, windows, formulas, expressions and typed dimensions, engine and reference give the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from steelyard.adapters.duckdb import DuckUsageStore
from steelyard.kernel import InvalidInput, Period, micros
from steelyard.metering import (
    Aggregation,
    DimensionType,
    Fields,
    Filter,
    FilterOp,
    Meter,
    Outer,
    TimeUnit,
    UsageEvent,
    Window,
    Windowed,
    quantity,
    windows,
)
from steelyard.metering.aggregate import bounded, of_formula
from steelyard.metering.expressions import compiled, evaluate, metered, names_of, parse_expression
from steelyard.metering.reading import read_fields
from tests.memory_record import MemoryRecord

ZONES = ("UTC", "Europe/Berlin", "Asia/Kolkata")
PERIOD = Period(start=Period.month(2026, 10).start, end=Period.month(2026, 11).end)
START, END = micros(PERIOD.start), micros(PERIOD.end)
HOUR = 3_600_000_000
DIMENSIONS = {
    "group_by": {"size": "$.size", "flag": "$.flag", "region": "$.region"},
    "dimension_types": {"size": DimensionType.NUMBER, "flag": DimensionType.BOOLEAN},
}


def meter(key: str, aggregation: Aggregation, value: str = "$.n", **fields: object) -> Meter:
    return Meter(key=key, event_types=("t",), aggregation=aggregation, value=value, **(DIMENSIONS | fields))  # type: ignore[arg-type]


def windowed(key: str, size: Window, inner: Aggregation, outer: Outer) -> Meter:
    value = {Aggregation.COUNT: "", Aggregation.UNIQUE: "$.region"}.get(inner, "$.n")
    return meter(
        key,
        Aggregation.WINDOWED,
        value,
        windowed=Windowed(size=size, inner=inner, outer=outer),
        percentile=Decimal("62.5") if inner is Aggregation.PERCENTILE else None,
    )


_AS_IS: dict[str, Any] = {}
_UNGROUPED: dict[str, Any] = {"group_by": {}, "dimension_types": {}}
LEVELS = [
    meter(f"levels-{unit.value}", Aggregation.TIME_WEIGHTED_SUM, time_unit=unit, **own)
    for unit, own in ((TimeUnit.HOURS, _AS_IS), (TimeUnit.DAYS, _UNGROUPED))
]
MONTHS = meter("levels-months", Aggregation.TIME_WEIGHTED_SUM, "$.n * $.m / 7", time_unit=TimeUnit.MONTHS)
INNER = [one for one in Aggregation if one not in ("time_weighted_sum", "windowed", "formula")]
WINDOWED = [
    windowed(f"{inner.value}-{outer.value}", size, inner, outer)
    for number, inner in enumerate(INNER)
    for outer in Outer
    for size in [(Window.HOUR, Window.DAY)[number % 2]]
]
COMPUTED = [
    meter("ratio", Aggregation.MAX, "$.n / $.m"),
    meter("mixed", Aggregation.SUM, "max(ceil($.n * 1.5) - $.m, floor($.m / 3), -2)", allow_negative=False),
    meter("either", Aggregation.SUM, "coalesce($.n, $.m / 2)", amount="$.n * 0.000000000001"),
    meter("rank", Aggregation.PERCENTILE, "$.n * $.n", percentile=Decimal("99.9")),
]
FORMULAS = [
    Meter(
        key="weighed",
        aggregation=Aggregation.FORMULA,
        formula="(ratio + 4 * mixed) / either - held",
        parts={"ratio": COMPUTED[0], "mixed": COMPUTED[1], "either": COMPUTED[2], "held": LEVELS[0]},
    ),
    Meter(
        key="most",
        aggregation=Aggregation.FORMULA,
        formula="min(hours, 3) + ceil(either / 2)",
        parts={"hours": WINDOWED[0], "either": COMPUTED[2]},
    ),
]
SIMPLE = [
    meter(
        f"simple-{inner.value}",
        inner,
        {Aggregation.COUNT: "", Aggregation.UNIQUE: "$.region"}.get(inner, "$.n"),
        percentile=Decimal("62.5") if inner is Aggregation.PERCENTILE else None,
    )
    for inner in INNER
]
METERS = (*LEVELS, MONTHS, *WINDOWED, *COMPUTED, *FORMULAS)

numbers = st.one_of(
    st.integers(-4, 20),
    st.sampled_from(["0.1", "1e2", "NaN", "", "1.50", None, True, 10**25, "0.000000000001"]),
    st.decimals(-100, 100, places=4).map(str),
)
data = st.fixed_dictionaries(
    {},
    optional={
        "n": numbers,
        "m": numbers,
        "size": st.sampled_from([1, "1.0", 2, "2", "big", None]),
        "flag": st.sampled_from([True, False, "true", "maybe", 1]),
        "region": st.sampled_from(["eu", "us", ""]),
    },
)
moments = st.one_of(
    st.sampled_from([START - 1, START, START + 1, START + HOUR, END - 1, END]),
    # A few hours, so that moments meet; before, during and after the period.
    st.integers(-30 * 24, 62 * 24).map(lambda hours: START + hours * HOUR),
)
events = st.builds(
    lambda number, time, given, kind: UsageEvent(
        source="s", id=str(number), type=kind, time=time, data=msgspec.Raw(msgspec.json.encode(given))
    ),
    number=st.uuids(),
    time=moments,
    given=data,
    kind=st.sampled_from(["t", "t", "t", "other"]),
)
batches = st.lists(st.tuples(st.sampled_from(["acme", "globex"]), events), min_size=1, max_size=25)
filters = st.sampled_from(
    [
        (),
        (Filter(path="size", op=FilterOp.IN, values=("1.00", "3")),),
        (Filter(path="size", op=FilterOp.NOT_IN, values=("2",)),),
        (Filter(path="flag", op=FilterOp.EXISTS), Filter(path="region", values=("eu", ""))),
    ]
)


@pytest.fixture(scope="module")
def store() -> DuckUsageStore:
    store = DuckUsageStore(None)
    store.define([*METERS, *SIMPLE])
    return store


@settings(max_examples=25, deadline=None)
@given(
    batch=batches,
    one=st.sampled_from(METERS),
    group_by=st.sampled_from([(), ("size",), ("flag", "region")]),
    window=st.sampled_from([None, Window.DAY, Window.MONTH]),
    narrowed=filters,
    timezone=st.sampled_from(ZONES),
)
def test_any_question_is_answered_as_the_reference_answers_it(
    store: DuckUsageStore,
    batch: list[tuple[str, UsageEvent]],
    one: Meter,
    group_by: tuple[str, ...],
    window: Window | None,
    narrowed: tuple[Filter, ...],
    timezone: str,
) -> None:
    if not set(group_by) <= set(one.dimensions):
        group_by = ()
    if narrowed and narrowed[0].path not in one.dimensions:
        narrowed = ()
    record = MemoryRecord()
    record.append_events(batch)
    store.rebuild(record)
    apart: dict[tuple[str, ...], list[UsageEvent]] = defaultdict(list)
    for customer, event in batch:
        fields = Fields.of(event)
        apart[customer, *(fields.group(one, name) for name in group_by)].append(event)

    def by_reference() -> dict[tuple[object, ...], tuple[object, ...]]:
        found: dict[tuple[object, ...], tuple[object, ...]] = {}
        for key, some in apart.items():
            for part in windows(PERIOD, window, timezone):
                single = quantity(one, some, part, filters=narrowed, timezone=timezone)
                if single.events:
                    found[*key, part.start] = (single.quantity, single.amount, single.events)
        return found

    def by_engine() -> dict[tuple[object, ...], tuple[object, ...]]:
        rows = store.quantities(
            one, PERIOD, group_by=group_by, window=window, filters=narrowed, timezone=timezone
        )
        return {
            (row.customer, *row.group.values(), row.window_start): (row.quantity, row.amount, row.events)
            for row in rows
        }

    assert answer_or_refusal(by_engine) == answer_or_refusal(by_reference)


def of_all_together(
    one: Meter, by_customer: Mapping[str, Sequence[UsageEvent]], part: Period, timezone: str
) -> tuple[Decimal, Decimal | None, int]:
    """By the reference: each leaf over all events as if they were one's, but levels added up by customer."""
    every = [event for events in by_customer.values() for event in events]
    leaves: list[tuple[Meter, Decimal]] = []
    held = 0
    for leaf in one.leaves:
        given = list(by_customer.values()) if leaf.keeps_levels else [every]
        singles = [quantity(leaf, events, part, timezone=timezone) for events in given]
        leaves.append((leaf, bounded(sum((single.quantity for single in singles), Decimal(0)))))
        held += sum(single.events for single in singles) if leaf.keeps_levels else 0
    if one.aggregation is not Aggregation.FORMULA:
        whole = quantity(one, every, part, timezone=timezone)
        return leaves[0][1], whole.amount, held or whole.events
    plain = [leaf for leaf in one.leaves if not leaf.keeps_levels]
    read = sum(any(read_fields(leaf, Fields.of(event)) for leaf in plain) for event in inside(every, part))
    return (of_formula(one, leaves) if read + held else Decimal(0)), None, read + held


def inside(events: Sequence[UsageEvent], part: Period) -> list[UsageEvent]:
    return [
        event for event in events if event.type == "t" and micros(part.start) <= event.time < micros(part.end)
    ]


@settings(max_examples=40, deadline=None)
@given(
    batch=batches,
    one=st.sampled_from([*METERS, *SIMPLE]),
    group_by=st.sampled_from([(), ("flag", "region")]),
    window=st.sampled_from([None, Window.DAY, Window.MONTH]),
    timezone=st.sampled_from(ZONES),
)
def test_all_customers_together_are_measured_as_the_reference_measures_them(
    store: DuckUsageStore,
    batch: list[tuple[str, UsageEvent]],
    one: Meter,
    group_by: tuple[str, ...],
    window: Window | None,
    timezone: str,
) -> None:
    if not set(group_by) <= set(one.dimensions):
        group_by = ()
    record = MemoryRecord()
    record.append_events(batch)
    store.rebuild(record)
    apart: dict[tuple[str, ...], dict[str, list[UsageEvent]]] = defaultdict(lambda: defaultdict(list))
    for customer, event in batch:
        fields = Fields.of(event)
        apart[tuple(fields.group(one, name) for name in group_by)][customer].append(event)

    def by_reference() -> list[tuple[object, ...]]:
        found = [
            (part.start, *group, *of_all_together(one, by_customer, part, timezone))
            for part in windows(PERIOD, window, timezone)
            for group, by_customer in sorted(apart.items())
        ]
        return [row for row in found if row[-1]]

    def by_engine() -> list[tuple[object, ...]]:
        rows = store.quantities(
            one, PERIOD, group_by=group_by, window=window, timezone=timezone, together=True
        )
        assert {(row.customer, row.first_seq, row.last_seq) for row in rows} <= {("", 0, 0)}
        return [(row.window_start, *row.group.values(), row.quantity, row.amount, row.events) for row in rows]

    assert answer_or_refusal(by_engine) == answer_or_refusal(by_reference)


def answer_or_refusal(answer: Callable[[], object]) -> object:
    """What a function gives, or the code with which it refuses."""
    try:
        return answer()
    except InvalidInput as refused:
        return refused.detail_code


@settings(max_examples=15, deadline=None)
@given(batch=batches, one=st.sampled_from([*LEVELS, MONTHS]), timezone=st.sampled_from(ZONES))
def test_what_is_held_in_all_windows_is_what_is_held_in_the_period(
    store: DuckUsageStore, batch: list[tuple[str, UsageEvent]], one: Meter, timezone: str
) -> None:
    record = MemoryRecord()
    record.append_events(batch)
    store.rebuild(record)
    held = answer_or_refusal(
        lambda: [row.quantity for row in store.quantities(one, PERIOD, timezone=timezone)]
    )
    assume(held != "quantity_too_large")
    assert isinstance(held, list)
    whole = sum(held)
    days = store.quantities(one, PERIOD, window=Window.DAY, timezone=timezone)
    assert abs(whole - sum(row.quantity for row in days)) <= Decimal("1e-12") * (len(days) + 2)


def expressions() -> st.SearchStrategy[str]:
    single = st.one_of(st.sampled_from(["$.a", "$.b", "$.c"]), st.integers(0, 99).map(str), st.just("0.25"))
    return st.recursive(
        single,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
            st.tuples(st.sampled_from(["min", "max", "coalesce"]), inner, inner).map(
                lambda p: f"{p[0]}({p[1]}, {p[2]})"
            ),
            st.tuples(st.sampled_from(["ceil", "floor", "-"]), inner).map(lambda p: f"{p[0]}({p[1]})"),
        ),
        max_leaves=8,
    )


@given(text=expressions(), a=st.integers(-9, 9), b=st.integers(-9, 9))
def test_an_expression_is_what_python_makes_of_it_in_fractions(text: str, a: int, b: int) -> None:
    values = {"$.a": Decimal(a), "$.b": Decimal(b)}
    found = evaluate(parse_expression(text), values.get)
    names = names_of(parse_expression(text))
    assert compiled(parse_expression(text), names)([values.get(name) for name in names]) == metered(found)
    if "$.c" in text or "coalesce" in text:
        assert found is None or isinstance(found, Fraction)
        return
    known = {"a": Fraction(a), "b": Fraction(b), "min": min, "max": max, "F": Fraction}
    known |= {"ceil": lambda x: Fraction(-(-x // 1)), "floor": lambda x: Fraction(x // 1)}
    python = text.replace("$.a", "a").replace("$.b", "b").replace("0.25", "F(1, 4)")
    try:
        expected = eval(python, {"__builtins__": {}}, known)
    except ZeroDivisionError:
        assert found is None
        return
    if isinstance(expected, float):
        return
    assert found == expected
    number = metered(found)
    assert number is not None
    assert abs(Fraction(number) - Fraction(expected)) <= Fraction(1, 2 * 10**12)


@given(text=st.text(alphabet="$.ab01+-*/(),\"' minaxcelfor", max_size=40))
def test_any_text_is_an_expression_or_is_refused_with_its_place(text: str) -> None:
    message = ""
    try:
        evaluate(parse_expression(text), {}.get)
    except InvalidInput as refused:
        message = refused.message
    assert message == "" or message.startswith("character ")
