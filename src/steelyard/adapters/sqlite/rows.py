"""Bundles as rows: the queries on the record's table, each one index look-up or one ordered walk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any, Final

from steelyard.kernel import DamagedRecord
from steelyard.record.bundle import Bundle

INSERT: Final = "INSERT INTO bundle (first_index, entry_count, entries, checkpoint) VALUES (?, ?, ?, ?)"

_COLUMNS = "SELECT first_index, entry_count, entries, checkpoint FROM bundle"
_AT = f"{_COLUMNS} WHERE first_index <= ? ORDER BY first_index DESC LIMIT 1"
_FROM = f"{_COLUMNS} WHERE first_index >= ? ORDER BY first_index LIMIT ?"
_PAGE: Final = 8


def bundle_of(row: tuple[Any, ...]) -> Bundle:
    """The bundle that a row holds."""
    return Bundle(first_index=row[0], count=row[1], data=row[2], checkpoint=row[3])


def bundle_at(connection: sqlite3.Connection, index: int) -> Bundle | None:
    """The bundle that holds this entry, or None past the end."""
    row = connection.execute(_AT, (index,)).fetchone()
    if row is None or index >= row[0] + row[1]:
        return None
    return bundle_of(row)


def page_from(connection: sqlite3.Connection, first_index: int, limit: int = _PAGE) -> list[Bundle]:
    """A few bundles, the first of them the one that begins at or after this index."""
    return [bundle_of(row) for row in connection.execute(_FROM, (first_index, limit)).fetchall()]


def walk(connection: sqlite3.Connection, first_index: int) -> Iterator[Bundle]:
    """All bundles that begin at or after this index, in order."""
    while page := page_from(connection, first_index):
        yield from page
        first_index = page[-1].end


def end_of(connection: sqlite3.Connection) -> int:
    """How many entries the record has."""
    query = "SELECT first_index + entry_count FROM bundle ORDER BY first_index DESC LIMIT 1"
    row = connection.execute(query).fetchone()
    return 0 if row is None else row[0]


def newest_checkpoint(connection: sqlite3.Connection) -> str | None:
    """The checkpoint of the newest bundle; None where there is no bundle, or no table of them.

    Raises DamagedRecord where the file is no database.
    """
    try:
        row = connection.execute("SELECT checkpoint FROM bundle ORDER BY first_index DESC LIMIT 1").fetchone()
    except sqlite3.OperationalError:
        return None
    except sqlite3.DatabaseError as error:
        raise DamagedRecord(f"the record's database cannot be read: {error}", code="unreadable") from None
    return None if row is None else row[0]
