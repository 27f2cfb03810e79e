"""The content of events: every field of every entry that carries one, in the record and in the feed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any, Final

import duckdb
import pyarrow as pa

from steelyard.adapters.feed.findings import NAMED_MAX, fault_of
from steelyard.adapters.feed.tables import EVENTS, events_of, staged, together
from steelyard.kernel import SteelyardError
from steelyard.metering import BundleSource
from steelyard.metering.reconciliation import Fault

CONTENT: Final = "event"
"""In place of a meter: the event itself."""

_ENTRIES_AT_ONCE: Final = 10_000
_FIELDS: Final = tuple(name for name in EVENTS.names if name != "counts")
_HASH: Final = f"hash({', '.join(_FIELDS)})"


class Contents:
    """Compares what the record's entries say with the rows of the feed, range by range of the record."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, source: BundleSource, upto: int) -> None:
        """Of entries before `upto`; the feed's view `feed_events` is in the connection already."""
        self._connection, self._source, self._upto = connection.cursor(), source, upto
        columns = {row[0] for row in self._connection.execute("DESCRIBE feed_events").fetchall()}
        self._hash = _HASH if set(_FIELDS) <= columns else "0"

    def differences(self) -> Iterator[list[tuple[int, str, Fault, str]]]:
        """The events whose content is not in the feed exactly once: entry, customer, what is wrong, where."""
        end = 0
        bundles = itertools.takewhile(lambda bundle: bundle.end <= self._upto, self._source.bundles(0))
        try:
            for some in together(bundles):
                first, end = some[0].first_index, some[-1].end
                yield self._in_range(events_of(staged(some)), first, end)
        except SteelyardError:
            # How far the record can be read is told once, where it is folded.
            pass
        if end < self._upto:
            yield self._in_range(EVENTS.empty_table(), end, self._upto)

    def _in_range(self, own: pa.Table, first: int, end: int) -> list[tuple[int, str, Fault, str]]:
        """The differences among the entries of a range; where both sides come to the same there are none."""
        self._connection.register("own", own)
        whole = f"SELECT count(*), sum({_HASH}) FROM own"  # noqa: S608 - our own names
        fed = f"SELECT count(*), sum({self._hash}) FROM feed_events WHERE index >= ? AND index < ?"  # noqa: S608
        bounds = [first, end]
        if self._connection.execute(whole).fetchall() == self._connection.execute(fed, bounds).fetchall():
            return []
        sql = (
            "SELECT coalesce(o.index, f.index), coalesce(o.customer, f.customer), "  # noqa: S608
            "coalesce(o.n, 0), coalesce(f.n, 0) "
            f"FROM (SELECT index, customer, 1 AS n, {_HASH} AS digest FROM own) o FULL JOIN "
            f"(SELECT index, min(customer) AS customer, count(*) AS n, min({self._hash}) AS digest "
            "FROM feed_events WHERE index >= ? AND index < ? GROUP BY index) f ON f.index = o.index "
            "WHERE o.index IS NULL OR f.index IS NULL OR f.n > 1 OR f.digest <> o.digest ORDER BY 1"
        )
        found: list[tuple[int, str, Fault, str]] = []
        for index, customer, right, wrong in self._connection.execute(sql, bounds).fetchall():
            fault = fault_of(right, wrong)
            is_told = fault is Fault.DIFFERENT and len(found) < NAMED_MAX
            found.append((index, customer, fault, self._fields(index) if is_told else ""))
        return found

    def _fields(self, index: int) -> str:
        """Which fields of an event differ."""
        sql = f"SELECT {', '.join(_FIELDS)} FROM feed_events WHERE index = ?"  # noqa: S608 - our own names
        fed = self._connection.sql(sql, params=[index]).to_arrow_table().to_pylist()[0]
        try:
            bundle = next(iter(self._source.bundles(index)))
        except (SteelyardError, StopIteration):
            return ""
        own = events_of(staged([bundle]))
        found: list[dict[str, Any]] = [one for one in own.to_pylist() if one["index"] == index]
        if not found:
            return ""
        return ", ".join(name for name in _FIELDS if str(found[0][name]) != str(fed[name]))

    def erased(self, indexes: Sequence[int]) -> set[int]:
        """Those of these entries of which the record erased what they said."""
        known = [index for index in indexes if index < self._source.size]
        found: set[int] = set()
        for start in range(0, len(known), _ENTRIES_AT_ONCE):
            try:
                found |= {
                    entry.index
                    for entry in self._source.entries(known[start : start + _ENTRIES_AT_ONCE])
                    if entry.erased
                }
            except SteelyardError:
                continue
        return found
