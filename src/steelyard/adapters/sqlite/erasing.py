"""Erasing entries from the record's file: their bundles are written anew, and the old bytes overwritten.

The writer's connection has `secure_delete` on, so that pages that become free are filled with zeros. The
write-ahead log holds older pages until it is emptied, which `empty_log` does and checks.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from steelyard.adapters.sqlite.reader import RecordReader
from steelyard.adapters.sqlite.schema import open_for_checkpoints
from steelyard.kernel import Unavailable
from steelyard.record.bundle import Bundle
from steelyard.record.erasure import ErasedSection, places_in, without

UPDATE: Final = "UPDATE bundle SET entries = ? WHERE first_index = ?"
_LOOK_AGAIN_SECONDS: Final = 0.05


def erase_entries(
    connection: sqlite3.Connection,
    writing: threading.Lock,
    reader: RecordReader,
    sections: Sequence[ErasedSection],
    indexes: Sequence[int],
) -> int:
    """Erases what these sections mean in the bundles that hold these entries; gives how many were fresh.

    Each bundle is rewritten in a transaction of its own, between those of the writer: killed in the middle,
    the rest is erased when this is called again.
    """
    fresh, done = 0, -1
    touched: list[int] = []
    for index in sorted(indexes):
        if index < done:
            continue
        bundle = reader.bundle_at(index)
        done = bundle.end
        positions = [one for one in places_in(bundle, sections) if not bundle.is_erased(one)]
        if positions:
            _rewrite(connection, writing, bundle, without(bundle, positions))
            fresh += len(positions)
            touched.append(bundle.first_index)
    for first_index in touched:
        # Whoever read one meanwhile may have kept it as it was.
        reader.forget(first_index)
    return fresh


def _rewrite(connection: sqlite3.Connection, writing: threading.Lock, bundle: Bundle, data: bytes) -> None:
    with writing:
        if connection.in_transaction:
            raise Unavailable("a commit of the record is in doubt; try again", code="not_written")
        try:
            connection.execute(UPDATE, (data, bundle.first_index))
        except sqlite3.OperationalError as error:
            raise Unavailable(f"the record could not be written: {error}", code="not_written") from None


def empty_log(directory: Path, writing: threading.Lock, *, seconds: float) -> bool:
    """Moves the write-ahead log into the database and cuts it to nothing; False when readers keep it."""
    connection = open_for_checkpoints(directory)
    deadline = time.monotonic() + seconds
    try:
        connection.execute("PRAGMA busy_timeout=0")
        while True:
            with writing:
                busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy:
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(_LOOK_AGAIN_SECONDS)
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
