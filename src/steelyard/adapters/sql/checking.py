"""Checking the state against the record: a row that was changed, added, set back or removed is found.

The record's telling entries are walked once in order; what the last one told of each key must be what its
row says, column for column. Idempotency answers are a cache of replies and rest on nothing in the record.
"""

from __future__ import annotations

import hashlib
import itertools
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import numpy as np
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from steelyard.adapters.sql.registry import Kept, Registry
from steelyard.adapters.sql.schema import STATE_SCHEMA_VERSION
from steelyard.kernel import DamagedRecord, Problem
from steelyard.record import Bundle, Kind
from steelyard.record.telling import is_form_of, told

_SILENT_KINDS = (Kind.USAGE, Kind.DECISION, Kind.SENDER)
"""Kinds whose entries never tell of a state row; there may be very many of them."""

_PROBLEMS_MAX = 100


class Reader(Protocol):
    """What the check needs of the record."""

    def refresh(self) -> int:
        """Takes in what was written since; gives how many entries are durable."""
        ...

    def bundles(self, from_index: int = 0) -> Iterator[Bundle]:
        """All bundles from the one that holds this index."""
        ...


class _Told:
    """What the record tells of one row: the last settled telling, and those since the check began.

    While a server writes, the rows that the check sees may or may not contain the latter.
    """

    __slots__ = ("recent", "settled")

    def __init__(self) -> None:
        self.settled: tuple[int, bytes] | None = None
        self.recent: dict[int, bytes] = {}

    def expected(self, version: object) -> tuple[int, bytes] | None:
        """The index and digest that a row of this version should have; None if it may not be there."""
        if isinstance(version, int) and version in self.recent:
            return version, self.recent[version]
        return self.settled


Tellings = dict[tuple[str, str], _Told]


def check_state(connection: sqlite3.Connection, registry: Registry, reader: Reader) -> tuple[Problem, ...]:
    """What is wrong with the state's rows, as the record tells it; empty when all is as told.

    Works beside a server that writes. Each problem names table and key in `field`; its code is
    `state_changed`, `state_missing`, `state_untold`, `state_unreadable` or `state_schema`. At most 100 are
    given. Raises DamagedRecord when an entry tells of a record that cannot be read.
    """
    settled = reader.refresh()
    begun = not connection.in_transaction
    if begun:
        connection.execute("BEGIN")
    try:
        # The first read fixes which rows are seen; the record is refreshed later, so it tells of all of them.
        schema = list(_schema_problems(connection))
        reader.refresh()
        tellings = _tellings(registry, reader, settled)
        found = itertools.chain(schema, _problems(connection, registry, tellings))
        return tuple(itertools.islice(found, _PROBLEMS_MAX))
    finally:
        if begun:
            connection.execute("ROLLBACK")


def telling_entries(bundles: Iterable[Bundle]) -> Iterator[tuple[int, str, bytes]]:
    """The index, type name and body of every entry that tells of a state row, in order."""
    silent = np.array(_SILENT_KINDS, dtype=np.uint8)
    for bundle in bundles:
        for position in np.flatnonzero(~np.isin(bundle.kinds, silent)).tolist():
            said = told(bundle.payload_at(position))
            if said is not None:
                yield bundle.first_index + position, said.what, bytes(said.body)


def _tellings(registry: Registry, reader: Reader, settled: int) -> Tellings:
    tellings: Tellings = {}
    for index, what, body in telling_entries(reader.bundles(0)):
        kept = registry.by_name.get(what)
        if kept is None:
            continue
        said = tellings.setdefault((what, _key_of(kept, index, body)), _Told())
        digest = hashlib.sha256(body).digest()
        if index < settled:
            said.settled = (index, digest)
        else:
            said.recent[index] = digest
    return tellings


def _problems(connection: sqlite3.Connection, registry: Registry, tellings: Tellings) -> Iterator[Problem]:
    for kept in registry.by_name.values():
        yield from _table_problems(connection, kept, tellings)
    for (what, key), said in tellings.items():
        if said.settled is not None:
            yield _problem(
                "state_missing", what, key, f"entry {said.settled[0]} tells of it, but there is no row"
            )


def _key_of(kept: Kept[Any], index: int, body: bytes) -> str:
    try:
        return kept.record_table.key(kept.decode(body))
    except DamagedRecord as error:
        raise DamagedRecord(f"entry {index} tells of a {kept.name} that cannot be read: {error}") from None


def _table_problems(connection: sqlite3.Connection, kept: Kept[Any], tellings: Tellings) -> Iterator[Problem]:
    # Text is fetched as the bytes that lie there: after a flipped bit it need not be UTF-8 any more.
    names = [column.name for column in kept.table.c if column.name != "version"]
    blobs = [sa.cast(kept.table.c[name], sa.LargeBinary) for name in names]
    query = sa.select(*blobs, kept.table.c.version).order_by(kept.table.c.key)
    for *texts, version in connection.execute(str(query.compile(dialect=sqlite.dialect()))):
        yield from _row_problems(kept, dict(zip(names, texts, strict=True)), version, tellings)


def _row_problems(
    kept: Kept[Any], row: dict[str, bytes | None], version: object, tellings: Tellings
) -> Iterator[Problem]:
    key = (row["key"] or b"").decode("utf-8", "replace")
    said = tellings.pop((kept.name, key), None)
    expected = said.expected(version) if said else None
    if expected is None:
        yield _problem("state_untold", kept.name, key, "no entry of the record tells of this row")
        return
    index, digest = expected
    if version != index:
        yield _problem("state_changed", kept.name, key, f"its version is {version}, entry {index} told of it")
    body = row["body"] or b""
    if hashlib.sha256(body).digest() != digest:
        yield _problem("state_changed", kept.name, key, f"its body is not what entry {index} told")
        return
    record = kept.decode(body)
    if not is_form_of(body, record):
        yield _problem("state_unreadable", kept.name, key, "its body is not in canonical form")
    for name, text in kept.record_table.values(record).items():
        if row[name] != (None if text is None else text.encode()):
            yield _problem("state_changed", kept.name, key, f"its column {name} is not what its body says")


def _schema_problems(connection: sqlite3.Connection) -> Iterator[Problem]:
    rows = connection.execute("SELECT id, version FROM state_schema").fetchall()
    if rows != [(1, STATE_SCHEMA_VERSION)]:
        yield _problem("state_schema", "state_schema", "1", f"says {rows}, not form {STATE_SCHEMA_VERSION}")


def _problem(code: str, table: str, key: str, message: str) -> Problem:
    return Problem(code=code, message=f"{table} {key!r}: {message}", field=f"{table}/{key}")
