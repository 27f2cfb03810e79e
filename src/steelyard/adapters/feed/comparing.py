"""Reconciling: the record folded anew, the usage store and the feed hold the same usage, or what differs.

Groups of customer, meter and hour are compared by count, sum and hash; only where a group differs are its
rows fetched and compared one by one. The content of events is compared between record and feed as a whole.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import duckdb
import pyarrow as pa

from steelyard.adapters.duckdb import DuckUsageStore
from steelyard.adapters.duckdb.counted import EVERY, HOUR_MICROS
from steelyard.adapters.feed.contents import CONTENT, Contents
from steelyard.adapters.feed.folder import FeedFolder, Manifest
from steelyard.adapters.feed.sides import FeedSide, Side, StoreSide, differing
from steelyard.kernel import DamagedRecord, SteelyardError
from steelyard.metering import BundleSource, event_of
from steelyard.metering.reconciliation import Difference, Fault, Place, Reconciliation
from steelyard.record import Bundle

NAMED_MAX: Final = 80
"""So many of the events that differ are named, so that the result fits an entry; all are counted."""

_DETAIL_MAX: Final = 160
_PROBLEMS_MAX: Final = 20

Rows = dict[int, list[tuple[Any, ...]]]
"""What a side says of each entry in a group: one row, several, or none."""


@dataclass(slots=True)
class _Findings:
    """What differs, as far as it is known; an event is named once for each meter and place."""

    found: list[tuple[int, str, str, Place, Fault, str]] = field(
        default_factory=list[tuple[int, str, str, Place, Fault, str]]
    )
    problems: list[str] = field(default_factory=list[str])

    @property
    def entries(self) -> int:
        """How many events differ in some way."""
        return len({row[0] for row in self.found})


@dataclass(frozen=True, slots=True)
class _Anew:
    """The record folded anew up to an entry, and how far it could be read."""

    store: DuckUsageStore
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
    manifest, problems = _manifest(feed)
    upto = store.position() if manifest is None else min(store.position(), manifest.upto)
    findings = _Findings(problems=[problem, *problems] if problem else problems)
    with TemporaryDirectory(prefix="reconcile-") as folder:
        connection = duckdb.connect(str(Path(folder) / "work.duckdb"), config={"memory_limit": "512MB"})
        anew = DuckUsageStore(Path(folder) / "anew.duckdb", source=source, memory_limit="512MB")
        try:
            anew.define(store.meters)
            read = _fold(anew, source, upto, findings)
            record = StoreSide(anew, store.meters, upto=read.upto, at=read.at)
            sides: dict[Place, Side] = {
                Place.STORE: StoreSide(store, store.meters, upto=read.upto, at=read.at)
            }
            contents = None
            if feed is not None and manifest is not None:
                sides[Place.FEED] = FeedSide(connection, feed.path, manifest, store.meters)
                contents = Contents(connection, source, read.upto)
            groups = _compare(connection, record, sides, findings)
            erased = _contents(contents, findings)
            events = sum(groups.filter(_is_every(groups))["n"].to_pylist())
        finally:
            anew.close()
            connection.close()
    return Reconciliation(
        id=id,
        at=at,
        seconds=f"{time.perf_counter() - began:.1f}",
        ok=not findings.found and not findings.problems,
        upto=upto,
        feed_upto=None if manifest is None else manifest.upto,
        events=events,
        groups=groups.num_rows,
        differing=findings.entries,
        by_place=dict(sorted(Counter(row[3].value for row in findings.found).items())),
        differences=_named(source, findings.found),
        problems=tuple(findings.problems[:_PROBLEMS_MAX]),
        erased=erased,
    )


def _manifest(feed: FeedFolder | None) -> tuple[Manifest | None, list[str]]:
    if feed is None:
        return None, []
    try:
        manifest = feed.manifest()
    except SteelyardError as error:
        return None, [error.message]
    return manifest, feed.damaged(manifest)


def _fold(anew: DuckUsageStore, source: BundleSource, upto: int, findings: _Findings) -> _Anew:
    """Folds the record's bundles that end by `upto`; what cannot be read is a problem, and ends it."""
    last: Bundle | None = None
    if upto > source.size:
        findings.problems.append(
            f"the usage store has {upto} entries and the record {source.size}: entries are missing at its end"
        )
    try:
        for bundle in source.bundles(0):
            if bundle.end > upto:
                break
            anew.fold([bundle])
            last = bundle
    except (DamagedRecord, SteelyardError) as error:
        findings.problems.append(f"the record cannot be read: {error.message}")
    if last is None:
        return _Anew(anew, 0, 0)
    return _Anew(anew, last.end, last.recorded_at)


