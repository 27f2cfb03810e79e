"""The usage store in one DuckDB file: folds the record's usage into columns, and answers questions.

One thread writes. Readers take a cursor of their own, see the last committed state and wait for nobody. The
file is a projection: deleting it costs only the time to fold the record again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

import duckdb
import pyarrow as pa

from steelyard.adapters.duckdb import changed, erasing, listings, queries, schema
from steelyard.adapters.duckdb.affected import affected
from steelyard.adapters.duckdb.as_if import Entries, copied, fold_into
from steelyard.adapters.duckdb.asking import Question, View
from steelyard.adapters.duckdb.changing import carriers_of, carry_over
from steelyard.adapters.duckdb.columns import Column, columns_of
from steelyard.adapters.duckdb.damage import drop_files, is_damage
from steelyard.adapters.duckdb.folding import Folder
from steelyard.adapters.duckdb.listings import Listing
from steelyard.adapters.duckdb.names import Names
from steelyard.adapters.duckdb.staging import table_of
from steelyard.kernel import DamagedRecord, NotFound, Period, Unavailable, from_micros
from steelyard.metering import (
    Affected,
    BundleSource,
    CostRow,
    EventRow,
    EventStatus,
    EventType,
    Filter,
    KnownUsage,
    Meter,
    QuantityRow,
    Range,
    StoreCounts,
    UsageChange,
    UsageTrial,
    Window,
)
from steelyard.record import Bundle, Kind

T = TypeVar("T")

SLICE_SECONDS: Final = 0.25
LOG_BYTES_MAX: Final = "256MB"
"""The log is put into the tables past this: rarely, since that writes blocks anew that are half full."""

_SLICE_MIN, _SLICE_MAX = 2_000, 200_000
_BACKFILL_ROWS: Final = 200_000


class DuckUsageStore:
    """The port `UsageStore` on DuckDB; `path` may be None for a store in memory.

    >>> store = DuckUsageStore(None)
    >>> store.position(), store.counts().events
    (0, 0)
    >>> store.close()
    """

    def __init__(
        self,
        path: Path | None,
        *,
        source: BundleSource | None = None,
        memory_limit: str = "1GB",
        threads: int = 2,
    ) -> None:
        """Opens or creates the file.

        Raises Unavailable when another process holds it, DamagedRecord when it cannot be read.

        `source` is the record, from which events are listed and new columns filled.
        """
        self._path = path
        self._config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory_limit,
            "threads": threads,
            "wal_autocheckpoint": LOG_BYTES_MAX,
        }
        self._write_lock = threading.RLock()
        self._cursor_lock = threading.Lock()
        self._view_closed = threading.Condition(self._cursor_lock)
        self._views_open, self._is_replaced = 0, False
        self._moved = threading.Condition()
        self.awaited = threading.Event()  # Set by whoever waits until something is folded.
        self._meters: dict[str, Meter] = {}
        self._event_types: tuple[EventType, ...] = ()
        self._slice_rows = 10_000
        self._source = source
        self.damaged = False
        self._open()
        try:
            schema.create(self._writer)
            self._load()
        except duckdb.Error as error:
            self._writer.close()
            raise DamagedRecord(f"{path} cannot be read: {error}", code="usage_store_damaged") from None

    def _open(self) -> None:
        path = self._path
        try:
            self._writer = duckdb.connect(":memory:" if path is None else str(path), config=self._config)
        except duckdb.Error as error:
            if isinstance(error, duckdb.IOException) and "lock" in str(error):
                message = f"{path} cannot be opened; is another Steelyard process running on this folder?"
                raise Unavailable(f"{message} {error}", code="usage_store_busy") from None
            raise DamagedRecord(f"{path} cannot be read: {error}", code="usage_store_damaged") from None
        # Readers copy a connection that never runs anything, so that they do not wait for the writer's.
        self._readers = self._writer.cursor()

    def _load(self) -> None:
        self._customers = Names(self._writer, "customer")
        self._types = Names(self._writer, "event_type")
        self._use_columns(schema.stored_columns(self._writer))
        self._position = int(schema.note(self._writer, "position") or 0)

    def _use_columns(self, names: dict[Column, str]) -> None:
        self._columns = names
        self._folder = Folder(self._writer, names, self._customers, self._types)

    @property
    def meters(self) -> tuple[Meter, ...]:
        """The meters that are defined, by key."""
        return tuple(self._meters[key] for key in sorted(self._meters))

    def define(self, meters: Sequence[Meter], event_types: Sequence[EventType] = ()) -> None:
        """Make these the meters and event types; columns that are missing are read from all stored events."""
        with self._write_lock:
            names = schema.ensure_columns(self._writer, columns_of(meters), self._backfill)
            with self._cursor_lock:
                self._use_columns(names)
                self._meters = {meter.key: meter for meter in meters}
                self._event_types = tuple(event_types)

    def prepare(self, meters: Sequence[Meter]) -> None:
        """See to it that these can be asked too; columns that are missing are read from all stored events."""
        if not all(column in self._columns for column in columns_of(meters)):
            with self._write_lock:
                names = schema.ensure_columns(self._writer, columns_of(meters), self._backfill)
                with self._cursor_lock:
                    self._use_columns(names)

    def read_from(self, source: BundleSource) -> None:
        """Names the record from which events are listed and new columns filled."""
        self._source = source

    def _backfill(self, names: dict[Column, str]) -> None:
        if not self._position:
            return
        if self._source is None:
            raise Unavailable("the record that holds the events is not open", code="no_record")
        folder = Folder(self._writer, names, self._customers, self._types)
        waiting: list[pa.Table] = []
        for bundle in self._source.bundles(0):
            if bundle.first_index >= self._position:
                break
            table = table_of(bundle, self._customers.codes)
            waiting.append(table.slice(0, self._position - bundle.first_index))
            if sum(table.num_rows for table in waiting) >= _BACKFILL_ROWS:
                folder.insert(self._writer, carriers_of(pa.concat_tables(waiting)), "event_next")
                waiting.clear()
        if waiting:
            folder.insert(self._writer, carriers_of(pa.concat_tables(waiting)), "event_next")
        carry_over(self._writer)

    def position(self) -> int:
        """How many entries of the record are folded."""
        return self._position

    def fold(self, bundles: Iterable[Bundle]) -> None:
        """Take in bundles that follow the position; what is folded already is passed over.

        Small bundles are folded together, large ones in slices, so that each step takes about 50 ms.
        """
        waiting: list[Bundle] = []
        rows = 0
        for bundle in bundles:
            waiting.append(bundle)
            rows += bundle.count
            if rows >= self._slice_rows:
                self._fold_together(waiting)
                waiting, rows = [], 0
        if waiting:
            self._fold_together(waiting)

    def _fold_together(self, bundles: list[Bundle]) -> None:
        with self._write_lock:
            tables: list[pa.Table] = []
            end = self._position
            for bundle in bundles:
                if bundle.first_index > end:
                    message = f"entries {end} to {bundle.first_index - 1} are not folded yet"
                    raise Unavailable(message, code="fold_gap")
                if bundle.end > end:
                    tables.append(table_of(bundle, self._customers.codes).slice(end - bundle.first_index))
                    end = bundle.end
            if tables:
                self._fold_table(pa.concat_tables(tables))

    def _fold_table(self, table: pa.Table) -> None:
        start = 0
        while start < table.num_rows:
            rows = min(self._slice_rows, table.num_rows - start)
            began = time.perf_counter()
            position = self._position + rows
            self._folder.fold(self._writer, table.slice(start, rows), position)
            with self._moved:
                self._position = position
                self._moved.notify_all()
            self._pace(rows, time.perf_counter() - began)
            start += rows

    def _pace(self, rows: int, seconds: float) -> None:
        if seconds > SLICE_SECONDS:
            self._slice_rows = max(_SLICE_MIN, int(rows * SLICE_SECONDS / seconds))
        elif rows == self._slice_rows:
            self._slice_rows = min(_SLICE_MAX, rows + rows // 4)

    def catch_up(self, source: BundleSource) -> None:
        """Fold everything that the record holds beyond the position."""
        self.read_from(source)
        if source.size > self._position:
            self.fold(source.bundles(self._position))

    def wait_for(self, index: int, timeout: float = 10.0) -> bool:
        """Wait (seconds) until the entry with that index is folded; False when time ran out."""
        self.awaited.set()
        with self._moved:
            return self._moved.wait_for(lambda: self._position > index, timeout)

    def rebuild(self, source: BundleSource) -> None:
        """Drop everything that was folded and fold the record anew."""
        self.read_from(source)
        with self._write_lock:
            with self._cursor_lock:
                schema.drop_all(self._writer)
                schema.create(self._writer)
                self._load()
            self.define(self.meters, self._event_types)
            self.catch_up(source)

    def reopen(self) -> None:
        """Opens the file anew after a failure: the engine refuses to go on after one that it calls fatal.

        Raises DamagedRecord for a file that cannot be read any more.
        """
        if self._path is None:
            return
        with self._write_lock, self._view_closed:
            self._view_closed.wait_for(lambda: self._views_open == 0)
            self._readers.close()
            self._writer.close()
            self._open()
            self._load()

    def begin_anew(self) -> None:
        """Drops the file, however damaged it is, and begins at the record's first entry."""
        with self._write_lock, self._view_closed:
            self._view_closed.wait_for(lambda: self._views_open == 0)
            self._readers.close()
            self._writer.close()
            if self._path is not None:
                drop_files(self._path)
            self._open()
            self.damaged = False
            schema.create(self._writer)
            self._load()
            names = schema.ensure_columns(self._writer, columns_of(self.meters), self._backfill)
            self._use_columns(names)

    def erase(self, indexes: Sequence[int]) -> None:
        """Deletes the events of these entries, and writes the file anew; queries wait for the exchange."""
        with self._write_lock:
            erasing.delete(self._writer, indexes)
            if self._path is None:
                return
            erasing.copy_without_rest(self._writer, self._path)
            with self._view_closed:
                self._is_replaced = True
                try:
                    self._view_closed.wait_for(lambda: self._views_open == 0)
                    self._readers.close()
                    self._writer.close()
                    erasing.take_place(self._path)
                    self._open()
                    self._load()
                finally:
                    self._is_replaced = False
                    self._view_closed.notify_all()

    @contextmanager
    def _view(self) -> Iterator[View]:
        with self._view_closed:
            self._view_closed.wait_for(lambda: not self._is_replaced)
            cursor = self._readers.cursor()
            view = View(cursor, self._columns, self._customers, self._types)
            self._views_open += 1
        try:
            yield view
        except duckdb.Error as error:
            if not is_damage(error):
                raise
            self.damaged = True
            message = "the usage store's file is damaged; it is being made anew from the record"
            raise Unavailable(message, code="usage_store_damaged") from error
        finally:
            cursor.close()
            with self._view_closed:
                self._views_open -= 1
                self._view_closed.notify_all()

    def _meter(self, meter: Meter | str) -> Meter:
        if isinstance(meter, Meter):
            if all(column in self._columns for column in columns_of([meter])):
                return meter
            message = f"the meter {meter.key!r} reads what no meter in force reads; define it first"
            raise NotFound(message, code="unknown_meter")
        try:
            return self._meters[meter]
        except KeyError:
            known = ", ".join(sorted(self._meters)) or "none"
            message = f"there is no meter {meter[:100]!r}; there is {known}"
            raise NotFound(message, code="unknown_meter") from None

    def quantities(
        self,
        meter: Meter | str,
        period: Period,
        *,
        customers: Sequence[str] | None = None,
        group_by: Sequence[str] = (),
        window: Window | None = None,
        filters: Sequence[Filter] = (),
        timezone: str = "UTC",
        as_of: datetime | None = None,
    ) -> list[QuantityRow]:
        """The meter's quantity by customer, group and window, sorted; rows without events are left out."""
        question = Question(
            meter=self._meter(meter),
            period=period,
            customers=customers,
            group_by=tuple(dict.fromkeys(group_by)),
            window=window,
            filters=filters,
            timezone=timezone,
            as_of=as_of,
        )
        with self._view() as view:
            return queries.quantities(view, question)

    def events(  # noqa: PLR0913 - one question with many optional parts, all named
        self,
        *,
        customer: str | None = None,
        meter: Meter | str | None = None,
        event_type: str | None = None,
        status: EventStatus | None = None,
        period: Period | None = None,
        filters: Sequence[Filter] = (),
        after: int | None = None,
        limit: int = 100,
        newest_first: bool = False,
        as_of: datetime | None = None,
    ) -> list[EventRow]:
        """Stored events by entry index, those after the cursor; at most `limit`."""
        listing = Listing(
            customer=customer,
            meter=self._meter(meter) if meter is not None else None,
            event_type=event_type,
            status=status,
            period=period,
            filters=filters,
            after=after,
            limit=limit,
            newest_first=newest_first,
            as_of=as_of,
        )
        with self._view() as view:
            return listings.events(view, listing, self._matched(), self._source)

    def _matched(self) -> list[str]:
        return sorted({name for meter in self._meters.values() for name in meter.event_types})

    def counts(
        self,
        period: Period | None = None,
        *,
        customers: Sequence[str] | None = None,
        timezone: str = "UTC",
        as_of: datetime | None = None,
    ) -> StoreCounts:
        """How many events there are and how they divide."""
        with self._view() as view:
            scope = listings.in_scope(view, period, customers, as_of)
            return listings.counts(view, scope, timezone, self._matched(), self._event_types)

    def costs(
        self, period: Period, *, customers: Sequence[str] | None = None, as_of: datetime | None = None
    ) -> list[CostRow]:
        """What the events cost the seller, by customer and currency."""
        with self._view() as view:
            return listings.costs(view, listings.in_scope(view, period, customers, as_of))

    def affected(self, backfill: str, ranges: Sequence[Range] | None, upto: int) -> list[Affected]:
        """Whose usage a commit with these ranges would change, or (None) a revert; by customer."""
        with self._view() as view:
            return affected(view, backfill, ranges, upto)

    @contextmanager
    def as_if(self, *, customers: Sequence[str], period: Period | None = None) -> Iterator[UsageTrial]:
        """A copy about these customers and this period, into which entries can be recorded on trial."""
        if period is not None and any(meter.keeps_levels for meter in self._meters.values()):
            # A level holds from before.
            period = Period(start=from_micros(0), end=period.end)
        with self._view() as view, copied(view, customers=customers, period=period) as own:
            yield _Trial(self, own)

    def changes(
        self,
        kinds: Sequence[Kind],
        *,
        customer: str | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> list[int]:
        """The indexes of entries of these kinds, newest first, those before the cursor; at most `limit`."""
        with self._view() as view:
            return listings.changes(view, kinds, customer, before, limit)

    def reasons(self, indexes: Sequence[int]) -> Mapping[int, frozenset[str]]:
        """For each carrier that does not count the reasons, as `metering.standing` names them."""
        with self._view() as view:
            return listings.reasons(view, indexes)

    def changed_since(
        self, known: Sequence[KnownUsage], *, as_of: datetime | None = None
    ) -> list[UsageChange]:
        """What changed in known periods since they were known, as known at `as_of` (None: now), sorted."""
        with self._view() as view:
            return changed.changed_since(view, known, as_of)

    def chain(
        self,
        customer: str,
        first_seq: int,
        last_seq: int,
        *,
        kinds: Sequence[int] | None = None,
        indexes: tuple[int, int] | None = None,
    ) -> list[int]:
        """The entry indexes of that section of the customer's chain, of these kinds (None: all), in order."""
        with self._view() as view:
            return listings.chain(view, customer, (first_seq, last_seq), kinds, indexes)

    def ask(self, question: Callable[[View], T]) -> T:
        """The answer to a question of this package about one consistent state of the store."""
        with self._view() as view:
            return question(view)

    def dump(self) -> bytes:
        """Everything that was folded, in a canonical order: equal stores give equal bytes."""
        with self._view() as view:
            return listings.dump(view)

    def close(self) -> None:
        """Lets go of the file."""
        with self._write_lock, self._cursor_lock:
            self._readers.close()
            self._writer.close()


class _Trial(DuckUsageStore):
    """The same answers from a copy, which is gone when whoever made it is done."""

    def __init__(self, store: DuckUsageStore, view: View) -> None:
        self.__dict__.update(store.__dict__)
        self._own = view

    @contextmanager
    def _view(self) -> Iterator[View]:
        yield self._own

    def record(self, entries: Entries) -> None:
        """From here on the copy answers as if these entries were recorded."""
        fold_into(self._own, entries, self._position)
        self._position += len(entries)
