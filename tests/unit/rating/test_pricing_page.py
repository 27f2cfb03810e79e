"""The examples of the page about price models are what the product answers."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from steelyard.catalog import answer_rating
from steelyard.catalog.nouns.price_model import MODELS
from steelyard.catalog.nouns.price_options import OPTIONS
from steelyard.kernel import decode

PAGE = (Path(__file__).parents[3] / "docs/reference/pricing.md").read_text()
EXAMPLES = re.findall(r"```example\n(.*?)\n(.*?)\n= (.*?)\n```", PAGE, re.DOTALL)


@pytest.mark.parametrize(("request_", "steps", "amount"), EXAMPLES)
def test_an_example_is_what_the_product_answers(request_: str, steps: str, amount: str) -> None:
    answer = answer_rating(request_)
    assert answer["text"] == steps.splitlines()
    assert Decimal(answer["amount"]) == Decimal(amount)


def test_every_model_has_an_example_and_every_option_is_named() -> None:
    shown = {decode(request)["price"]["model"] for request, _, _ in EXAMPLES}
    assert shown == set(MODELS)
    assert all(f"### `{name}`" in PAGE for name in MODELS)
    assert all(f"| `{option.name}` |" in PAGE for option in OPTIONS)
