"""A workspace that an earlier Steelyard made is opened by a later one, which searches by more columns."""

from __future__ import annotations

import sqlite3
from operator import attrgetter
from pathlib import Path

import msgspec

from steelyard.adapters.sql import StateStore, prepare_state, sqlite_engine
from steelyard.adapters.sql.registry import RecordTable, Registry


class Note(msgspec.Struct, frozen=True):
    id: str
    author: str
    place: str = ""


EARLIER = Registry([RecordTable(type=Note, key=attrgetter("id"), columns={"author": attrgetter("author")})])
LATER = Registry(
    [
        RecordTable(
            type=Note,
            key=attrgetter("id"),
            columns={"author": attrgetter("author"), "place": attrgetter("place")},
        )
    ]
)


def test_a_new_column_is_filled_from_the_rows_that_are_there(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    prepare_state(path, EARLIER)
    with sqlite3.connect(path) as connection:
        for key, place in (("n1", "Kiel"), ("n2", "Bonn")):
            body = msgspec.json.encode(Note(id=key, author="ada", place=place)).decode()
            connection.execute(
                "INSERT INTO note (key, author, body, version) VALUES (?, 'ada', ?, 0)", [key, body]
            )
    prepare_state(path, LATER)
    prepare_state(path, LATER)
    store = StateStore(sqlite_engine(path), LATER)
    assert [one.id for one in store.find(Note, place="Kiel")] == ["n1"]
    assert [one.id for one in store.find(Note, author="ada")] == ["n1", "n2"]
    store.close()
