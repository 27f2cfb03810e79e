"""Upkeep: what need not happen before a write is answered, on a thread of its own.

Moving the write-ahead log into the database, writing snapshots of the tail and runs of deduplication keys.
A task that fails is reported in the log and tried again when it is next due: none of them is needed for
correctness, only for quick starts and short files.
"""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

from steelyard.adapters.sqlite.schema import open_for_checkpoints

Task = Callable[[], None]

logger = logging.getLogger(__name__)


class Upkeep:
    """Runs tasks one after the other, each at most once in the queue."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[tuple[str, Task] | None] = queue.SimpleQueue()
        self._due: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="record-upkeep", daemon=True)
        self._thread.start()

    def request(self, name: str, task: Task) -> None:
        """Has a task run soon, unless one of this name waits already."""
        if name not in self._due:
            self._due.add(name)
            self._queue.put((name, task))

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            name, task = item
            try:
                task()
            except Exception:
                logger.exception("record upkeep: %s failed", name)
            finally:
                self._due.discard(name)

    def close(self) -> None:
        """Finishes the tasks that wait, and ends."""
        self._queue.put(None)
        self._thread.join()


def move_log(directory: Path, writing: threading.Lock) -> None:
    """Moves the write-ahead log into the database and lets it start again from its beginning.

    The bulk moves while writes go on; only what they added meanwhile is moved while they wait.
    """
    connection = open_for_checkpoints(directory)
    try:
        connection.execute("PRAGMA busy_timeout=0")
        for _ in range(2):
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        with writing:
            connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
    except sqlite3.OperationalError as error:
        # A reader holds an old state of the database: the next attempt will find it gone.
        logger.info("record upkeep: the write-ahead log stays for now: %s", error)
    finally:
        connection.close()
