"""What tests of the record share: a small keyed payload, a state of plain rows, and a store that reopens."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from steelyard.adapters.keys import FileSigner, load_signer, make_signer
from steelyard.adapters.sqlite import RecordReader, RecordWriter
from steelyard.kernel import Conflict
from steelyard.record import Batch, Expect, Idempotency, Kind, Write

NAME = "steelyard.local/test"


def payload(key: str, content: str = "1") -> bytes:
    return f"{key}|{content}".encode()


def key_of(stored: bytes) -> bytes:
    return stored.partition(b"|")[0]


def usage(*keys: str, customer: str = "acme", content: str = "1") -> Write:
    """A write of usage entries, deduplicated by these keys."""
    batch = Batch(
        kind=Kind.USAGE,
        customers=[customer] * len(keys),
        payloads=[payload(key, content) for key in keys],
        keys=[key.encode() for key in keys],
    )
    return Write(batches=(batch,))


def facts(*payloads: str, kind: Kind = Kind.CONTRACT, customer: str = "acme") -> Batch:
    """Entries that are never deduplicated."""
    return Batch(
        kind=kind, customers=[customer] * len(payloads), payloads=[text.encode() for text in payloads]
    )


class Row:
    """A state record of the tests: a key and a text."""

    def __init__(self, key: str, text: str) -> None:
        self.key, self.text = key, text


class PlainState:
    """The smallest state: one table of rows and one of idempotency keys."""

    def create(self, connection: sqlite3.Connection) -> None:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS plain (key TEXT PRIMARY KEY, text TEXT, version INTEGER)"
        )
        connection.execute("CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, answer BLOB)")

    def check(self, connection: Any, expects: Sequence[Expect]) -> None:
        for expect in expects:
            row = connection.execute("SELECT version FROM plain WHERE key = ?", (expect.key,)).fetchone()
            if (row[0] if row else None) != expect.version:
                raise Conflict(f"{expect.key} has changed meanwhile", code="changed_meanwhile")

    def apply(self, connection: Any, saves: Sequence[tuple[object, int]]) -> None:
        for record, version in saves:
            assert isinstance(record, Row)
            connection.execute("REPLACE INTO plain VALUES (?, ?, ?)", (record.key, record.text, version))

    def forget(self, connection: Any, indexes: Sequence[int]) -> None:
        connection.executemany("DELETE FROM plain WHERE version = ?", [(index,) for index in indexes])

    def remember(self, connection: Any, idempotency: Idempotency) -> None:
        try:
            row = (idempotency.key, idempotency.answer)
            connection.execute("INSERT INTO answers VALUES (?, ?)", row)
        except sqlite3.IntegrityError:
            raise Conflict("this key was used before", code="idempotency_conflict") from None


class Store:
    """A record in a folder, which can be closed and opened again."""

    def __init__(self, directory: Path, **options: Any) -> None:
        self.directory, self.options = directory, options
        self.signer: FileSigner = make_signer(directory, NAME, bytes(range(32)))
        self.writer = self._open()

    def _open(self) -> RecordWriter:
        state = PlainState()
        options: dict[str, Any] = {"key_of": key_of, "state_writer": state, **self.options}
        writer = RecordWriter(self.directory, signer=load_signer(self.directory), **options)
        state.create(writer.connection)
        return writer

    @property
    def reader(self) -> RecordReader:
        return self.writer.reader

    def write(self, write: Write) -> Any:
        return self.writer.submit(write).result(30)

    def reopen(self, between: Callable[[Path], object] | None = None) -> None:
        self.writer.close()
        if between is not None:
            between(self.directory)
        self.writer = self._open()

    def rows(self) -> dict[str, tuple[str, int]]:
        with sqlite3.connect(self.directory / "steelyard.sqlite") as connection:
            return {key: (text, version) for key, text, version in connection.execute("SELECT * FROM plain")}
