"""One price over HTTP: any model, any option, a live price by its key."""

from __future__ import annotations

from typing import Any

import pytest

from steelyard.client import ProblemError
from tests.api.conftest import Server

PARTS = [{"at": ["eu"], "quantity": "3"}, {"at": ["us"], "quantity": "4"}]


def ask(server: Server, **request: Any) -> Any:
    return server.client().rating.rate(**request)


def test_a_price_of_ones_own_is_rated_with_its_options(billed: Server) -> None:
    hours = {"op": "divide", "factor": "3600", "rounding": "ceiling", "unit": "hours"}
    price = {
        "model": "per_unit", "unit_amount": "2", "currency": "EUR", "conversion": hours, "maximum": "3",
    }  # fmt: skip
    got = ask(billed, price=price, quantity="7000")
    assert got["rounded"] == "3"
    assert got["text"] == [
        "7,000 / 3,600 = 2 hours (rounded up)",
        "2 hours × 2.00 = 4.00",
        "1.00 above the maximum of 3.00",
    ]


def test_parts_and_events_are_given_where_a_price_looks_at_them(billed: Server) -> None:
    matrix = {
        "model": "matrix", "currency": "EUR", "over": "region", "rest": "1",
        "cells": [{"at": "eu", "unit_amount": "2"}],
    }  # fmt: skip
    assert ask(billed, price=matrix, parts=PARTS)["amount"] == "10"
    fee = {"model": "percentage", "currency": "EUR", "percent": "10", "event_minimum": "5"}
    assert ask(billed, price=fee, values=["10", "100"])["amount"] == "15"
    with pytest.raises(ProblemError) as refused:
        ask(billed, price=matrix, quantity="7")
    assert refused.value.code == "parts_missing"


def test_a_live_price_has_a_name(billed: Server) -> None:
    prices = billed.client().catalog.show("live")["catalog"]["prices"]
    key = next(key for key, one in prices.items() if one["model"]["model"] == "per_unit")
    got = ask(billed, price=key, quantity="3")
    assert got["currency"] == prices[key]["currency"]
    with pytest.raises(ProblemError) as refused:
        ask(billed, price="nothing-such", quantity="3")
    assert "nothing-such" in str(refused.value.problem)


def test_what_was_charged_before_is_taken_off(billed: Server) -> None:
    price = {"model": "package", "size": "10", "amount": "15", "currency": "EUR", "minimum": "20"}
    assert ask(billed, price=price, quantity="25", before="11")["amount"] == "15"
