"""The thread that watches what meters read: flags, holds or tells what was not expected.

It follows the usage store, so that it judges what is counted, and keeps for each meter how far it has come.
It never drops an event: the most that it does is to hold one, which a person releases.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Protocol

from steelyard.adapters.duckdb import DuckUsageStore, MeterReading, new_readings, past_values, reported
from steelyard.adapters.sql import StateStore
from steelyard.adapters.sqlite import ProfileLog, RecordReader, RecordWriter
from steelyard.kernel import Conflict, SteelyardError, from_micros, micros
from steelyard.metering import (
    Anomaly,
    AnomalyAction,
    AnomalyKind,
    EventNow,
    ExpectedRange,
    Meter,
    Reported,
    Watch,
    event_now,
    event_of,
    expected_range,
    is_silent,
    noticing,
    outlier,
    silence,
)
from steelyard.metering.outliers import PAST_VALUES, REGULAR_WITHIN_DAYS

ROUND_SECONDS: Final = 1.0
SILENCE_SECONDS: Final = 60.0
RANGE_SECONDS: Final = 60.0
"""A customer's range is found anew so often, and whenever as many events came as it rests on."""

READINGS_MAX: Final = 20_000
NOTED_AN_HOUR_MAX: Final = 200
"""So many outliers of one meter and customer are noted one by one in an hour; held are all of them."""

logger = logging.getLogger("steelyard.quality")


@dataclass(slots=True)
class _Range:
    expected: ExpectedRange | None
    found_at: float
    seen: int = 0


@dataclass(slots=True)
class _Watched:
    """A meter that is watched: how far, and what is expected of its customers."""

    meter: Meter
    watch: Watch
    position: int
    ranges: dict[str, _Range] = field(default_factory=dict[str, _Range])


class Watchable(Protocol):
    """What is watched, and where what was found is written: the parts of a workspace that this needs."""

    profiles: ProfileLog
    reader: RecordReader
    state: StateStore
    usage: DuckUsageStore
    writer: RecordWriter


