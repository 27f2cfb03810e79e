"""The thread that folds bundles into the usage store as the record publishes them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final

from steelyard.adapters.duckdb.store import DuckUsageStore
from steelyard.metering import BundleSource
from steelyard.record import Bundle

WAITING_MAX: Final = 256
"""Bundles kept for the folder; past that it reads them back from the record."""

_LOOK_AGAIN_SECONDS: Final = 1.0
_AT_ONCE: Final = 32


class Follower:
    """Folds from the position to the end of the record, and then every bundle that it is told of.

    Give `tell` to the record's writer as a subscriber: it only notes the bundle and returns at once. A
    failure ends the thread and is kept in `failure`; the record is not touched by it.
    """

    def __init__(self, store: DuckUsageStore, source: BundleSource) -> None:
        """Nothing runs before `start`."""
        self._store, self._source = store, source
        store.read_from(source)
        self._waiting: deque[Bundle] = deque(maxlen=WAITING_MAX)
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="usage-fold", daemon=True)
        self.failure: BaseException | None = None

    def start(self) -> None:
        """Starts to catch up and to follow."""
        self._thread.start()

    def tell(self, bundle: Bundle) -> None:
        """Notes a bundle that became durable."""
        self._waiting.append(bundle)
        self._wake.set()

    def stop(self) -> None:
        """Ends the thread after the slice it is in; what is not folded yet is folded on the next start."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def lag(self) -> int:
        """How many entries of the record are not folded yet."""
        return max(0, self._source.size - self._store.position())

    def _run(self) -> None:
        try:
            self._catch_up()
            while not self._stopping:
                self._wake.wait(_LOOK_AGAIN_SECONDS)
                self._wake.clear()
                self._fold_waiting()
        except BaseException as error:  # noqa: BLE001 - shown by health checks, raised by nobody else
            self.failure = error

    def _fold_waiting(self) -> None:
        while self._waiting and not self._stopping:
            bundles = [self._waiting.popleft()]
            if bundles[0].first_index > self._store.position():
                self._catch_up()
            while (
                self._waiting and len(bundles) < _AT_ONCE and self._waiting[0].first_index == bundles[-1].end
            ):
                bundles.append(self._waiting.popleft())
            self._store.fold(bundles)

    def _catch_up(self) -> None:
        if self._source.size > self._store.position():
            self._store.fold(self._until_stopped(self._source.bundles(self._store.position())))

    def _until_stopped(self, bundles: Iterable[Bundle]) -> Iterator[Bundle]:
        for bundle in bundles:
            if self._stopping:
                return
            yield bundle
