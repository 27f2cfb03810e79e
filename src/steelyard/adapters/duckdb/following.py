"""The thread that folds bundles into the usage store as the record publishes them."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final

from steelyard.adapters.duckdb.damage import is_damage
from steelyard.adapters.duckdb.store import DuckUsageStore
from steelyard.kernel import DamagedRecord, Unavailable
from steelyard.metering import BundleSource
from steelyard.record import Bundle

WAITING_MAX: Final = 256
"""Bundles kept for the folder; past that it reads them back from the record."""

_LOOK_AGAIN_SECONDS: Final = 1.0
_AT_ONCE: Final = 256
_ENTRIES_WORTH_A_COMMIT: Final = 30_000
_GATHER_SECONDS_MAX: Final = 0.25
_GATHER_TIMES_A_FOLD: Final = 8
"""So much longer than the fold before it gathers; 4,000 events at once cost a third more each than 16,000."""
_PAUSE_SECONDS: Final = 0.5
_PAUSE_SECONDS_MAX: Final = 10.0

logger = logging.getLogger(__name__)


class Follower:
    """Folds from the position to the end of the record, and then every bundle that it is told of.

    Give `tell` to the record's writer as a subscriber: it only notes the bundle and returns at once. After a
    failure, kept in `failure`, it tries again: the disk may have room again, and a damaged file is made anew.
    The record is not touched by any of it.
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
        pause = _PAUSE_SECONDS
        while not self._stopping:
            try:
                self._catch_up()
                self.failure, pause = None, _PAUSE_SECONDS
                self._follow()
            except BaseException as error:
                logger.exception("the usage store does not follow the record; next attempt in %g s", pause)
                self.failure = error
                self._waiting.clear()
                self._rest(pause)
                pause = min(2 * pause, _PAUSE_SECONDS_MAX)
                self._mend(error)

    def _follow(self) -> None:
        while not self._stopping:
            self._wake.wait(_LOOK_AGAIN_SECONDS)
            self._wake.clear()
            if self._store.damaged:
                raise DamagedRecord("a query found the usage store's file damaged")
            self._fold_waiting()

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < until:
            time.sleep(0.05)

    def _mend(self, error: BaseException) -> None:
        """Opens the store again; a file that is damaged is made anew from the record."""
        if self._stopping:
            return
        try:
            if isinstance(error, Unavailable):
                return
            if self._store.damaged or is_damage(error):
                raise DamagedRecord(f"the usage store cannot be read: {type(error).__name__}")
            self._store.reopen()
        except DamagedRecord as damage:
            logger.warning("the usage store is made anew from the record: %s", damage)
            self._store.begin_anew()
        except Exception:
            logger.exception("the usage store cannot be opened again yet")

    def _fold_waiting(self) -> None:
        while self._waiting and not self._stopping:
            self._store.awaited.clear()
            began = time.perf_counter()
            bundles = [self._waiting.popleft()]
            if bundles[0].first_index > self._store.position():
                self._catch_up()
            while (
                self._waiting and len(bundles) < _AT_ONCE and self._waiting[0].first_index == bundles[-1].end
            ):
                bundles.append(self._waiting.popleft())
            self._store.fold(bundles)
            if sum(bundle.count for bundle in bundles) < _ENTRIES_WORTH_A_COMMIT:
                # A commit costs as much for few entries as for many: under load it is better to gather some.
                gather = _GATHER_TIMES_A_FOLD * (time.perf_counter() - began)
                self._store.awaited.wait(min(_GATHER_SECONDS_MAX, gather))

    def _catch_up(self) -> None:
        if self._source.size > self._store.position():
            self._store.fold(self._until_stopped(self._source.bundles(self._store.position())))

    def _until_stopped(self, bundles: Iterable[Bundle]) -> Iterator[Bundle]:
        for bundle in bundles:
            if self._stopping:
                return
            yield bundle
