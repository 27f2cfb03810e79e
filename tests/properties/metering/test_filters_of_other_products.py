"""Filters and tokens that anybody may send: read or refused, never a fault, and they mean what they say."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from steelyard.access import Principal
from steelyard.access.meter_sessions import METER_SESSION_PREFIX, session_principal
from steelyard.entrypoints.api.handlers.meter_filters import check_filter, filters_of, meets_filter
from steelyard.kernel import InvalidInput, instant
from steelyard.metering import Filter, FilterOp

TEXTS = st.text(alphabet="ab%_.*[\\\n5é", max_size=6)
SIMPLE = st.one_of(
    st.dictionaries(
        st.sampled_from(["$eq", "$ne", "$like", "$nlike", "$ilike", "$gt", "$lte"]), TEXTS, max_size=2
    ),
    st.dictionaries(st.sampled_from(["$in", "$nin"]), st.lists(TEXTS, min_size=1, max_size=3), max_size=2),
)
TREES = st.recursive(
    SIMPLE,
    lambda inner: st.dictionaries(st.sampled_from(["$and", "$or"]), st.lists(inner, min_size=1, max_size=3)),
    max_leaves=6,
)
ANYTHING: Any = st.recursive(
    st.one_of(st.none(), st.integers(), TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["$and", "$or", "$eq", "$like", "$gt", "x"]), inner, max_size=3),
    ),
    max_leaves=8,
)
NAMES = st.sampled_from(["$and", "$or", "$like", "$in", "$lt", "x"])
MOMENT = instant("2026-11-01T00:00:00Z")


def kept(filters: list[Filter], value: str) -> bool:
    """Whether an event with this value (blank: none) meets conditions of ours."""
    for one in filters:
        is_in = value in one.values and value != ""
        if is_in != (one.op is FilterOp.IN):
            return False
    return True


@given(tree=TREES, values=st.sets(TEXTS, max_size=5))
def test_a_filter_keeps_exactly_the_values_that_meet_it(tree: dict[str, Any], values: set[str]) -> None:
    found = filters_of({"model": tree}, lambda _: values)
    for value in values - {""}:
        assert kept(found, value) == meets_filter(tree, value)


def refusal_of(tree: dict[str, Any]) -> str:
    """The code with which a tree is refused; blank for a filter."""
    try:
        check_filter("model", tree)
    except InvalidInput as error:
        return error.detail_code
    return ""


@given(
    tree=st.dictionaries(st.sampled_from(["$and", "$or", "$like", "$in", "$lt", "x"]), ANYTHING, max_size=3)
)
def test_any_tree_is_a_filter_or_refused(tree: dict[str, Any]) -> None:
    code = refusal_of(tree)
    assert code == "invalid_parameter" or meets_filter(tree, "a") in (True, False)


@given(rest=st.text(max_size=60), now=st.datetimes(timezones=st.just(MOMENT.tzinfo)))
def test_no_text_is_a_session_but_one_that_was_made(rest: str, now: datetime) -> None:
    found = session_principal(bytes(32), METER_SESSION_PREFIX + rest, now, lambda _: None)
    assert not isinstance(found, Principal)
