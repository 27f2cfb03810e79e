"""What charts and rate cards say about a price: words and figures for every model, never its raw fields."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from steelyard.insight.price_words import model_words
from steelyard.rating import PriceModel

SAID: dict[str, dict[str, Any]] = {
    "every unit by the total: up to 50: 9.00 USD, above: 7.00 USD each": {
        "model": "volume", "tiers": [{"up_to": "50", "unit_amount": "9"}, {"unit_amount": "7"}]
    },
    "up to 1,000: 0.06 USD and 100.00 USD flat, above: 0.04 USD each": {
        "model": "graduated",
        "tiers": [{"up_to": "1000", "unit_amount": "0.06", "flat_amount": "100"}, {"unit_amount": "0.04"}],
    },
    "up to 100: 2 %, above: 1 %": {
        "model": "graduated", "tiers": [{"up_to": "100", "percent": "2"}, {"percent": "1"}]
    },
    "18.00 USD per 100,000, rounded up": {"model": "package", "size": "100000", "amount": "18"},
    "1.00 USD per block of 100 for 10 blocks, 0.50 USD per block of 500": {
        "model": "block",
        "blocks": [{"size": "100", "amount": "1", "count": "10"}, {"size": "500", "amount": "0.5"}],
    },
    "up to 10: 49.00 USD, above: 99.00 USD": {
        "model": "stairstep", "stairs": [{"up_to": "10", "amount": "49"}, {"amount": "99"}]
    },
    "1.5 % and 0.10 USD an event, at most 5.00 USD an event, the first 3 events free": {
        "model": "percentage", "percent": "1.5", "event_amount": "0.1", "free_events": 3, "event_maximum": "5"
    },
    "what the event says × 0.2": {"model": "dynamic", "multiplier": "0.2"},
    "from 1.00 USD to 3.00 USD each, by region and size": {
        "model": "matrix", "over": ["region", "size"],
        "cells": [{"at": ["eu", "s"], "unit_amount": "1"}, {"at": ["eu", "l"], "unit_amount": "3"}],
    },
    "9–17 h: 2.00 USD each, else 1.00 USD each": {
        "model": "windowed", "outside": {"unit_amount": "1"},
        "hours": [{"from_hour": 9, "to_hour": 17, "terms": {"unit_amount": "2"}}],
    },
}  # fmt: skip


@pytest.mark.parametrize("words", SAID)
def test_a_price_is_said_in_words_and_figures(words: str) -> None:
    model: Any = msgspec.convert(SAID[words], PriceModel, dec_hook=_decimal, strict=False)
    assert model_words(model, "USD") == words


def _decimal(kind: Any, value: Any) -> Decimal:
    return Decimal(value)
