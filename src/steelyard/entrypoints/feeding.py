"""The warehouse feed of a workspace while it is open: kept up to date, and compared with record and store."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from steelyard.adapters.duckdb import DuckUsageStore
from steelyard.adapters.feed import Fed, Feed, reconcile
from steelyard.adapters.sqlite import RecordWriter
from steelyard.kernel import Conflict, SteelyardError
from steelyard.kernel.ids import make_id
from steelyard.metering.reconciliation import Reconciliation, kept
from steelyard.record import State, Write

EVERY_SECONDS: Final = 10.0
_FOLD_SECONDS: Final = 60.0
_log: Final = logging.getLogger("steelyard.feed")


class Feeder:
    """Feeds one folder every few seconds, in a thread of its own, from when it is started."""

    def __init__(
        self,
        *,
        origin: str,
        state: State,
        writer: RecordWriter,
        usage: DuckUsageStore,
        catch_up: Callable[[float], bool],
    ) -> None:
        """`catch_up` waits so many seconds until what is recorded is folded."""
        self._origin, self._state, self._writer, self._usage = origin, state, writer, usage
        self._catch_up = catch_up
        self._feed: Feed | None = None
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._comparing = threading.Lock()
        self._upto = 0
        self._last: Reconciliation | None = None
        self._looked = False
        self.failure = ""

    def use(self, folder: Path) -> Feed:
        """Names the folder; nothing is written yet."""
        self._feed = Feed(folder, origin=self._origin)
        self._upto = self._feed.folder.manifest().upto
        return self._feed

    def start(self, folder: Path) -> None:
        """Feeds the folder from now on; raises what a first look at the folder raises."""
        self.use(folder)
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stopping.wait(EVERY_SECONDS if self._upto else 0.1):
            try:
                self.feed()
                self.failure = ""
            except (SteelyardError, OSError) as error:
                # It is tried again; until then the metrics and the log tell.
                if str(error) != self.failure:
                    _log.warning("the feed waits: %s", error)
                self.failure = str(error)

    def feed(self) -> Fed | None:
        """Brings the feed up to date; None where there is none."""
        if self._feed is None:
            return None
        done = self._feed.run(self._writer.reader, self._usage)
        self._upto = done.upto
        return done

    def compare(self, keep: Callable[[Write], object] | None = None) -> Reconciliation:
        """Compares record, usage store and feed as they are now; `keep` carries out the write of the result.

        Raises Conflict where somebody else is comparing.
        """
        if not self._comparing.acquire(blocking=False):
            message = "a reconciliation is running; wait for its result"
            raise Conflict(message, code="reconciliation_running")
        try:
            now = datetime.now(UTC)
            self._catch_up(_FOLD_SECONDS)
            problem = ""
            try:
                self.feed()
            except SteelyardError as error:
                problem = f"the feed cannot be brought up to date: {error.message}"
            folder = self._feed.folder if self._feed else None
            id = make_id("rc", now, secrets.token_bytes(10))
            found = reconcile(self._writer.reader, self._usage, folder, id=id, at=now, problem=problem)
            if keep is not None:
                keep(kept(found))
                self._last = found
            return found
        finally:
            self._comparing.release()

    def levels(self) -> dict[str, tuple[str, Callable[[], float]]]:
        """What the metrics show of the feed and of the last reconciliation."""
        return {
            "steelyard_feed_lag_entries": ("Entries that the feed does not have yet", self._lag),
            "steelyard_feed_failing": ("Whether the feed cannot be written now", self._failing),
            "steelyard_reconciliation_ok": (
                "Whether the last reconciliation found everything equal; -1 before the first",
                lambda: self._of_latest(lambda one: float(one.ok), -1.0),
            ),
            "steelyard_reconciliation_differing_events": (
                "Events that differed in the last reconciliation",
                lambda: self._of_latest(lambda one: float(one.differing), 0.0),
            ),
            "steelyard_reconciliation_age_seconds": (
                "Since the last reconciliation; -1 before the first",
                lambda: self._of_latest(lambda one: time.time() - one.at.timestamp(), -1.0),
            ),
        }

    def _lag(self) -> float:
        return float(self._writer.reader.size - self._upto) if self._feed else 0.0

    def _failing(self) -> float:
        return float(bool(self.failure))

    def _of_latest(self, read: Callable[[Reconciliation], float], without: float) -> float:
        """Something about the last result, also one from before this start."""
        if self._last is None and not self._looked:
            found = self._state.find(Reconciliation)
            self._last = max(found, key=lambda one: one.at, default=None)
            self._looked = True
        return without if self._last is None else read(self._last)

    def stop(self) -> None:
        """Ends the thread after the run that it is in."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
