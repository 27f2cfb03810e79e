"""Reconciling: the record folded anew, the usage store and the feed hold the same usage, or what differs.

Groups of customer, meter and hour are compared by count, sum and hash; only where those of a meter differ
are its rows fetched and compared one by one. The content of events is compared between record and feed.
"""

from __future__ import annotations

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import duckdb
import msgspec

from steelyard.adapters.duckdb import DuckUsageStore
from steelyard.adapters.duckdb.counted import EVERY
from steelyard.adapters.feed.contents import CONTENT, Contents
from steelyard.adapters.feed.findings import Findings
from steelyard.adapters.feed.folder import FeedFolder, Manifest
from steelyard.adapters.feed.rows_compared import rows_differing
from steelyard.adapters.feed.sides import FeedSide, Print, Side, StoreSide, TooLarge
from steelyard.adapters.feed.tables import ROWS_MAX, together
from steelyard.kernel import DamagedRecord, SteelyardError
from steelyard.metering import BundleSource
from steelyard.metering.reconciliation import Fault, Place, Reconciliation
from steelyard.record import Bundle

_PROBLEMS_MAX: Final = 20
_MEMORY: Final = "512MB"


class _AnewStore(DuckUsageStore):
    """A store that nobody asks while it is folded: it takes large slices, whatever time they take."""

    def _pace(self, rows: int, seconds: float) -> None:
        self._slice_rows = ROWS_MAX


@dataclass(frozen=True, slots=True)
class _Anew:
    """The record folded anew up to an entry, and how far it could be read."""

    upto: int
    at: int


def reconcile(
    source: BundleSource,
    store: DuckUsageStore,
    feed: FeedFolder | None,
    *,
    id: str,
    at: datetime,
    problem: str = "",
) -> Reconciliation:
    """Compares record, store and feed, as far as all of them reach.

    Never raises for damage that it is there to find: that stands in the result, after a `problem` that is
    known already.
    """
    began = time.perf_counter()
    manifest, problems = _readable(feed)
    upto = store.position() if manifest is None else min(store.position(), manifest.upto)
    findings = Findings(problems=[problem, *problems] if problem else problems)
    with TemporaryDirectory(prefix="reconcile-") as folder:
        connection = duckdb.connect(str(Path(folder) / "work.duckdb"), config={"memory_limit": _MEMORY})
        anew = _AnewStore(Path(folder) / "anew.duckdb", source=source, memory_limit=_MEMORY)
        try:
            sides: dict[Place, Side] = {}
            contents = None
            if feed is not None and manifest is not None:
                sides[Place.FEED] = FeedSide(connection, feed.path, manifest, store.meters)
                contents = Contents(connection, source, upto)
            anew.define(store.meters)
            read, erased = _read_twice(anew, source, upto, contents, findings)
            record = StoreSide(anew, store.meters, upto=read.upto, at=read.at)
            sides = {Place.STORE: StoreSide(store, store.meters, upto=read.upto, at=read.at), **sides}
            prints = _compare(connection, record, sides, upto, findings)
        finally:
            anew.close()
            connection.close()
    return Reconciliation(
        id=id,
        at=at,
        seconds=f"{time.perf_counter() - began:.1f}",
        ok=not findings.entries and not findings.problems,
        upto=upto,
        feed_upto=None if manifest is None else manifest.upto,
        events=prints[EVERY].events,
        groups=sum(one.groups for one in prints.values()),
        differing=findings.entries,
        by_place=dict(sorted(findings.by_place.items())),
        differences=findings.named(source),
        problems=tuple(findings.problems[:_PROBLEMS_MAX]),
        erased=erased,
    )


def _readable(feed: FeedFolder | None) -> tuple[Manifest | None, list[str]]:
    """The manifest with the files that are as they were written, and what is wrong with the others.

    A damaged file is not read: what stands in it is missing in the feed.
    """
    if feed is None:
        return None, []
    try:
        manifest = feed.manifest()
    except SteelyardError as error:
        return None, [error.message]
    damaged = feed.damaged(manifest)
    files = tuple(file for file in manifest.files if file.path not in damaged)
    return msgspec.structs.replace(manifest, files=files), [*damaged.values()]


def _read_twice(
    anew: DuckUsageStore, source: BundleSource, upto: int, contents: Contents | None, findings: Findings
) -> tuple[_Anew, int]:
    """The record folded anew, its contents compared at the same time; how much of the feed is erased here."""
    with ThreadPoolExecutor(1) as beside:
        erased = beside.submit(_contents, contents, findings)
        read = _fold(anew, source, upto, findings)
        return read, erased.result()


def _fold(anew: DuckUsageStore, source: BundleSource, upto: int, findings: Findings) -> _Anew:
    """Folds the record's bundles that end by `upto`; what cannot be read is a problem, and ends it."""
    last: Bundle | None = None
    if upto > source.size:
        findings.problems.append(
            f"the usage store has {upto} entries and the record {source.size}: entries are missing at its end"
        )
    try:
        bundles = itertools.takewhile(lambda bundle: bundle.end <= upto, source.bundles(0))
        for some in together(bundles):
            anew.fold(some)
            last = some[-1]
    except (DamagedRecord, SteelyardError) as error:
        findings.problems.append(f"the record cannot be read: {error.message}")
    if last is None:
        return _Anew(0, 0)
    return _Anew(last.end, last.recorded_at)


def _compare(
    connection: duckdb.DuckDBPyConnection,
    record: Side,
    sides: dict[Place, Side],
    upto: int,
    findings: Findings,
) -> dict[str, Print]:
    """Compares the groups of all sides, and the rows of those that differ; gives the record's."""
    prints: dict[str, Print] = {}
    for meter in record.meters:
        prints[meter], others = _prints(meter, record, sides)
        if any(one != prints[meter] for one in others):
            for found in rows_differing(connection, meter, record, sides, upto):
                findings.add(found)
    return prints


def _prints(meter: str, record: Side, sides: dict[Place, Side]) -> tuple[Print, list[Print]]:
    """What the groups of a meter come to on the record's side and on the others, all taken alike."""
    try:
        return record.print_of(meter), [side.print_of(meter) for side in sides.values()]
    except TooLarge:
        others = [side.print_of(meter, in_parts=True) for side in sides.values()]
        return record.print_of(meter, in_parts=True), others


def _contents(contents: Contents | None, findings: Findings) -> int:
    """Compares the content of events; gives how many the record has erased and the feed still has."""
    if contents is None:
        return 0
    erased = 0
    for found in contents.differences():
        gone = contents.erased([index for index, _, fault, _ in found if fault is Fault.EXTRA])
        kept = [one for one in found if one[0] not in gone]
        erased += len(found) - len(kept)
        findings.add(
            (index, customer, CONTENT, Place.FEED, fault, detail) for index, customer, fault, detail in kept
        )
    return erased
