"""Verification of a record where it lies: reads each row raw and hands it to `record.verify`.

A long record is examined in segments by several processes; what each found is joined in order.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from steelyard.adapters.sqlite.schema import DATABASE_FILE, open_for_reading
from steelyard.kernel import Problem
from steelyard.record.note import parse_vkey
from steelyard.record.segment import Growth, Parts, Segment
from steelyard.record.verify import Audit, StoredBundle, Verification

PROCESSES: Final = 2
WORTH_SHARING: Final = 500_000
"""Entries from which on starting other processes pays."""

SEGMENT_ENTRIES: Final = 65_536
_AHEAD: Final = 2

_COLUMNS: Final = "first_index, entry_count, CAST(entries AS BLOB), CAST(checkpoint AS BLOB)"
_ALL: Final = f"SELECT {_COLUMNS} FROM bundle ORDER BY first_index"  # noqa: S608 - our own columns
_RANGE: Final = _ALL.replace("ORDER BY", "WHERE first_index >= ? AND first_index < ? ORDER BY")
_STARTS: Final = "SELECT first_index, entry_count FROM bundle ORDER BY first_index"

Progress = Callable[[int, int], None]
"""Told how many entries are verified, of how many."""


def verify_record(
    directory: Path, vkey: str, *, processes: int = PROCESSES, progress: Progress | None = None
) -> Verification:
    """What is true of the record in this folder; a record being written to is verified up to some entry.

    `vkey` is the key that signed the first checkpoint. Raises NotFound when there is no record there. Damage
    of any kind is reported, not raised.
    """
    # A connection of its own: text is compared as the bytes that are stored, not decoded.
    connection = open_for_reading(directory)
    audit = Audit(parse_vkey(vkey))
    try:
        starts, total = _bounds(connection)
        if processes > 1 and total >= WORTH_SHARING:
            _share(audit, directory, starts, total, processes, progress)
        else:
            _take_all(audit, connection, total, progress)
    except sqlite3.DatabaseError as error:
        outcome = audit.outcome()
        problem = Problem(
            code="unreadable",
            message=f"the database cannot be read: {error}",
            field=f"entry {outcome.entries}",
        )
        return replace(outcome, ok=False, problems=(*outcome.problems, problem))
    finally:
        connection.close()
    return audit.outcome()


def _bounds(connection: sqlite3.Connection) -> tuple[list[int], int]:
    """Where segments begin, and how many entries there are, as far as the numbers can be believed."""
    starts: list[int] = []
    total = 0
    for first_index, count in connection.execute(_STARTS):
        if not isinstance(first_index, int) or not isinstance(count, int):
            return [], 0
        if not starts or first_index - starts[-1] >= SEGMENT_ENTRIES:
            starts.append(first_index)
        total = first_index + count
    return starts, total


def _take_all(audit: Audit, connection: sqlite3.Connection, total: int, progress: Progress | None) -> None:
    for stored in _stored(connection.execute(_ALL)):
        if not audit.take(stored):
            return
        if progress is not None:
            progress(stored.first_index + stored.entry_count, total)


def _share(
    audit: Audit, directory: Path, starts: list[int], total: int, processes: int, progress: Progress | None
) -> None:
    ranges = deque(zip(starts, [*starts[1:], total], strict=True))
    waiting: deque[Future[tuple[list[Growth], Parts]]] = deque()
    path = str(directory / DATABASE_FILE)
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        while ranges or waiting:
            while ranges and len(waiting) < processes * _AHEAD:
                waiting.append(pool.submit(examine, path, *ranges.popleft()))
            growths, parts = waiting.popleft().result()
            if not audit.take_segment(growths, parts):
                pool.shutdown(cancel_futures=True)
                return
            if progress is not None and growths:
                progress(growths[-1].first_index + growths[-1].count, total)


def examine(path: str, start: int, end: int) -> tuple[list[Growth], Parts]:
    """What the bundles that begin at entries [start, end) of a file say, examined by themselves."""
    segment = Segment()
    growths: list[Growth] = []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        for stored in _stored(connection.execute(_RANGE, (start, end))):
            growth = segment.take(stored)
            if growth is None:
                break
            growths.append(growth)
    return growths, segment.parts()


def _stored(rows: sqlite3.Cursor) -> Iterator[StoredBundle]:
    for first_index, entry_count, entries, checkpoint in rows:
        yield StoredBundle(
            first_index=first_index, entry_count=entry_count, entries=entries, checkpoint=checkpoint
        )
