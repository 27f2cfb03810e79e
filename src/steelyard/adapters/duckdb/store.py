"""The usage store in one DuckDB file: folds the record's usage into columns, and answers questions.

One thread writes. Readers take a cursor of their own, see the last committed state and wait for nobody. The
file is a projection: deleting it costs only the time to fold the record again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from steelyard.adapters.duckdb import erasing, schema
from steelyard.adapters.duckdb.answers import Answers
from steelyard.adapters.duckdb.as_if import Entries, copied, fold_into
from steelyard.adapters.duckdb.asking import View
from steelyard.adapters.duckdb.changing import carriers_of, carry_over
from steelyard.adapters.duckdb.columns import Column, columns_of
from steelyard.adapters.duckdb.damage import drop_files
from steelyard.adapters.duckdb.folding import Folder
from steelyard.adapters.duckdb.names import Names
from steelyard.adapters.duckdb.schema import Connection
from steelyard.adapters.duckdb.staging import table_of
from steelyard.adapters.duckdb.store_file import StoreFile
from steelyard.kernel import DamagedRecord, Period, Unavailable, from_micros
from steelyard.metering import BundleSource, EventType, Meter, UsageTrial
from steelyard.record import Bundle

SLICE_SECONDS: Final = 0.25

_SLICE_MIN, _SLICE_MAX = 2_000, 200_000
_BACKFILL_ROWS: Final = 200_000


class DuckUsageStore(Answers):
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
        self._write_lock = threading.RLock()
        self._moved = threading.Condition()
        self.awaited = threading.Event()  # Set by whoever waits until something is folded.
        self._meters: dict[str, Meter] = {}
        self._event_types: tuple[EventType, ...] = ()
        self._slice_rows = 10_000
        self._source = source
        self._file = StoreFile(path, memory_limit=memory_limit, threads=threads)
        try:
            schema.create(self._writer)
            self._load()
        except duckdb.Error as error:
            self._file.close()
            raise DamagedRecord(f"{path} cannot be read: {error}", code="usage_store_damaged") from None

    @property
    def _writer(self) -> Connection:
        return self._file.writer

    def _load(self) -> None:
        self._customers = Names(self._writer, "customer")
        self._types = Names(self._writer, "event_type")
        self._use_columns(schema.stored_columns(self._writer))
        self._position = int(schema.note(self._writer, "position") or 0)

    def _use_columns(self, names: dict[Column, str]) -> None:
        self._columns = names
        self._folder = Folder(self._writer, names, self._customers, self._types)

    def define(self, meters: Sequence[Meter], event_types: Sequence[EventType] = ()) -> None:
        """Make these the meters and event types; columns that are missing are read from all stored events."""
        with self._write_lock:
            names = schema.ensure_columns(self._writer, columns_of(meters), self._backfill)
            with self._file.changing():
                self._use_columns(names)
                self._meters = {meter.key: meter for meter in meters}
                self._event_types = tuple(event_types)

    def prepare(self, meters: Sequence[Meter]) -> None:
        """See to it that these can be asked too; columns that are missing are read from all stored events."""
        if not all(column in self._columns for column in columns_of(meters)):
            with self._write_lock:
                names = schema.ensure_columns(self._writer, columns_of(meters), self._backfill)
                with self._file.changing():
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

        Small bundles are folded together, large ones in slices, so that readers wait for no step for long.
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
            with self._file.changing():
                schema.drop_all(self._writer)
                schema.create(self._writer)
                self._load()
            self.define(self.meters, self._event_types)
            self.catch_up(source)

    @property
    def damaged(self) -> bool:
        """Whether a question found the file damaged."""
        return self._file.damaged

    def reopen(self) -> None:
        """Opens the file anew after a failure: the engine refuses to go on after one that it calls fatal.

        Raises DamagedRecord for a file that cannot be read any more.
        """
        if self._file.path is not None:
            with self._write_lock:
                self._file.exchange(lambda: None, self._load)

    def begin_anew(self) -> None:
        """Drops the file, however damaged it is, and begins at the record's first entry."""

        def drop() -> None:
            if self._file.path is not None:
                drop_files(self._file.path)
            self._file.damaged = False

        def begin() -> None:
            schema.create(self._writer)
            self._load()
            self._use_columns(schema.ensure_columns(self._writer, columns_of(self.meters), self._backfill))

        with self._write_lock:
            self._file.exchange(drop, begin)

    def erase(self, indexes: Sequence[int]) -> None:
        """Deletes the events of these entries, and writes the file anew; queries wait for the exchange."""
        with self._write_lock:
            erasing.delete(self._writer, indexes)
            path = self._file.path
            if path is not None:
                erasing.copy_without_rest(self._writer, path)
                self._file.exchange(lambda: erasing.take_place(path), self._load)

    def _view(self) -> AbstractContextManager[View]:
        return self._file.reading(lambda cursor: View(cursor, self._columns, self._customers, self._types))

    @contextmanager
    def as_if(self, *, customers: Sequence[str], period: Period | None = None) -> Iterator[UsageTrial]:
        """A copy about these customers and this period, into which entries can be recorded on trial."""
        if period is not None and any(meter.keeps_levels for meter in self._meters.values()):
            # A level holds from before.
            period = Period(start=from_micros(0), end=period.end)
        with self._view() as view, copied(view, customers=customers, period=period) as own:
            yield _Trial(self, own)

    def close(self) -> None:
        """Lets go of the file."""
        with self._write_lock, self._file.changing():
            self._file.close()


class _Trial(DuckUsageStore):
    """The same answers from a copy, which is gone when whoever made it is done."""

    def __init__(self, store: DuckUsageStore, view: View) -> None:
        vars(self).update(vars(store))
        self._own = view

    @contextmanager
    def _view(self) -> Iterator[View]:
        yield self._own

    def record(self, entries: Entries) -> None:
        """From here on the copy answers as if these entries were recorded."""
        fold_into(self._own, entries, self._position)
        self._position += len(entries)
