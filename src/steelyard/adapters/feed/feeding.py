"""From a range of the record to files of the feed: what was recorded, what counts, what it comes to."""

from __future__ import annotations

import hashlib
import itertools
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute

from steelyard.adapters.duckdb import DuckUsageStore
from steelyard.adapters.duckdb.counted import counted, metered, standing_between
from steelyard.adapters.duckdb.hours import hours
from steelyard.adapters.feed.folder import FedMeter, FeedFile, FeedFolder, Manifest, Reach
from steelyard.adapters.feed.tables import (
    EVENTS,
    MOMENT,
    QUANTITIES,
    READINGS,
    ROWS_MAX,
    STANDING,
    changes_of,
    events_of,
    staged,
    together,
)
from steelyard.kernel import Conflict, Unavailable, encode
from steelyard.metering import BundleSource, Meter
from steelyard.record import Bundle

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
            manifest = self._counted(manifest, store)
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
                file = self._readings(store, [meter], first, end, name=f"{meter.key}-{definition}")
                files += [file] if file else []
            entry = FedMeter(definition=definition, upto=manifest.upto)
            meters = {**manifest.meters, meter.key: entry}
            manifest = msgspec.structs.replace(
                manifest, meters=meters, files=(*manifest.files, *files), origin=self._origin
            )
            self.folder.commit(manifest)
        return manifest

    def _extended(self, manifest: Manifest, bundles: Sequence[Bundle], store: DuckUsageStore) -> Manifest:
        """The manifest with one more range of the record; its quantities are still to come."""
        first, end, at = bundles[0].first_index, bundles[-1].end, bundles[-1].recorded_at
        entries = staged(bundles)
        events = by_entry(events_of(entries))
        standing = standing_of(store, manifest.recorded_at, at)
        files = [
            self.folder.write("events", first, end, [with_counts(events, standing)]),
            self.folder.write("changes", first, end, [changes_of(entries)]),
            self.folder.write("standing", first, end, [after_its_entry(standing, events)]),
            self._readings(store, metered(store.meters), first, end),
        ]
        meters = {key: msgspec.structs.replace(one, upto=end) for key, one in manifest.meters.items()}
        manifest = msgspec.structs.replace(
            manifest,
            origin=self._origin,
            upto=end,
            recorded_at=at,
            files=(*manifest.files, *(file for file in files if file)),
            meters=meters,
            quantities=_counted_to(manifest),
        )
        self.folder.commit(manifest)
        return manifest

    def _counted(self, manifest: Manifest, store: DuckUsageStore) -> Manifest:
        """The manifest with the quantities of the hours in which something changed since there were any."""
        if manifest.quantities is msgspec.UNSET:
            return manifest
        done = _counted_to(manifest)
        file = store.ask(
            lambda view: self.folder.write(
                "quantities",
                done.upto,
                manifest.upto,
                (
                    quantities_of(table, manifest.upto)
                    for table in hours(
                        view,
                        store.meters,
                        after=done.recorded_at,
                        at=manifest.recorded_at,
                        upto=manifest.upto,
                    )
                ),
            )
        )
        files = (*manifest.files, file) if file else manifest.files
        manifest = msgspec.structs.replace(manifest, files=files, quantities=msgspec.UNSET)
        self.folder.commit(manifest)
        return manifest

    def _readings(
        self, store: DuckUsageStore, meters: Sequence[Meter], first: int, end: int, *, name: str = ""
    ) -> FeedFile | None:
        found = store.ask(lambda view: counted(view, meters, first, end))
        tables = [readings_of(table, meter) for table, meter in zip(found, meters, strict=True)]
        dataset = f"readings/{name}" if name else "readings"
        file = self.folder.write(dataset, first, end, tables)
        return file and msgspec.structs.replace(file, dataset="readings")


