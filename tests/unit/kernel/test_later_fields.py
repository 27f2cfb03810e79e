"""Records may grow: what was hashed before a field came is hashed alike afterwards."""

from dataclasses import dataclass, field
from typing import ClassVar

import msgspec

from steelyard.kernel import LATER, encode


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    key: str
    note: str | None = field(default=None, metadata=LATER)
    tags: tuple[str, ...] = field(default_factory=tuple, metadata=LATER)
    usual: int = 0


def test_a_later_field_at_its_default_leaves_no_trace() -> None:
    assert encode(Grown(key="a")) == b'{"key":"a","usual":0}'


def test_a_later_field_that_says_something_is_told() -> None:
    assert encode(Grown(key="a", note="b", tags=("c",))) == b'{"key":"a","note":"b","tags":["c"],"usual":0}'


def test_other_defaults_are_told_as_before() -> None:
    assert encode(First(key="a")) == b'{"key":"a"}'
    assert b'"usual":0' in encode(Grown(key="a"))


class Lean(msgspec.Struct, frozen=True, kw_only=True, tag="lean"):
    later_fields: ClassVar[tuple[str, ...]] = ("note",)

    key: str
    note: str | None = None


def test_a_struct_names_its_later_fields() -> None:
    assert encode(Lean(key="a")) == b'{"key":"a","type":"lean"}'
    assert encode(Lean(key="a", note="b")) == b'{"key":"a","note":"b","type":"lean"}'