def _compare(
    connection: duckdb.DuckDBPyConnection, record: Side, sides: dict[Place, Side], findings: _Findings
) -> pa.Table:
    """Compares the groups of all sides, and the rows of those that differ; gives the record's groups."""
    groups = record.groups()
    hours: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for side in sides.values():
        for customer, meter, hour in differing(connection, groups, side.groups()):
            hours[meter].add((customer, hour))
    for meter, places in sorted(hours.items()):
        first, end = min(hour for _, hour in places), max(hour for _, hour in places) + 1
        own = _rows(record.rows(meter, first, end), places)
        others = {place: _rows(side.rows(meter, first, end), places) for place, side in sides.items()}
        _compare_rows(meter, own, others, findings)
    return groups


def _rows(table: pa.Table, places: set[tuple[str, int]]) -> Rows:
    """The rows of these customers and hours by entry."""
    found: Rows = defaultdict(list)
    for row in table.to_pylist():
        if (row["customer"], row["time"] // HOUR_MICROS) in places:
            found[row["idx"]].append(tuple(row.values()))
    return found


def _compare_rows(meter: str, own: Rows, others: dict[Place, Rows], findings: _Findings) -> None:
    for index in sorted({*own, *(index for rows in others.values() for index in rows)}):
        mine = own.get(index, [])
        theirs = {place: rows.get(index, []) for place, rows in others.items()}
        if all(rows == mine for rows in theirs.values()):
            continue
        some = next(iter(rows for rows in [mine, *theirs.values()] if rows))
        agreeing = list(theirs.values())
        if len(agreeing) > 1 and all(rows == agreeing[0] for rows in agreeing):
            # The two others agree: it is the record that stands alone.
            findings.found.append((index, some[0][2], meter, Place.RECORD, _fault(agreeing[0], mine), ""))
            continue
        for place, rows in theirs.items():
            if rows != mine:
                findings.found.append(
                    (index, some[0][2], meter, place, _fault(mine, rows), _detail(mine, rows))
                )


def _fault(right: Sequence[Any], wrong: Sequence[Any]) -> Fault:
    if not wrong:
        return Fault.MISSING
    if not right:
        return Fault.EXTRA
    return Fault.DOUBLED if len(wrong) > len(right) else Fault.DIFFERENT


def _detail(right: Sequence[tuple[Any, ...]], wrong: Sequence[tuple[Any, ...]]) -> str:
    if len(right) != 1 or len(wrong) != 1:
        return ""
    names = ("entry", "source", "customer", "meter", "time", "value", "text", "amount")
    told = [
        f"{name} {one} is {other}"
        for name, one, other in zip(names, right[0], wrong[0], strict=True)
        if one != other
    ]
    return "; ".join(told)


def _contents(contents: Contents | None, findings: _Findings) -> int:
    """Compares the content of events; gives how many the record has erased and the feed still has."""
    if contents is None:
        return 0
    erased = 0
    for index, customer, fault, detail in contents.differences():
        if fault is Fault.EXTRA and contents.is_erased(index):
            erased += 1
        else:
            findings.found.append((index, customer, CONTENT, Place.FEED, fault, detail))
    return erased


def _is_every(groups: pa.Table) -> Any:
    return pa.array([meter == EVERY for meter in groups["meter"].to_pylist()], pa.bool_())


def _named(
    source: BundleSource, found: Iterable[tuple[int, str, str, Place, Fault, str]]
) -> tuple[Difference, ...]:
    """The first of these differences, each with the source and id that the record tells."""
    named: list[Difference] = []
    for index, customer, meter, place, fault, detail in sorted(found, key=lambda row: row[:4])[:NAMED_MAX]:
        event = None
        if index < source.size:
            try:
                [entry] = source.entries([index])
                event = event_of(entry) if entry.payload else None
            except SteelyardError:
                event = None
        named.append(
            Difference(
                index=index,
                source=event.source if event else "",
                id=event.id if event else "",
                customer=customer,
                meter=meter,
                place=place,
                fault=fault,
                detail=detail[:_DETAIL_MAX],
            )
        )
    return tuple(named)
