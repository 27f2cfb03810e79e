"""Sending prepared events over a few connections that stay open; progress where a person watches."""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from steelyard.client import Client, ProblemError

CONNECTIONS: Final = 4
_TRIES: Final = 8
_WAITING_MAX: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How many events went out, and in how many seconds."""

    events: int
    seconds: float

    @property
    def rate(self) -> int:
        """Events a second."""
        return round(self.events / self.seconds) if self.seconds else 0


class Sender:
    """Sends batches through several connections; the first failure ends it and is raised by `send`."""

    def __init__(self, client: Client, total: int, *, connections: int = CONNECTIONS) -> None:
        self._client = client
        self._total = total
        self._connections = connections
        self._queue: queue.Queue[tuple[int, bytes] | None] = queue.Queue(_WAITING_MAX)
        self._failure: ProblemError | None = None
        self._lock = threading.Lock()
        self._sent = 0

    def send(self, parts: Iterable[tuple[int, bytes]]) -> Sent:
        """Sends every part, a count of events and their JSON array, and waits until all are stored.

        Raises ProblemError where the server refuses one.
        """
        started = time.perf_counter()
        threads = [threading.Thread(target=self._work, daemon=True) for _ in range(self._connections)]
        for thread in threads:
            thread.start()
        for part in parts:
            if self._failure:
                break
            self._queue.put(part)
        for _ in threads:
            self._queue.put(None)
        for thread in threads:
            thread.join()
        _clear_progress()
        if self._failure:
            raise self._failure
        return Sent(events=self._sent, seconds=time.perf_counter() - started)

    def _work(self) -> None:
        while (part := self._queue.get()) is not None:
            if self._failure:
                continue
            try:
                self._deliver(part[1])
            except ProblemError as error:
                self._failure = error
                continue
            with self._lock:
                self._sent += part[0]
                show_progress("events", self._sent, self._total)
        self._client.close()

    def _deliver(self, content: bytes) -> None:
        """One batch; where the server asks for patience it gets some. Ids make a repeat harmless."""
        for attempt in range(1, _TRIES + 1):
            try:
                self._client.events.send_bytes(content, "application/json")
                return
            except ProblemError as error:
                if not error.retryable or attempt == _TRIES:
                    raise
                time.sleep(0.05 * 2**attempt)


def show_progress(what: str, done: int, total: int) -> None:
    """A line that draws over itself, where a person watches."""
    if sys.stderr.isatty():
        filled = 30 * done // max(total, 1)
        sys.stderr.write(f"\r  {'█' * filled}{'·' * (30 - filled)} {done:,} of {total:,} {what} ")
        sys.stderr.flush()


def _clear_progress() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
