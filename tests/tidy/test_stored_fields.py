"""A stored record grows by fields alone that earlier bodies may lack, so that these keep verifying."""

from __future__ import annotations

import pytest

from tests.tidy.stored_fields import Stored, complaints, first_fields, stored_types


def test_every_stored_record_keeps_the_form_of_its_earlier_bodies() -> None:
    found = list(complaints(first_fields(), stored_types()))
    assert not found, "\n".join(found)


def test_the_whole_state_is_looked_at() -> None:
    names = set(stored_types())
    assert {"billing.Line", "rating.GraduatedPrice", "catalog.Catalog", "kernel.Period"} <= names
    assert {"metering.Corrected", "access.Review", "ledger.CreditLot", "record.Erasure"} <= names


@pytest.mark.parametrize(
    ("today", "word"),
    [
        (Stored(fields=("id", "note")), "came later"),
        (Stored(fields=()), "is gone"),
        (Stored(fields=("id",), later=frozenset({"id"})), "marked LATER"),
    ],
)
def test_each_way_to_break_a_body_is_found(today: Stored, word: str) -> None:
    assert [word in one for one in complaints({"room.Note": ("id",)}, {"room.Note": today})] == [True]


def test_growing_as_told_is_no_complaint() -> None:
    grown = Stored(fields=("id", "note"), later=frozenset({"note"}))
    assert not list(complaints({"room.Note": ("id",)}, {"room.Note": grown}))
    more_words = Stored(fields=("draft", "issued"), grows=False)
    assert not list(complaints({"room.Status": ("draft",)}, {"room.Status": more_words}))
    assert list(complaints({}, {"room.Note": grown}))
    assert list(complaints({"room.Note": ("id",)}, {}))
