"""Records that grow: a field that came later leaves the bytes of what was written before as they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from steelyard.kernel import ADDED, decode, encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    name: str
    amount: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    name: str
    amount: Decimal = Decimal(0)
    note: str = field(default="", metadata=ADDED)
    tags: dict[str, str] = field(default_factory=dict[str, str], metadata=ADDED)


def test_a_field_that_came_later_is_left_out_while_it_has_its_default() -> None:
    assert encode(After(name="a")) == encode(Before(name="a"))
    assert decode(encode(Before(name="a")), After) == After(name="a")


def test_it_is_part_of_the_encoding_once_it_says_something() -> None:
    said = After(name="a", note="n", tags={"x": "y"})
    assert encode(said) == b'{"amount":"0","name":"a","note":"n","tags":{"x":"y"}}'
    assert decode(encode(said), After) == said
