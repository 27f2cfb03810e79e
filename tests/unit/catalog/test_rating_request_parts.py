"""A rating request divides usage as its price does; what does not is told with what would be right."""

from __future__ import annotations

import json
from typing import Any

import pytest

from steelyard.catalog import answer_rating
from steelyard.kernel import InvalidInput

MATRIX = {
    "model": "matrix",
    "currency": "USD",
    "over": ["region", "size"],
    "cells": [{"at": ["eu", "small"], "unit_amount": 2}],
    "rest": 1,
}
HOURS = {
    "model": "windowed",
    "currency": "USD",
    "outside": {"unit_amount": 1},
    "hours": [{"from_hour": 8, "to_hour": 20, "unit_amount": 3}],
}


def asked(price: dict[str, Any], *at: list[str]) -> str:
    return json.dumps({"price": price, "parts": [{"at": one, "quantity": 4} for one in at]})


@pytest.mark.parametrize(
    ("price", "at", "right"),
    [
        (MATRIX, ["eu"], "one value for each of region, size"),
        (MATRIX, [], "one value for each of region, size"),
        (HOURS, [], "an hour such as 2026-10-03T09"),
        (HOURS, ["NaN"], "an hour such as 2026-10-03T09"),
        (HOURS, ["2026-13-03T09"], "an hour such as 2026-10-03T09"),
        (HOURS, ["2026-10-03"], "an hour such as 2026-10-03T09"),
        ({**HOURS, "hours": [], "window": "day"}, ["2026-10-03T09"], "a day such as 2026-10-03"),
    ],
)
def test_a_part_that_does_not_fit_the_price_is_refused(price: Any, at: list[str], right: str) -> None:
    with pytest.raises(InvalidInput) as found:
        answer_rating(asked(price, at))
    assert [(one.field, one.allowed) for one in found.value.problems] == [("parts[0].at", right)]


def test_parts_that_fit_are_rated() -> None:
    assert answer_rating(asked(MATRIX, ["eu", "small"], ["us", "small"]))["amount"] == "12"
    assert answer_rating(asked(HOURS, ["2026-10-03T09"], ["2026-10-03T22"]))["amount"] == "16"
