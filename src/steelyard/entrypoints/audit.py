"""A complete check of a workspace: every entry of its record, and every row of its state against it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from steelyard.adapters.keys import load_signer
from steelyard.adapters.sql import REGISTRY, check_state
from steelyard.adapters.sqlite import DATABASE_FILE, rows, verify_record
from steelyard.adapters.sqlite.schema import open_for_reading
from steelyard.adapters.sqlite.verify import Progress
from steelyard.kernel import NotFound
from steelyard.kernel.canonical import to_builtins
from steelyard.kernel.errors import SteelyardError
from steelyard.record import Bundle
from steelyard.record.encoding import to_base64
from steelyard.record.merkle import EMPTY_ROOT

if TYPE_CHECKING:
    from steelyard.entrypoints.bootstrap import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that does not verify, and at which entry."""

    message: str
    index: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What a complete check found; `root` is base64 as in checkpoints, `seconds` a text."""

    ok: bool
    entries: int
    size: int
    root: str
    problems: tuple[Finding, ...]
    state_problems: tuple[str, ...]
    seconds: str
    at: datetime


def audit_open(workspace: Workspace, now: datetime, anchor: str = "") -> Audit:
    """The check of an open workspace, as of now; the result is remembered for the overview."""
    with workspace.erasing:
        answer = _audit(workspace.folder, workspace.signer.vkey, now, anchor)
    workspace.verified = (now, answer.ok)
    return answer


def audit_folder(folder: Path, anchor: str = "", progress: Progress | None = None) -> dict[str, Any]:
    """The check of a folder that no process holds, as the API would answer it.

    Nothing of the record is believed: not even that it can be opened for writing. `anchor` is a verifier key
    that must be one of the record's; with it, no private key is needed.
    """
    if not (folder / DATABASE_FILE).is_file():
        raise NotFound(f"{folder} holds no record", code="no_record")
    try:
        vkey = load_signer(folder).vkey
    except NotFound:
        if not anchor:
            raise
        vkey = ""
    return to_builtins(_audit(folder, vkey, datetime.now(UTC), anchor, progress))


def _audit(folder: Path, vkey: str, now: datetime, anchor: str, progress: Progress | None = None) -> Audit:
    started = perf_counter()
    with closing(sqlite3.connect(f"file:{folder / DATABASE_FILE}?mode=ro", uri=True)) as connection:
        found = verify_record(folder, _first_key(connection) or vkey or anchor, progress=progress)
        state = _state_problems(connection, folder) if found.ok else []
    problems = tuple(Finding(message=str(one), index=_index_of(one.field)) for one in found.problems)
    if found.ok:
        problems = tuple(_key_problems(found.keys, vkey, anchor))
        found = replace(found, ok=not problems)
    return Audit(
        ok=found.ok and not state,
        entries=found.entries,
        size=found.head.size if found.head else 0,
        root=to_base64(found.head.root if found.head else EMPTY_ROOT),
        problems=problems,
        state_problems=tuple(state),
        seconds=f"{perf_counter() - started:.3f}",
        at=now,
    )


def _first_key(connection: sqlite3.Connection) -> str:
    """The key that the state says signed first; a wrong word here only makes the record fail to verify."""
    try:
        row = connection.execute("SELECT body FROM key_rotation ORDER BY key LIMIT 1").fetchone()
        return "" if row is None else str(json.loads(row[0])["old"])
    except (sqlite3.Error, ValueError, KeyError, TypeError):
        return ""


def _key_problems(keys: tuple[str, ...], current: str, anchor: str) -> Iterator[Finding]:
    if current and keys[-1] != current:
        message = f"the record is signed by {keys[-1]}, but the folder's key is {current}"
        yield Finding(message=message, index=None)
    if anchor and anchor not in keys:
        yield Finding(message=f"none of the record's keys is {anchor}", index=None)


class _Rows:
    """The record's bundles, one after the other, without a reader's tail: the check needs no proofs."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def refresh(self) -> int:
        """How many entries are durable."""
        return rows.end_of(self._connection)

    def bundles(self, from_index: int = 0) -> Iterator[Bundle]:
        """All bundles from this index on."""
        return rows.walk(self._connection, from_index)


def _state_problems(connection: sqlite3.Connection, folder: Path) -> list[str]:
    """What is wrong with the state's rows; asked only of a record that verifies, for it is the measure."""
    with closing(open_for_reading(folder)) as reading:
        try:
            return [str(one) for one in check_state(connection, REGISTRY, _Rows(reading))]
        except SteelyardError as error:
            return [error.message]


def _index_of(field: str) -> int | None:
    number = field.removeprefix("entry ")
    return int(number) if number.isdecimal() else None
