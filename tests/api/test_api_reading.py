"""A body that has not the shape asked for is refused with every mistake, in words, with its place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from steelyard.entrypoints.api.reading import read_body, read_query
from steelyard.entrypoints.api.shapes.commitments import CommitmentIn
from steelyard.entrypoints.api.shapes.contracts import ContractIn
from steelyard.entrypoints.api.shapes.metric_scores import ScoresQuery
from steelyard.kernel.errors import InvalidInput

CONTRACT = {"customer": "acme", "name": "Acme 2026", "start": "2026-11-01T00:00:00Z"}


def refused(shape: Any, body: dict[str, Any]) -> list[str]:
    with pytest.raises(InvalidInput) as found:
        read_body(json.dumps(body).encode(), shape)
    assert found.value.message
    return [str(problem) for problem in found.value.problems]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "name: must not be empty"),
        ("name", 7, "name: must be a text, not a whole number"),
        ("start", "2026-11-01", "start: must be a moment such as 2026-11-01T00:00:00Z"),
        ("start", "2026-11-01T00:00:00", "start: must say its offset from UTC, such as Z"),
        ("shadow", "yes", "shadow: must be true or false, not a text"),
        ("plans", "team", "plans: must be a list, not a text"),
        ("fees", [3], "fees[0]: must be an object with named fields, not a whole number"),
        ("flags", {"sso": 1}, "flags.sso: must be a text, not a whole number"),
        ("renewal", {"term_months": 0}, "renewal.term_months: must be 1 or more"),
        ("overides", [], "overides: there is no such field; did you mean overrides?"),
    ],
)
def test_a_mistake_is_told_in_words_with_its_place(field: str, value: Any, said: str) -> None:
    assert refused(ContractIn, {**CONTRACT, field: value}) == [said]


def test_a_word_that_is_not_known_is_answered_with_those_that_are() -> None:
    [said] = refused(ContractIn, {**CONTRACT, "day_count": "thirty"})
    assert said == "day_count: 'thirty' is not known here (allowed: actual, fixed_30)"


def test_what_is_deep_inside_is_named_by_its_place() -> None:
    phase = {"name": "ramp", "effective_from": "2026-11-01T00:00:00Z", "quantities": {"seats": "many"}}
    assert refused(ContractIn, {**CONTRACT, "phases": [phase]}) == [
        "phases[0].quantities.seats: must be a number"
    ]


def test_all_mistakes_are_told_at_once() -> None:
    said = refused(CommitmentIn, {"amount": "much", "every": "week", "payment": "never"})
    assert {line.split(":")[0] for line in said} == {"amount", "every", "payment", "key", "start"}


@pytest.mark.parametrize("month", ["2026-13", "0001-01", "9999-12", "october"])
def test_a_month_is_asked_for_by_an_example(month: str) -> None:
    with pytest.raises(InvalidInput) as found:
        read_query([("period", month)], ScoresQuery)
    assert [str(one) for one in found.value.problems] == ["period: must be a month such as 2026-11"]


@pytest.mark.parametrize("amount", ["NaN", "-Infinity", "sNaN", "1e999", "-1e19", "1e-999"])
def test_a_number_that_nothing_can_be_worked_out_with_is_refused(amount: str) -> None:
    [said] = refused(
        ContractIn, {**CONTRACT, "escalators": [{"first_at": CONTRACT["start"], "percent": amount}]}
    )
    assert said.startswith("escalators[0].percent: must ")


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_that_no_calendar_can_work_with_is_refused(moment: str) -> None:
    [said] = refused(ContractIn, {**CONTRACT, "end": moment})
    assert said.startswith("end: must lie between the years 1900 and 9000")


def test_what_a_contract_may_say_is_read() -> None:
    body = {**CONTRACT, "end": "2036-11-01T00:00:00+01:00", "fees": [], "flags": {"sso": "on"}}
    assert read_body(json.dumps(body).encode(), ContractIn).flags == {"sso": "on"}
