"""The record's file: its one table, and how connections to it are opened."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from steelyard.kernel import NotFound

DATABASE_FILE: Final = "steelyard.sqlite"

BUNDLE_TABLE: Final = """
CREATE TABLE IF NOT EXISTS bundle (
  first_index INTEGER PRIMARY KEY,
  entry_count INTEGER NOT NULL,
  entries BLOB NOT NULL,
  checkpoint TEXT NOT NULL
) STRICT
"""

PAGE_BYTES: Final = 16384
BUSY_MS: Final = 10_000


def open_for_writing(directory: Path) -> sqlite3.Connection:
    """The writer's connection: durable at each commit, explicit transactions, no automatic checkpoints.

    `secure_delete` overwrites what is erased. WAL checkpoints happen on a connection of their own, because
    one that falls into a commit would make every waiting client wait for it.
    """
    connection = sqlite3.connect(directory / DATABASE_FILE, isolation_level=None, check_same_thread=False)
    connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    _prepare_pages(connection)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA secure_delete=ON")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    connection.execute(BUNDLE_TABLE)
    return connection


def _prepare_pages(connection: sqlite3.Connection) -> None:
    """Gives a file without entries the pages that bundles like.

    Bundles are long: on pages of 4 KiB, reading one back takes six times as long. Whoever made the file
    before (to create state tables, say) chose SQLite's default; only an empty file can still be changed.
    """
    connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
    if connection.execute("PRAGMA page_size").fetchone()[0] == PAGE_BYTES or _has_entries(connection):
        return
    try:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
        connection.execute("VACUUM")
    except sqlite3.OperationalError:
        # Somebody else has the file open: it stays as it is, only slower to read.
        return


def _has_entries(connection: sqlite3.Connection) -> bool:
    table = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'bundle'").fetchone()
    return table is not None and connection.execute("SELECT 1 FROM bundle LIMIT 1").fetchone() is not None


def open_for_checkpoints(directory: Path) -> sqlite3.Connection:
    """The connection on which the write-ahead log is moved into the database."""
    connection = sqlite3.connect(directory / DATABASE_FILE, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    return connection


def open_for_reading(directory: Path) -> sqlite3.Connection:
    """A connection that cannot write; raises NotFound when there is no record in the folder."""
    path = directory / DATABASE_FILE
    if not path.exists():
        raise NotFound(f"there is no record at {path}", code="no_record")
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA query_only=ON")
    connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    return connection
