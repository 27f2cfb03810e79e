"""The newest refusals and how many there were, in a small file of their own.

Ingest hands them over and goes on: a thread writes what waits a few times a second. Under a flood the oldest
of what waits is let go, but everything is counted. The file is no part of the record: losing it loses only
the list.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
from collections import Counter, deque
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

from steelyard.metering import Rejection

KEPT_MAX: Final = 10_000
COUNTED_DAYS: Final = 40
TYPES_MAX: Final = 200
"""So many event types are counted apart between two writes; the rest together, under a blank name."""

_PAUSE_SECONDS: Final = 0.3
_HOUR_MICROS: Final = 3_600_000_000
_COLUMNS: Final = ("at", "code", "field", "message", "type", "source", "event_id", "subject", "key", "item")
_TABLES: Final = f"""
CREATE TABLE IF NOT EXISTS rejected (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  {", ".join(f"{name} TEXT NOT NULL" for name in _COLUMNS[1:])}
) STRICT;
CREATE TABLE IF NOT EXISTS rejected_count (
  hour INTEGER NOT NULL, code TEXT NOT NULL, type TEXT NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY (hour, code, type)
) STRICT, WITHOUT ROWID;
"""
_INSERT: Final = f"INSERT INTO rejected ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608
_COUNT: Final = (
    "INSERT INTO rejected_count (hour, code, type, count) VALUES (?, ?, ?, ?) "
    "ON CONFLICT DO UPDATE SET count = count + excluded.count"
)

logger = logging.getLogger(__name__)


class RejectedLog:
    """Keeps the newest 10,000 refusals, and their number by hour, code and event type for 40 days."""

    def __init__(self, path: Path) -> None:
        """Opens or makes the file; one that is damaged is begun anew, for nothing rests on it."""
        try:
            self._connection = _opened(path)
        except sqlite3.DatabaseError:
            logger.warning("the list of refused events in %s was damaged and is begun anew", path.name)
            for part in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
                part.unlink(missing_ok=True)
            self._connection = _opened(path)
        self._waiting: deque[Rejection] = deque(maxlen=KEPT_MAX)
        self._counts: Counter[tuple[int, str, str]] = Counter()
        self._taking, self._writing = threading.Lock(), threading.Lock()
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="rejected-log", daemon=True)
        self._thread.start()

    def note(self, rejections: Sequence[Rejection], *, more: int = 0) -> None:
        """Takes refusals to be kept, and returns at once; `more` were of the last one's code and not kept."""
        if not rejections:
            return
        with self._taking:
            self._waiting.extend(rejections)
            for one in rejections:
                self._count((one.at // _HOUR_MICROS, one.code, one.type), 1)
            if more:
                last = rejections[-1]
                self._count((last.at // _HOUR_MICROS, last.code, last.type), more)
        self._wake.set()

    def _count(self, key: tuple[int, str, str], count: int) -> None:
        if key not in self._counts and len(self._counts) >= TYPES_MAX:
            key = (key[0], key[1], "")
        self._counts[key] += count

    def newest(
        self, *, limit: int, before: int | None = None, code: str | None = None, type: str | None = None
    ) -> list[Rejection]:
        """The newest refusals, those before the cursor `id`, perhaps only of a code or an event type."""
        self.flush()
        where, values = ["true"], list[object]()
        for condition, value in (("id < ?", before), ("code = ?", code), ("type = ?", type)):
            if value is not None:
                where.append(condition)
                values.append(value)
        sql = (
            f"SELECT id, {', '.join(_COLUMNS)} FROM rejected "  # noqa: S608 - own columns
            f"WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT ?"
        )
        with self._writing:
            rows = self._connection.execute(sql, [*values, limit]).fetchall()
        return [Rejection(**dict(zip(("id", *_COLUMNS), row, strict=True))) for row in rows]

    def counts(self, since: int = 0) -> dict[tuple[str, str], int]:
        """How many were refused, by code and event type, since the hour of that moment (microseconds)."""
        self.flush()
        sql = "SELECT code, type, sum(count) FROM rejected_count WHERE hour >= ? GROUP BY code, type"
        with self._writing:
            rows = self._connection.execute(sql, [since // _HOUR_MICROS]).fetchall()
        return {(code, kind): count for code, kind, count in sorted(rows)}

    def flush(self) -> None:
        """Writes what waits."""
        with self._writing:
            with self._taking:
                waiting, counts = list(self._waiting), self._counts
                self._waiting.clear()
                self._counts = Counter()
            if not counts:
                return
            try:
                self._write(waiting, counts)
            except sqlite3.Error as error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                logger.error("%d refusals could not be kept: %s", len(waiting), error)

    def _write(self, waiting: list[Rejection], counts: Counter[tuple[int, str, str]]) -> None:
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        rows = [tuple(_sound(getattr(one, name)) for name in _COLUMNS) for one in waiting]
        self._connection.executemany(_INSERT, rows)
        counted = [(hour, code, _sound(kind), count) for (hour, code, kind), count in counts.items()]
        self._connection.executemany(_COUNT, counted)
        execute("DELETE FROM rejected WHERE id <= (SELECT max(id) FROM rejected) - ?", [KEPT_MAX])
        newest = max(hour for hour, _, _ in counts)
        execute("DELETE FROM rejected_count WHERE hour < ?", [newest - 24 * COUNTED_DAYS])
        execute("COMMIT")

    def forget(self, subjects: Collection[str]) -> None:
        """Deletes the refusals of these subjects, and what their text has left in the file."""
        self.flush()
        with self._writing:
            execute = self._connection.execute
            execute("PRAGMA secure_delete=ON")
            execute("BEGIN IMMEDIATE")
            # What could not be read as an event has no subject of its own, but its text may name one.
            sql = "DELETE FROM rejected WHERE subject = ? OR (subject = '' AND instr(item, ?) > 0)"
            self._connection.executemany(
                sql, [(one, json.dumps(one, ensure_ascii=False)) for one in subjects]
            )
            execute("COMMIT")
            execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait()
            self._wake.clear()
            self.flush()
            self._stopping.wait(_PAUSE_SECONDS)

    def close(self) -> None:
        """Writes what waits and lets go of the file."""
        self._stopping.set()
        self._wake.set()
        self._thread.join()
        self.flush()
        with self._writing:
            self._connection.close()


def _sound(value: object) -> object:
    """Text that SQLite can keep: half of a surrogate pair has no bytes in UTF-8."""
    return value.encode(errors="replace").decode() if isinstance(value, str) else value


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.executescript(_TABLES)
        connection.execute("SELECT count(*) FROM rejected").fetchone()
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection
