"""From a range of the record to files of the feed: what was recorded, what counts, what it comes to."""

from __future__ import annotations

import hashlib
import itertools
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.compute

from steelyard.adapters.duckdb import DuckUsageStore
from steelyard.adapters.duckdb.counted import counted, metered, standing_between
from steelyard.adapters.feed.folder import FedMeter, FeedFile, FeedFolder, Manifest
from steelyard.adapters.feed.hours import hourly
from steelyard.adapters.feed.tables import (
    EVENTS,
    READINGS,
    STANDING,
    changes_of,
    events_of,
    staged,
)
from steelyard.kernel import Conflict, Unavailable, encode
from steelyard.metering import BundleSource, Meter
from steelyard.record import Bundle

ROWS_MAX: Final = 250_000
"""Entries in one range of files; ranges end where a bundle does."""

pc: Any = pyarrow.compute
"""Its functions are made when it is imported, which no type checker sees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fed:
    """What one run added to the feed, and up to which entry the feed reaches now."""

    files: int
    rows: int
    upto: int


class Feed:
    """Feeds one folder from one workspace; runs are serialised."""

    def __init__(self, path: Path, *, origin: str) -> None:
        """`origin` is the record's name: a folder takes the feed of one record only."""
        self.folder = FeedFolder(path)
        self._origin = origin
        self._lock = threading.Lock()

    def run(self, source: BundleSource, store: DuckUsageStore) -> Fed:
        """Adds everything that is recorded and folded and not yet in the feed.

        Raises Conflict where the folder holds the feed of another record, Unavailable where it holds more
        than this record has.
        """
        with self._lock:
            manifest = self.folder.manifest()
            self._check(manifest, source)
            before = len(manifest.files), sum(file.rows for file in manifest.files)
            manifest = self._refreshed(manifest, store)
            for bundles in _ranges(source, manifest.upto, store.position()):
                manifest = self._extended(manifest, bundles, store)
            rows = sum(file.rows for file in manifest.files)
            return Fed(files=len(manifest.files) - before[0], rows=rows - before[1], upto=manifest.upto)

    def _check(self, manifest: Manifest, source: BundleSource) -> None:
        if manifest.origin not in ("", self._origin):
            message = f"{self.folder.path} holds the feed of {manifest.origin}, this record is {self._origin}"
            raise Conflict(message, code="another_feed")
        if manifest.upto > source.size:
            message = f"{self.folder.path} holds {manifest.upto} entries and the record {source.size}"
            raise Unavailable(f"{message}: was an older copy of the record brought back?", code="feed_ahead")

    def _refreshed(self, manifest: Manifest, store: DuckUsageStore) -> Manifest:
        """The manifest after meters that are new, or defined anew, have read what is in the feed already."""
        for meter in metered(store.meters):
            definition = definition_of(meter)
            known = manifest.meters.get(meter.key)
            if known is not None and known.definition == definition:
                continue
            files: list[FeedFile] = []
            for first in range(0, manifest.upto, ROWS_MAX):
                end = min(first + ROWS_MAX, manifest.upto)
                files += self._readings(store, [meter], first, end, name=f"{meter.key}-{definition}")
            entry = FedMeter(definition=definition, upto=manifest.upto)
            meters = {**manifest.meters, meter.key: entry}
            manifest = msgspec.structs.replace(
                manifest, meters=meters, files=(*manifest.files, *files), origin=self._origin
            )
            self.folder.commit(manifest)
        return manifest

    def _extended(self, manifest: Manifest, bundles: Sequence[Bundle], store: DuckUsageStore) -> Manifest:
        """The manifest with one more range of the record."""
        first, end, at = bundles[0].first_index, bundles[-1].end, bundles[-1].recorded_at
        entries = staged(bundles)
        events = events_of(entries)
        standing = standing_of(store, manifest.recorded_at, at)
        files: list[FeedFile] = []
        if events.num_rows:
            files.append(self.folder.write("events", first, end, with_counts(events, standing)))
        changes = changes_of(entries)
        if changes.num_rows:
            files.append(self.folder.write("changes", first, end, changes))
        later = after_its_entry(standing, events)
        if later.num_rows:
            files.append(self.folder.write("standing", first, end, later))
        files += self._readings(store, metered(store.meters), first, end)
        quantities = hourly(store, standing, at=at, upto=end)
        if quantities.num_rows:
            files.append(self.folder.write("quantities", first, end, quantities))
        meters = {key: msgspec.structs.replace(one, upto=end) for key, one in manifest.meters.items()}
        manifest = msgspec.structs.replace(
            manifest,
            origin=self._origin,
            upto=end,
            recorded_at=at,
            files=(*manifest.files, *files),
            meters=meters,
        )
        self.folder.commit(manifest)
        return manifest

    def _readings(
        self, store: DuckUsageStore, meters: Sequence[Meter], first: int, end: int, *, name: str = ""
    ) -> list[FeedFile]:
        tables = [_reading_table(store, meter, first, end) for meter in meters]
        table = pa.concat_tables(tables) if tables else READINGS.empty_table()
        if not table.num_rows:
            return []
        dataset = f"readings/{name}" if name else "readings"
        return [msgspec.structs.replace(self.folder.write(dataset, first, end, table), dataset="readings")]


def definition_of(meter: Meter) -> str:
    """A short name of what the meter reads: another definition has another.

    >>> from steelyard.metering import Aggregation
    >>> len(definition_of(Meter(key="m", event_types=("t",), aggregation=Aggregation.COUNT)))
    12
    """
    return hashlib.sha256(encode(meter)).hexdigest()[:12]


def _ranges(source: BundleSource, start: int, position: int) -> Iterator[list[Bundle]]:
    """The bundles that are folded and not in the feed, together where they are small."""
    waiting: list[Bundle] = []
    bundles = itertools.takewhile(lambda bundle: bundle.end <= position, source.bundles(start))
    for bundle in bundles:
        if bundle.end <= start:
            continue
        waiting.append(bundle)
        if waiting[-1].end - waiting[0].first_index >= ROWS_MAX:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def standing_of(store: DuckUsageStore, after: int, until: int) -> pa.Table:
    """What came to count and ceased to between two moments (microseconds)."""
    found = store.ask(lambda view: standing_between(view, after, until))
    place = found.column_names.index("changed_at")
    moments = found["changed_at"].cast(pa.timestamp("us", "UTC"))
    return found.set_column(place, "changed_at", moments).cast(STANDING)


def with_counts(events: pa.Table, standing: pa.Table) -> pa.Table:
    """The events with `counts`: whether each did from when its entry was recorded."""
    events = events.sort_by("index")
    began = standing.filter(standing["counts"])
    times = began["changed_at"].cast(pa.int64()).to_pylist()
    moments = dict(zip(began["index"].to_pylist(), times, strict=True))
    own = events["recorded_at"].cast(pa.int64()).to_pylist()
    counts = [moments.get(index) == at for index, at in zip(events["index"].to_pylist(), own, strict=True)]
    place = EVENTS.get_field_index("counts")
    return events.set_column(place, EVENTS.field(place), pa.array(counts, pa.bool_()))


def after_its_entry(standing: pa.Table, events: pa.Table) -> pa.Table:
    """What came to count or ceased to after its own entry was recorded."""
    own = pa.table({"index": events["index"], "own": events["recorded_at"]})
    joined = standing.join(own, "index", join_type="left outer")
    first = pc.and_(joined["counts"], pc.fill_null(pc.equal(joined["changed_at"], joined["own"]), False))
    kept = joined.filter(pc.invert(first)).select(STANDING.names)
    return kept.sort_by([("changed_at", "ascending"), ("index", "ascending")]).cast(STANDING)


def _reading_table(store: DuckUsageStore, meter: Meter, first: int, end: int) -> pa.Table:
    found = store.ask(lambda view: counted(view, meter, first, end))
    moments = found["time"].cast(pa.timestamp("us", "UTC"))
    repeated = pa.array([definition_of(meter)], pa.string()).take(pa.array([0] * found.num_rows, pa.int64()))
    columns = {
        "index": found["idx"],
        "meter": found["meter"],
        "definition": repeated,
        "customer": found["customer"],
        "time": moments,
        "value": found["value"],
        "text": found["text"],
        "amount": found["amount"],
    }
    return pa.table({name: columns[name] for name in READINGS.names}).cast(READINGS).sort_by("index")