def _counted_to(manifest: Manifest) -> Reach:
    """How far the quantities of the feed reach."""
    if manifest.quantities is msgspec.UNSET:
        return Reach(upto=manifest.upto, recorded_at=manifest.recorded_at)
    assert isinstance(manifest.quantities, Reach), "the manifest was decoded"
    return manifest.quantities


def definition_of(meter: Meter) -> str:
    """A short name of what the meter reads: another definition has another.

    >>> from steelyard.metering import Aggregation
    >>> len(definition_of(Meter(key="m", event_types=("t",), aggregation=Aggregation.COUNT)))
    12
    """
    return hashlib.sha256(encode(meter)).hexdigest()[:12]


def _ranges(source: BundleSource, start: int, position: int) -> Iterator[list[Bundle]]:
    """The bundles that are folded and not in the feed, together where they are small."""
    bundles = itertools.takewhile(lambda bundle: bundle.end <= position, source.bundles(start))
    return together(bundle for bundle in bundles if bundle.end > start)


def standing_of(store: DuckUsageStore, after: int, until: int) -> pa.Table:
    """What came to count and ceased to between two moments (microseconds)."""
    found = store.ask(lambda view: standing_between(view, after, until))
    place = found.column_names.index("changed_at")
    moments = found["changed_at"].cast(MOMENT)
    return found.set_column(place, "changed_at", moments).cast(STANDING)


def by_entry(events: pa.Table) -> pa.Table:
    """The events in the order of their entries, in which they are already where none was corrected.

    >>> by_entry(pa.table({"index": [2, 0, 1]}))["index"].to_pylist()
    [0, 1, 2]
    """
    indexes = events["index"].to_numpy()
    return events if np.all(indexes[:-1] < indexes[1:]) else events.sort_by("index")


def with_counts(events: pa.Table, standing: pa.Table) -> pa.Table:
    """The events with `counts`: whether each did from when its entry was recorded."""
    at_once = standing.filter(pc.and_(standing["counts"], _at_its_entry(standing, events)))
    counts = pc.is_in(events["index"], value_set=at_once["index"].combine_chunks())
    place = EVENTS.get_field_index("counts")
    return events.set_column(place, EVENTS.field(place), counts)


def after_its_entry(standing: pa.Table, events: pa.Table) -> pa.Table:
    """What came to count or ceased to after its own entry was recorded."""
    first = pc.and_(standing["counts"], _at_its_entry(standing, events))
    kept = standing.filter(pc.invert(first))
    return kept.sort_by([("changed_at", "ascending"), ("index", "ascending")])


def _at_its_entry(standing: pa.Table, events: pa.Table) -> Any:
    """For each change of standing whether it was made when the event's own entry was recorded."""
    places = pc.index_in(standing["index"], value_set=events["index"].combine_chunks())
    own = events["recorded_at"].combine_chunks().take(places.combine_chunks())
    return pc.fill_null(pc.equal(standing["changed_at"].combine_chunks(), own), False)


def readings_of(found: pa.Table, meter: Meter) -> pa.Table:
    """Counted rows of a meter as rows of the feed."""
    definition = pa.repeat(pa.scalar(definition_of(meter), pa.string()), found.num_rows)
    columns = {name: found[name] for name in ("meter", "customer", "time", "value", "text", "amount")}
    columns |= {"index": found["idx"], "definition": definition}
    moments = {"time": found["time"].cast(MOMENT)}
    return pa.table({name: (columns | moments)[name] for name in READINGS.names}).cast(READINGS)


def quantities_of(found: pa.Table, upto: int) -> pa.Table:
    """Quantities by customer and hour as rows of the feed, as known after so many entries."""
    columns = {name: found[name] for name in found.column_names}
    columns["hour"] = found["hour"].cast(MOMENT)
    columns["upto"] = pa.repeat(pa.scalar(upto, pa.int64()), found.num_rows)
    return pa.table({name: columns[name] for name in QUANTITIES.names}).cast(QUANTITIES)
