"""The usage store's file: a connection that writes, a cursor for each reader, its exchange for another."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

import duckdb

from steelyard.adapters.duckdb.damage import is_damage
from steelyard.adapters.duckdb.schema import Connection
from steelyard.kernel import DamagedRecord, Unavailable

T = TypeVar("T")

LOG_BYTES_MAX: Final = "256MB"
"""The log is put into the tables past this: rarely, since that writes blocks anew that are half full."""


class StoreFile:
    """A file of tables that is held open; a `path` of None is one in memory.

    >>> file = StoreFile(None, memory_limit="1GB", threads=1)
    >>> with file.reading(lambda cursor: cursor) as cursor:
    ...     cursor.execute("SELECT 6 * 7").fetchall()
    [(42,)]
    >>> file.close()
    """

    def __init__(self, path: Path | None, *, memory_limit: str, threads: int) -> None:
        """Opens or creates the file.

        Raises Unavailable when another process holds it, DamagedRecord when it cannot be read.
        """
        self.path = path
        self.damaged = False
        self._config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory_limit,
            "threads": threads,
            "wal_autocheckpoint": LOG_BYTES_MAX,
        }
        self._changed = threading.Condition()
        self._readings, self._is_exchanged = 0, False
        self._open()

    def _open(self) -> None:
        path = self.path
        try:
            self.writer: Connection = duckdb.connect(
                ":memory:" if path is None else str(path), config=self._config
            )
        except duckdb.Error as error:
            if isinstance(error, duckdb.IOException) and "lock" in str(error):
                message = f"{path} cannot be opened; is another Steelyard process running on this folder?"
                raise Unavailable(f"{message} {error}", code="usage_store_busy") from None
            raise DamagedRecord(f"{path} cannot be read: {error}", code="usage_store_damaged") from None
        # Readers copy a connection that never runs anything, so that they do not wait for the writer's.
        self._readers = self.writer.cursor()

    @contextmanager
    def reading(self, look: Callable[[Connection], T]) -> Iterator[T]:
        """What `look` makes of a cursor of its own, with the file as it is until the reading ends.

        Nobody is `changing` while it looks. Raises Unavailable when the reading finds damage.
        """
        with self._changed:
            self._changed.wait_for(lambda: not self._is_exchanged)
            cursor = self._readers.cursor()
            seen = look(cursor)
            self._readings += 1
        try:
            yield seen
        except duckdb.Error as error:
            if not is_damage(error):
                raise
            self.damaged = True
            message = "the usage store's file is damaged; it is being made anew from the record"
            raise Unavailable(message, code="usage_store_damaged") from error
        finally:
            cursor.close()
            with self._changed:
                self._readings -= 1
                self._changed.notify_all()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """What is done inside is done for readings as a whole: they begin before or after it."""
        with self._changed:
            yield

    def exchange(self, replace: Callable[[], None], load: Callable[[], None]) -> None:
        """Closes the file, has it replaced, opens it and has it loaded; readings wait, and are waited for.

        Raises DamagedRecord when what is there now cannot be read.
        """
        with self._changed:
            self._is_exchanged = True
            try:
                self._changed.wait_for(lambda: self._readings == 0)
                self.close()
                replace()
                self._open()
                load()
            finally:
                self._is_exchanged = False
                self._changed.notify_all()

    def close(self) -> None:
        """Lets go of the file."""
        self._readers.close()
        self.writer.close()
