"""Checking the state against the record: a row that was changed, added, set back or removed is found.

The record's telling entries are walked once in order; what the last one told of each key must be what its
row says, column for column. Idempotency answers are a cache of replies and rest on nothing in the record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import numpy as np
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from steelyard.adapters.sql.registry import Kept, Registry
from steelyard.adapters.sql.schema import STATE_SCHEMA_VERSION
from steelyard.kernel import DamagedRecord, Problem, encode
from steelyard.record import Bundle, Kind
from steelyard.record.telling import told

_SILENT_KINDS = (Kind.USAGE, Kind.ATTRIBUTION, Kind.DECISION)
"""Kinds whose entries never tell of a state row; there may be very many of them."""

_PROBLEMS_MAX = 100

Latest = dict[tuple[str, str], tuple[int, bytes]]


class Reader(Protocol):
    """What the check needs of the record."""

    def bundles(self, from_index: int = 0) -> Iterator[Bundle]:
        """All bundles from the one that holds this index."""
        ...


def check_state(connection: Any, registry: Registry, reader: Reader) -> tuple[Problem, ...]:
    """What is wrong with the state's rows, as the record tells it; empty when all is as told.

    `connection` is a raw SQLite connection. Each problem names table and key in `field`; its code is
    `state_changed`, `state_missing`, `state_untold`, `state_unreadable` or `state_schema`. At most 100 are
    given.
    """
    problems: list[Problem] = []
    for problem in _problems(connection, registry, reader):
        problems.append(problem)
        if len(problems) == _PROBLEMS_MAX:
            break
    return tuple(problems)


def telling_entries(bundles: Iterable[Bundle]) -> Iterator[tuple[int, str, bytes]]:
    """The index, type name and body of every entry that tells of a state row, in order."""
    silent = np.array(_SILENT_KINDS, dtype=np.uint8)
    for bundle in bundles:
        for position in np.flatnonzero(~np.isin(bundle.kinds, silent)).tolist():
            said = told(bundle.payload_at(position))
            if said is not None:
                yield bundle.first_index + position, said.what, bytes(said.body)


def _problems(connection: Any, registry: Registry, reader: Reader) -> Iterator[Problem]:
    yield from _schema_problems(connection)
    latest: Latest = {}
    for index, what, body in telling_entries(reader.bundles(0)):
        kept = registry.by_name.get(what)
        if kept is not None:
            key = _key_of(kept, index, body)
            latest[what, key] = (index, hashlib.sha256(body).digest())
    for kept in registry.by_name.values():
        yield from _table_problems(connection, kept, latest)
    for (what, key), (index, _) in latest.items():
        yield _problem("state_missing", what, key, f"entry {index} tells of it, but the row is missing")


def _key_of(kept: Kept[Any], index: int, body: bytes) -> str:
    try:
        return kept.record_table.key(kept.decode(body))
    except DamagedRecord as error:
        raise DamagedRecord(f"entry {index} tells of a {kept.name} that cannot be read: {error}") from None


def _table_problems(connection: Any, kept: Kept[Any], latest: Latest) -> Iterator[Problem]:
    # Text is fetched as the bytes that lie there: after a flipped bit it need not be UTF-8 any more.
    names = [column.name for column in kept.table.c if column.name != "version"]
    blobs = [sa.cast(kept.table.c[name], sa.LargeBinary) for name in names]
    query = sa.select(*blobs, kept.table.c.version).order_by(kept.table.c.key)
    for *texts, version in connection.execute(str(query.compile(dialect=sqlite.dialect()))):
        yield from _row_problems(kept, dict(zip(names, texts, strict=True)), version, latest)


def _row_problems(
    kept: Kept[Any], row: dict[str, bytes | None], version: object, latest: Latest
) -> Iterator[Problem]:
    key = (row["key"] or b"").decode("utf-8", "replace")
    said = latest.pop((kept.name, key), None)
    if said is None:
        yield _problem("state_untold", kept.name, key, "no entry of the record tells of this row")
        return
    index, digest = said
    if version != index:
        yield _problem("state_changed", kept.name, key, f"its version is {version}, entry {index} told of it")
    body = row["body"] or b""
    if hashlib.sha256(body).digest() != digest:
        yield _problem("state_changed", kept.name, key, f"its body is not what entry {index} told")
        return
    record = kept.decode(body)
    if encode(record) != body:
        yield _problem("state_unreadable", kept.name, key, "its body is not in canonical form")
    for name, text in kept.record_table.values(record).items():
        if row[name] != (None if text is None else text.encode()):
            yield _problem("state_changed", kept.name, key, f"its column {name} is not what its body says")


def _schema_problems(connection: Any) -> Iterator[Problem]:
    rows = connection.execute("SELECT id, version FROM state_schema").fetchall()
    if rows != [(1, STATE_SCHEMA_VERSION)]:
        yield _problem("state_schema", "state_schema", "1", f"says {rows}, not form {STATE_SCHEMA_VERSION}")


def _problem(code: str, table: str, key: str, message: str) -> Problem:
    return Problem(code=code, message=f"{table} {key!r}: {message}", field=f"{table}/{key}")
