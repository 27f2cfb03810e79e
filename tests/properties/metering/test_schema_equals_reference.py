"""Admission judges data exactly as the reference implementation of JSON Schema does."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from steelyard.metering import EventSchemas, EventType, UsageEvent, schema_problems, schema_text

NAMES = st.sampled_from(["a", "b", "model"])
TYPES = st.sampled_from(["string", "integer", "number", "object", "array", "boolean", "null"])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([0.5, 1.0, 2.5, -1.25, 10**20]),
    st.sampled_from(["", "x", "abc", "1"]),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner)), max_leaves=8
)


def schemas(depth: int = 2) -> st.SearchStrategy[dict[str, Any]]:
    parts: dict[str, st.SearchStrategy[Any]] = {
        "type": st.one_of(TYPES, st.lists(TYPES, min_size=1, max_size=3, unique=True)),
        "enum": st.lists(SCALARS, min_size=1, max_size=3),
        "const": SCALARS,
        "minimum": st.integers(-2, 2),
        "exclusiveMaximum": st.sampled_from([0, 0.5, 2]),
        "multipleOf": st.sampled_from([1, 2, 0.5]),
        "minLength": st.integers(0, 3),
        "pattern": st.sampled_from(["^a", "[0-9]+", "x$"]),
        "maxItems": st.integers(0, 2),
        "uniqueItems": st.booleans(),
        "required": st.lists(NAMES, unique=True, max_size=2),
        "additionalProperties": st.booleans(),
    }
    if depth:
        inner = schemas(depth - 1)
        parts |= {
            "properties": st.dictionaries(NAMES, inner, max_size=2),
            "items": inner,
            "anyOf": st.lists(inner, min_size=1, max_size=2),
            "not": inner,
        }
    return st.fixed_dictionaries({}, optional=parts).map(
        lambda found: dict(list(found.items())[:4]) if len(found) > 4 else found
    )


@settings(max_examples=300, deadline=None)
@given(schema=schemas(), data=VALUES)
def test_what_fits_the_reference_fits_here(schema: dict[str, Any], data: Any) -> None:
    assert schema_problems(schema) == []
    raw = json.dumps(data)
    exact = json.loads(raw, parse_float=Decimal)
    reference = Draft202012Validator(json.loads(schema_text(schema), parse_float=Decimal))
    event = UsageEvent(source="s", id="1", type="t", time=0, data=msgspec.Raw(raw.encode()))
    found = EventSchemas([EventType(name="t", schema=schema_text(schema))]).mismatches([event])
    assert (not found) is reference.is_valid({} if exact is None else exact)
