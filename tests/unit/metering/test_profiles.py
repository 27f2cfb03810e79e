"""What data looks like: a schema from examples, and drift between days."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.metering import (
    EventSchemas,
    EventType,
    Profile,
    UsageEvent,
    derive_schema,
    drift,
    schema_problems,
    schema_text,
)

VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-5, 5),
        st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-9, max_value=9),
        st.sampled_from(["a", "b", "c"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["x", "y", "z"]), inner)
    ),
    max_leaves=8,
)
DATA = st.dictionaries(st.sampled_from(["x", "y", "z"]), VALUES)


def raw(data: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.Encoder(decimal_format="number").encode(data))


@given(st.lists(DATA, min_size=1, max_size=12), st.randoms())
def test_every_example_fits_the_schema_that_was_derived_from_them(
    examples: list[Any], rnd: random.Random
) -> None:
    schema = derive_schema(examples)
    assert schema_problems(schema) == []
    kind = EventType(name="t", schema=schema_text(schema))
    events = [UsageEvent(source="s", id="1", type="t", time=0, data=raw(example)) for example in examples]
    assert EventSchemas([kind]).mismatches(events) == {}
    shuffled = list(examples)
    rnd.shuffle(shuffled)
    assert derive_schema(shuffled) == schema


def test_texts_are_choices_only_when_few_and_often() -> None:
    few = [{"plan": "pro" if number % 2 else "free"} for number in range(10)]
    assert derive_schema(few)["properties"]["plan"] == {"type": "string", "enum": ["free", "pro"]}
    assert derive_schema(few[:9])["properties"]["plan"] == {"type": "string"}
    always_one = [{"plan": "pro"}] * 50
    assert derive_schema(always_one)["properties"]["plan"] == {"type": "string"}
    names = [{"name": f"user {number}"} for number in range(200)]
    assert derive_schema(names)["properties"]["name"] == {"type": "string"}


def test_an_object_with_many_names_is_a_map() -> None:
    examples = [{"by_user": {f"user {n}-{number}": n for n in range(10)}} for number in range(20)]
    inner = derive_schema(examples)["properties"]["by_user"]
    assert inner["additionalProperties"] == {"type": "integer", "description": "seen from 0 to 9"}
    assert "properties" not in inner


def test_nothing_is_learned_from_nothing() -> None:
    assert derive_schema([]) == {}
    assert derive_schema([None]) == {"type": "object"}


def profile(*datas: Any, times: int = 20) -> Profile:
    found = Profile()
    for data in datas:
        for _ in range(times):
            found.add(data)
    return found


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ({"n": 1}, {"n": Decimal("1.5")}, []),
        ({"n": 1}, {"n": None}, []),
        ({"n": 1}, {"n": "1"}, [("changed_type", "data.n")]),
        ({"n": 1}, {}, [("vanished", "data.n")]),
        ({}, {"n": 1}, [("appeared", "data.n")]),
        ({"a": [{"b": 1}]}, {"a": [{"c": 1}]}, [("vanished", "data.a[].b"), ("appeared", "data.a[].c")]),
    ],
)
def test_a_field_that_comes_goes_or_changes_its_type_is_told(
    before: Any, now: Any, expected: list[tuple[str, str]]
) -> None:
    assert [(one.kind.value, one.field) for one in drift(profile(before), profile(now))] == expected


def test_a_field_that_was_always_rare_is_not_missed() -> None:
    before = profile({"n": 1}, times=190)
    before.join(profile({"n": 1, "rare": 1}, times=10))
    assert drift(before, profile({"n": 1})) == []


def test_with_few_events_nothing_is_said_about_the_days_before() -> None:
    assert drift(profile({"n": 1}, times=19), profile({"m": 1})) == []
    assert drift(profile({"n": 1}), profile({"m": 1}, times=19)) == []


def test_data_against_the_schema_is_told_from_the_first_event() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "number"}, "u": {"properties": {"x": {}}}}}
    now = profile({"n": 1, "m": 1, "u": {"x": "any", "y": 1}}, {"n": "1"}, times=1)
    assert [(one.kind.value, one.field) for one in drift(Profile(), now, schema)] == [
        ("not_in_schema", "data.m"),
        ("wrong_type", "data.n"),
        ("not_in_schema", "data.u.y"),
    ]


def test_a_hostile_event_costs_little() -> None:
    found = Profile()
    found.add({f"name {number}": {"x": [[[[[[[[1]]]]]]]]} for number in range(5000)})
    assert len(found.kinds) <= 200
