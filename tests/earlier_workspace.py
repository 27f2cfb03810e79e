"""A workspace whose record holds, byte for byte, what an earlier Steelyard wrote.

The files below `tests/api/earlier` have one entry a line, in order: kind, customer, moment, payload. Entries
are sealed anew under a fresh key; rows are laid down from the payloads that tell of them, with the columns
that were searched then.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from steelyard.access import create_owner_key
from steelyard.adapters.keys import load_signer, make_signer
from steelyard.adapters.sql import REGISTRY, SqlStateWriter
from steelyard.adapters.sql.schema import ddl
from steelyard.adapters.sqlite import DATABASE_FILE, RecordWriter
from steelyard.metering import key_of
from steelyard.record import WORKSPACE_CHAIN, Batch, Kind, Write
from steelyard.record.telling import told

EARLIER = Path(__file__).parent / "api" / "earlier"
AGES = sorted(path.stem for path in EARLIER.glob("*.jsonl"))
LATER_COLUMNS = {
    "foundation": {"invoice": ("known_at", "period_end"), "credit_note": ("known_at", "period_end")},
    "metering": {},
}
"""The searched columns that the tables of each age did not have yet."""

_OF_KEYS = (Kind.ERASURE, Kind.KEY_ROTATION)
_FILLER = b"{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierEntry:
    """One entry as an earlier Steelyard recorded it."""

    kind: Kind
    customer: str
    recorded_at: int
    payload: bytes


def entries_of(age: str) -> list[EarlierEntry]:
    """All entries of a workspace of that age, in order."""
    lines = (EARLIER / f"{age}.jsonl").read_text().splitlines()
    return [
        EarlierEntry(
            kind=Kind(said["kind"]),
            customer=said["customer"],
            recorded_at=said["recorded_at"],
            payload=said["payload"].encode(),
        )
        for said in map(json.loads, lines)
    ]


def tellings_of(age: str) -> Iterator[tuple[int, str, bytes]]:
    """The entry's place, the table and the body of every row that was told of."""
    for index, entry in enumerate(entries_of(age)):
        said = told(entry.payload)
        if said is not None and said.what in REGISTRY.by_name:
            yield index, said.what, bytes(said.body)


def make_earlier_workspace(folder: Path, age: str) -> None:
    """Lays the workspace down in an empty folder, with an owner's key that can be used.

    What was erased, and what names the keys of the record, cannot be sealed under another key: the place of
    such an entry is kept by one that says nothing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    signer = make_signer(folder, "steelyard.local/earlier")
    entries = [_without_keys(entry) for entry in entries_of(age)]
    commits = [list(some) for _, some in groupby(entries, key=attrgetter("recorded_at"))]
    moments = iter([some[0].recorded_at for some in commits])
    now = datetime.now(UTC)
    writer = RecordWriter(
        folder,
        signer=signer,
        key_of=key_of,
        clock=lambda: next(moments, int(now.timestamp() * 1_000_000)),
    )
    for some in commits:
        batches = [Batch(kind=one.kind, customers=[one.customer], payloads=[one.payload]) for one in some]
        writer.submit(Write(batches=tuple(batches))).result()
    writer.close()
    with closing(sqlite3.connect(folder / DATABASE_FILE)) as connection, connection:
        _lay_rows(connection, entries)
        _take_columns(connection, LATER_COLUMNS[age])
    about = {"name": "earlier", "origin": signer.name, "created": now.isoformat()}
    (folder / "workspace.json").write_text(json.dumps(about))
    _give_key(folder)


def _without_keys(entry: EarlierEntry) -> EarlierEntry:
    if entry.payload and entry.kind not in _OF_KEYS:
        return entry
    return EarlierEntry(
        kind=Kind.WORKSPACE, customer=WORKSPACE_CHAIN, recorded_at=entry.recorded_at, payload=_FILLER
    )


def _lay_rows(connection: sqlite3.Connection, entries: list[EarlierEntry]) -> None:
    """Today's tables without the columns that came later, and the newest row of each key."""
    for statement in ddl(REGISTRY):
        connection.execute(statement)
    connection.execute("INSERT INTO state_schema (id, version) VALUES (1, 1)")
    for index, entry in enumerate(entries):
        said = told(entry.payload)
        kept = REGISTRY.by_name.get(said.what) if said else None
        if said is None or kept is None:
            continue
        values = kept.record_table.values(kept.decode(bytes(said.body)))
        row = [*values.values(), bytes(said.body).decode(), index]
        spots = ", ".join("?" * len(row))
        columns = ", ".join(f'"{name}"' for name in (*values, "body", "version"))
        connection.execute(f'REPLACE INTO "{kept.name}" ({columns}) VALUES ({spots})', row)  # noqa: S608


def _take_columns(connection: sqlite3.Connection, missing: dict[str, tuple[str, ...]]) -> None:
    for table, columns in missing.items():
        for column in columns:
            connection.execute(f'DROP INDEX "ix_{table}_{column}"')
            connection.execute(f'ALTER TABLE "{table}" DROP COLUMN "{column}"')


def _give_key(folder: Path) -> None:
    """Adds the key of an owner, whose secret goes to the file of `steelyard init`."""
    created = create_owner_key(at=datetime.now(UTC), entropy=bytes(64))
    writer = RecordWriter(
        folder, signer=load_signer(folder), state_writer=SqlStateWriter(REGISTRY), key_of=key_of
    )
    writer.submit(created.write).result()
    writer.close()
    (folder / "owner.key").write_text(created.secret)
