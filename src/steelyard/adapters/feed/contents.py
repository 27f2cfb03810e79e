"""The content of events: every field of every entry that carries one, in the record and in the feed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import duckdb

from steelyard.adapters.feed.feeding import ROWS_MAX
from steelyard.adapters.feed.tables import EVENTS, events_of, staged
from steelyard.kernel import SteelyardError
from steelyard.metering import BundleSource
from steelyard.metering.reconciliation import Fault
from steelyard.record import Bundle

CONTENT: Final = "event"
"""In place of a meter: the event itself."""

_FIELDS: Final = tuple(name for name in EVENTS.names if name != "counts")
_DIGEST: Final = "md5(concat_ws(chr(31), " + ", ".join(
    f"coalesce(CAST({name} AS VARCHAR), '')" if name not in ("recorded_at", "time") else f"epoch_us({name})"
    for name in _FIELDS
) + "))"  # fmt: skip


class Contents:
    """Compares what the record's entries say with the rows of the feed, in one connection's tables."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, source: BundleSource, upto: int) -> None:
        """Reads the record up to that entry; the feed's view `feed_events` is there already."""
        self._connection, self._source = connection, source
        connection.execute("CREATE TABLE own (idx BIGINT, customer VARCHAR, digest VARCHAR)")
        insert = f"INSERT INTO own SELECT index, customer, {_DIGEST} FROM chunk"  # noqa: S608 - our own names
        for bundles in _chunks(source, upto):
            connection.register("chunk", events_of(staged(bundles)))
            connection.execute(insert)
        columns = {row[0] for row in connection.execute("DESCRIBE feed_events").fetchall()}
        digest = _DIGEST if set(_FIELDS) <= columns else "''"
        connection.execute(
            f"CREATE TABLE fed AS SELECT index AS idx, min(customer) AS customer, count(*) AS n, "  # noqa: S608
            f"min({digest}) AS digest FROM feed_events WHERE index < ? GROUP BY index",
            [upto],
        )

    def differences(self) -> Iterator[tuple[int, str, Fault, str]]:
        """Each event whose content is not in the feed exactly once: entry, customer, what is wrong, where."""
        sql = (
            "SELECT coalesce(o.idx, f.idx), coalesce(o.customer, f.customer), o.idx IS NULL, "
            "f.idx IS NULL, f.n "
            "FROM own o FULL JOIN fed f ON f.idx = o.idx "
            "WHERE o.idx IS NULL OR f.idx IS NULL OR f.n > 1 OR f.digest <> o.digest ORDER BY 1"
        )
        for index, customer, extra, missing, count in self._connection.execute(sql).fetchall():
            fault = Fault.EXTRA if extra else Fault.MISSING if missing else Fault.DIFFERENT
            fault = Fault.DOUBLED if not extra and not missing and count > 1 else fault
            yield index, customer, fault, self._fields(index) if fault is Fault.DIFFERENT else ""

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

    def is_erased(self, index: int) -> bool:
        """Whether the record erased what the entry said."""
        try:
            [entry] = self._source.entries([index])
        except SteelyardError:
            return False
        return bool(entry.erased)


def _chunks(source: BundleSource, upto: int) -> Iterator[list[Bundle]]:
    waiting: list[Bundle] = []
    try:
        for bundle in source.bundles(0):
            if bundle.end > upto:
                break
            waiting.append(bundle)
            if waiting[-1].end - waiting[0].first_index >= ROWS_MAX:
                yield waiting
                waiting = []
    except SteelyardError:
        # How far the record can be read is told once, where it is folded.
        pass
    if waiting:
        yield waiting
