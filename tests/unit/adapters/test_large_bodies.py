"""Large bodies, such as catalogs, are decoded once and never out of date."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import pytest
import sqlalchemy as sa

from steelyard.adapters.sql.registry import LARGE, REMEMBERED, Kept, RecordTable
from steelyard.kernel import DamagedRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Something with a text."""

    id: str
    text: str


def kept() -> Kept[Page]:
    return Kept(RecordTable(type=Page, key=lambda one: one.id), sa.MetaData())


def body(id: str, size: int = LARGE) -> str:
    return msgspec.json.encode({"id": id, "text": "x" * size}).decode()


def test_a_large_body_gives_the_same_record_again_and_another_body_its_own():
    one = kept()
    first = one.decode_again(body("a"))
    assert one.decode_again(body("a")) is first
    assert one.decode_again(body("b")).id == "b"
    assert one.decode_again(body("a", LARGE + 1)).text != first.text
    assert one.decode_again(body("a")) is first


def test_only_the_last_few_large_bodies_are_remembered_and_no_small_one():
    one = kept()
    first = one.decode_again(body("a"))
    for number in range(REMEMBERED):
        one.decode_again(body(f"b{number}"))
    assert one.decode_again(body("a")) is not first
    assert one.decode_again(body("s", 5)) is not one.decode_again(body("s", 5))


def test_a_damaged_body_is_no_record_however_large():
    with pytest.raises(DamagedRecord):
        kept().decode_again("x" * LARGE)
