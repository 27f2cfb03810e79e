"""What event data looks like by day and event type, in the small file beside the record.

A sample is enough to see drift, so nothing rests on this being complete: losing it loses only the comparison
with the days before.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from steelyard.metering import Profile

KEPT_DAYS: Final = 30
TYPES_MAX: Final = 1_000
"""So many event types a day are kept; further ones are not compared."""

FIELDS_MAX: Final = 500
"""So many fields and types of one event type and day are kept."""

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS profile (
  day INTEGER NOT NULL, type TEXT NOT NULL, events INTEGER NOT NULL, PRIMARY KEY (day, type)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS profile_field (
  day INTEGER NOT NULL, type TEXT NOT NULL, field TEXT NOT NULL, kind TEXT NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY (day, type, field, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS watched (meter TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
"""
_EVENTS: Final = (
    "INSERT INTO profile (day, type, events) SELECT ?1, ?2, ?3 "  # noqa: S608 - our own number
    "WHERE EXISTS (SELECT 1 FROM profile WHERE day = ?1 AND type = ?2) "
    f"OR (SELECT count(*) FROM profile WHERE day = ?1) < {TYPES_MAX} "
    "ON CONFLICT DO UPDATE SET events = events + excluded.events"
)
_FIELD: Final = (
    "INSERT INTO profile_field (day, type, field, kind, count) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT DO UPDATE SET count = count + excluded.count"
)

logger = logging.getLogger(__name__)


class ProfileLog:
    """Adds up profiles by day (days since 1970, UTC) and event type, for 30 days."""

    def __init__(self, path: Path) -> None:
        """Opens the file that the list of refused events has made sound."""
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute("PRAGMA busy_timeout=5000")
        self._connection.executescript(_TABLES)
        self._lock = threading.Lock()

    def add(self, day: int, profiles: Mapping[str, Profile]) -> None:
        """Adds what was seen on a day, by event type; a file that cannot be written costs only that."""
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                for kind, profile in profiles.items():
                    self._add(day, kind.encode(errors="replace").decode(), profile)
                for table in ("profile", "profile_field"):
                    sql = f"DELETE FROM {table} WHERE day <= ?"  # noqa: S608 - our own names
                    self._connection.execute(sql, [day - KEPT_DAYS])
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                logger.error("what event data looks like could not be kept: %s", error)

    def _add(self, day: int, kind: str, profile: Profile) -> None:
        execute = self._connection.execute
        if execute(_EVENTS, [day, kind, profile.events]).rowcount < 1:
            return
        sql = "SELECT field, kind FROM profile_field WHERE day = ? AND type = ?"
        known = set(execute(sql, [day, kind]).fetchall())
        for (path, json_kind), count in sorted(profile.kinds.items()):
            place = (path.encode(errors="replace").decode(), json_kind)
            if place in known or len(known) < FIELDS_MAX:
                known.add(place)
                execute(_FIELD, [day, kind, *place, count])

    def between(self, first: int, last: int, *, type: str | None = None) -> dict[str, Profile]:
        """What was seen from the first to the last day, both included, by event type."""
        where, values = "day BETWEEN ? AND ?", [first, last]
        if type is not None:
            where, values = f"{where} AND type = ?", [*values, type]
        events = f"SELECT type, sum(events) FROM profile WHERE {where} GROUP BY type"  # noqa: S608
        fields = f"SELECT type, field, kind, sum(count) FROM profile_field WHERE {where} GROUP BY 1, 2, 3"  # noqa: S608
        with self._lock:
            found = {kind: Profile(events=count) for kind, count in self._connection.execute(events, values)}
            for kind, path, json_kind, count in self._connection.execute(fields, values):
                if kind in found:
                    found[kind].kinds[(path, json_kind)] = count
        return found

    def positions(self) -> dict[str, int]:
        """Up to which entry the watch of each meter has come."""
        with self._lock:
            return dict(self._connection.execute("SELECT meter, position FROM watched").fetchall())

    def keep_positions(self, positions: Mapping[str, int]) -> None:
        """Keeps how far the watches have come; where that cannot be written they look again later."""
        sql = "INSERT INTO watched VALUES (?, ?) ON CONFLICT DO UPDATE SET position = excluded.position"
        with self._lock:
            try:
                self._connection.executemany(sql, list(positions.items()))
            except sqlite3.Error as error:
                logger.error("how far the watch for anomalies has come could not be kept: %s", error)

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            self._connection.close()
