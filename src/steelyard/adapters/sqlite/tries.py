"""Who tried to come in without success, in the small file beside the record: a restart forgives nobody.

Names are hashes, of an e-mail address or of where somebody came from. Losing the file forgives everybody
once.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from pathlib import Path
from typing import Final

from steelyard.access import Tries

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS tries (
  name TEXT PRIMARY KEY, count INTEGER NOT NULL, at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""

logger = logging.getLogger(__name__)


class TriesLog:
    """Tries by name, kept as they are counted; those of more than an hour ago are deleted on opening."""

    def __init__(self, path: Path, *, now: int) -> None:
        """Opens the file, which exists; `now` is in microseconds since 1970."""
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(_TABLE)
        self._connection.execute("DELETE FROM tries WHERE at < ?", [now - 3_600_000_000])
        self._lock = threading.Lock()

    def all(self) -> dict[str, Tries]:
        """What is kept, the oldest first."""
        with self._lock:
            rows = self._connection.execute("SELECT name, count, at FROM tries ORDER BY at, name").fetchall()
        return {name: Tries(count=count, at=at) for name, count, at in rows}

    def keep(self, name: str, tries: Tries | None) -> None:
        """Keeps these tries under the name, or none any more; what cannot be kept is told in the log."""
        try:
            with self._lock:
                if tries is None:
                    self._connection.execute("DELETE FROM tries WHERE name = ?", [name])
                else:
                    row = (name, tries.count, tries.at)
                    self._connection.execute("INSERT OR REPLACE INTO tries VALUES (?, ?, ?)", row)
        except sqlite3.Error as error:
            logger.error("a try to sign in could not be kept: %s", error)

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            self._connection.close()
