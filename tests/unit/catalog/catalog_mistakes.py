"""Tests whose YAML stands in their docstring, each mistake marked where it is expected.

A line that is wrong ends in `#!` and the problem expected there: its code, and words of its message.
"""

import inspect
import re
import textwrap
from collections.abc import Callable

from steelyard.adapters.files import read_catalog_text
from steelyard.catalog import Catalog, validate

BASE = """
event_types:
  - {name: llm}
metrics:
  - key: tokens
    name: Tokens
    owner: product
    definition: Tokens that a model read or wrote.
    unit: tokens
    meter: {event_types: llm, aggregation: sum, value: $.tokens, group_by: {model: $.model}}
products:
  - {key: platform, name: Platform, owner: product, definition: The platform.}
rate_cards:
  - key: list
    name: List prices
    owner: pricing
    definition: What everybody pays.
    currency: USD
    rates:
      - {key: fee, name: Fee, model: flat, amount: 100}
      - {key: seat, name: Seats, model: per_unit, unit_amount: 10}
      - {key: tokens-price, name: Tokens, metric: tokens, model: per_unit, unit_amount: 2, per: 1000}
"""


def with_mistakes(test: Callable[[], None]) -> Callable[[], None]:
    """Makes a test of a docstring: exactly the mistakes that its lines name are found, at those lines."""
    text = textwrap.dedent(inspect.getdoc(test) or "")
    text = text.partition("\n\n")[2]
    expected: list[tuple[int, str, str]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        for code, words in re.findall(r"#! (\w+)(?:: (.*?))?(?= #!|$)", line):
            expected.append((number, code, words))

    def run() -> None:
        found = validate(read_catalog_text({"base.yaml": BASE, "mistakes.yaml": text}))
        assert not isinstance(found, Catalog), "the mistakes were not found"
        told = [(problem.line, problem.code) for problem in found]
        assert sorted(told) == sorted((line, code) for line, code, _ in expected), "\n".join(map(str, found))
        for line, code, words in expected:
            messages = [str(p) for p in found if (p.line, p.code) == (line, code)]
            assert any(words in message for message in messages), messages
        assert {problem.file for problem in found} == {"mistakes.yaml"}

    run.__doc__, run.__name__ = test.__doc__, test.__name__
    return run