class Watcher:
    """Watches the meters that declare what is unusual; `define` says which."""

    def __init__(self, workspace: Watchable) -> None:
        """Nothing runs before `start`."""
        self._workspace = workspace
        self.clock: Callable[[], datetime] = _now
        self._watched: dict[str, _Watched] = {}
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._working = threading.Lock()
        self._noted: Counter[tuple[str, str, int]] = Counter()
        self._looked_for_silence = 0.0
        self._thread = threading.Thread(target=self._run, name="anomaly-watch", daemon=True)
        self.found: Counter[tuple[str, str]] = Counter()
        """How many anomalies were found since the start, by kind and action."""

    def define(self, watches: Sequence[tuple[Meter, Watch]]) -> None:
        """Watch these meters; one that is new is watched from now on."""
        with self._working:
            positions = self._workspace.profiles.positions()
            end = self._workspace.reader.size
            self._watched = {
                meter.key: _Watched(meter, watch, min(positions.get(meter.key, end), end))
                for meter, watch in watches
            }
            self._workspace.profiles.keep_positions({key: one.position for key, one in self._watched.items()})
            self._looked_for_silence = 0.0
        self._wake.set()

    def start(self) -> None:
        """Starts to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread after what it is at; the rest is watched on the next start."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def lag(self) -> int:
        """How many entries of the record the slowest watch has not looked at."""
        size = self._workspace.reader.size
        return max((size - one.position for one in self._watched.values()), default=0)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait(ROUND_SECONDS if self._watched else None)
            self._wake.clear()
            try:
                self.look()
            except SteelyardError as error:
                logger.warning("anomalies could not be looked for just now: %s", error)
            except Exception:
                # The record and bills do not depend on this; what it missed it looks at again.
                logger.exception("the watch for anomalies failed; it goes on with the next round")
            self._stopping.wait(ROUND_SECONDS / 4)

    def look(self) -> None:
        """Looks at everything that is folded and was not looked at, and for silence now and then."""
        with self._working:
            for one in self._watched.values():
                while not self._stopping.is_set() and self._look_at(one):
                    pass
            if time.monotonic() - self._looked_for_silence > SILENCE_SECONDS:
                self._looked_for_silence = time.monotonic()
                for one in self._watched.values():
                    self._look_for_silence(one)

    def _look_at(self, one: _Watched) -> bool:
        """Judges the next readings of a meter; False when there are none left."""
        workspace = self._workspace
        upto = workspace.usage.position()
        if one.position >= upto:
            return False
        readings: list[MeterReading] = []
        if one.meter.reads_number:
            readings = workspace.usage.ask(
                lambda view: new_readings(
                    view, one.meter, after=one.position - 1, upto=upto, limit=READINGS_MAX
                )
            )
        self._find_ranges(one, readings)
        unexpected = [reading for reading in readings if not self._expects(one, reading)]
        for reading in unexpected:
            self._notice(one, reading)
        more = len(readings) == READINGS_MAX
        one.position = readings[-1].at + 1 if more else upto
        workspace.profiles.keep_positions({one.meter.key: one.position})
        return more

    def _find_ranges(self, one: _Watched, readings: Sequence[MeterReading]) -> None:
        """Finds anew, from what came before these readings, the ranges that are missing or old."""
        counts = Counter(reading.customer for reading in readings)
        now = time.monotonic()
        old = [customer for customer in counts if _is_old(one.ranges.get(customer), now)]
        if old:
            values = self._workspace.usage.ask(
                lambda view: past_values(view, one.meter, old, upto=one.position, most=PAST_VALUES)
            )
            for customer in old:
                found = expected_range(values.get(customer, []), one.watch)
                one.ranges[customer] = _Range(found, now)
        for customer, count in counts.items():
            one.ranges[customer].seen += count

    def _expects(self, one: _Watched, reading: MeterReading) -> bool:
        expected = one.ranges[reading.customer].expected
        return expected is None or expected.expects(reading.value)

    def _notice(self, one: _Watched, reading: MeterReading) -> None:
        workspace, watch = self._workspace, one.watch
        expected = one.ranges[reading.customer].expected
        entry = workspace.reader.entry(reading.at)
        event = event_of(entry) if entry.payload else None
        if event is None or expected is None:
            return
        self.found[AnomalyKind.OUTLIER.value, watch.action.value] += 1
        hour = (one.meter.key, reading.customer, entry.recorded_at // 3_600_000_000)
        self._noted[hour] += 1
        if self._noted[hour] > NOTED_AN_HOUR_MAX and watch.action is not AnomalyAction.HOLD:
            return
        at = from_micros(entry.recorded_at)
        now = EventNow(carrier=entry, event=event, after=reading.at)
        anomaly = outlier(now, one.meter.key, reading.value, expected, watch, unit=one.meter.unit, at=at)
        self._write(anomaly, now)

    def _write(self, anomaly: Anomaly, now: EventNow | None) -> None:
        workspace = self._workspace
        try:
            workspace.writer.submit(noticing(anomaly, now)).result()
        except Conflict:
            if now is None or workspace.state.get(Anomaly, anomaly.place) is not None:
                return
            self._write_anew(anomaly, now)
        if anomaly.action is AnomalyAction.ALERT:
            logger.warning("unusual at meter %s: %s", anomaly.meter, anomaly.id)

    def _write_anew(self, anomaly: Anomaly, now: EventNow) -> None:
        """The event was corrected meanwhile: it is looked at anew, and noted in any case."""
        workspace = self._workspace
        fresh = event_now(
            now.event.source,
            now.event.id,
            again=now.again,
            finder=workspace.writer,
            entries=workspace.reader,
            state=workspace.state,
            reasons=workspace.usage,
        )
        same = fresh if fresh is not None and fresh.carrier.index == now.carrier.index else None
        try:
            workspace.writer.submit(noticing(anomaly, same)).result()
        except Conflict:
            workspace.writer.submit(noticing(anomaly)).result()

    def _look_for_silence(self, one: _Watched) -> None:
        if one.watch.silence_hours is None:
            return
        now = self.clock()
        found: list[Reported] = self._workspace.usage.ask(
            lambda view: reported(view, one.meter, now=micros(now), within_days=REGULAR_WITHIN_DAYS)
        )
        for customer in found:
            if is_silent(customer, one.watch, now):
                anomaly = silence(customer, one.meter.key, one.watch)
                if self._workspace.state.get(Anomaly, anomaly.place) is None:
                    self.found[AnomalyKind.SILENCE.value, anomaly.action.value] += 1
                    self._write(anomaly, None)


def _now() -> datetime:
    return datetime.now(UTC)


def _is_old(known: _Range | None, now: float) -> bool:
    if known is None or now - known.found_at > RANGE_SECONDS:
        return True
    rests_on = known.expected.events if known.expected else 1
    return known.seen >= rests_on
