"""The three sides of a reconciliation, each able to say what its groups come to, and its rows.

What the groups of a meter come to is compared first; only where that differs, its rows are, entry by entry.

A group is a customer, a meter and an hour with the count of its events, the sum of their values and a hash
of all of them in which order has no part. Record and store answer alike: the record's side is a store of its
own, folded anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import duckdb
import pyarrow as pa

from steelyard.adapters.duckdb import DuckUsageStore
from steelyard.adapters.duckdb.asking import View
from steelyard.adapters.duckdb.counted import EVERY, HOUR_MICROS, counted_sql, counting, metered, named
from steelyard.adapters.feed.feeding import definition_of
from steelyard.adapters.feed.folder import Manifest
from steelyard.metering import Meter

COUNTED: Final = ("idx", "source", "customer", "meter", "time", "value", "text", "amount")
"""The members of a counted row."""

_WHOLE: Final = "sum(value) AS large, 0 AS small"
_IN_PARTS: Final = "sum(CAST(trunc(value) AS HUGEINT)) AS large, sum(value - trunc(value)) AS small"
"""A sum in two parts, which no count of metered numbers can overflow; it takes twice as long."""


class TooLarge(Exception):
    """A sum of a group overflowed: sums must be taken in parts."""


@dataclass(frozen=True, slots=True)
class Print:
    """What all groups of a meter come to: alike on two sides if every group is, and else not."""

    groups: int
    events: int
    hash: int


def grouped(rows: str, *, in_parts: bool) -> str:
    """A query of the groups of these rows: customer, hour, count, sum and hash.

    The hash is the engine's own, of every member of a row; neither it nor the sum depends on the order.
    """
    return (
        f"SELECT customer, time // {HOUR_MICROS} AS hour, count(*) AS n, "  # noqa: S608 - our own numbers
        f"{_IN_PARTS if in_parts else _WHOLE}, sum(hash(idx, source, time, value, text, amount)) AS hash "
        f"FROM ({rows}) GROUP BY ALL"
    )


_GROUP: Final = "customer, hour, n, large, small, hash"
_PRINT: Final = f"SELECT count(*), coalesce(sum(n), 0), coalesce(sum(hash({_GROUP})), 0) FROM ({{groups}})"  # noqa: S608


class Side(Protocol):
    """One of the places in which usage stands; the `meters` that it is asked about."""

    @property
    def meters(self) -> Sequence[str]: ...

    def print_of(self, meter: str, *, in_parts: bool = False) -> Print:
        """What the groups of a meter come to; raises TooLarge where a sum has to be taken in parts."""
        ...

    def rows(self, meter: str, first: int, end: int) -> pa.Table:
        """The rows of a meter from entries `first` up to `end`."""
        ...


class StoreSide:
    """What a usage store counts of the entries before `upto`, as known at a moment (microseconds)."""

    def __init__(self, store: DuckUsageStore, meters: Sequence[Meter], *, upto: int, at: int) -> None:
        self._store, self._upto, self._at = store, upto, at
        self._meters: dict[str, Meter | None] = {EVERY: None} | {one.key: one for one in metered(meters)}

    @property
    def meters(self) -> Sequence[str]:
        """Every meter that reads events, the one of all events first."""
        return tuple(self._meters)

    def print_of(self, meter: str, *, in_parts: bool = False) -> Print:
        """What the groups of a meter come to; raises TooLarge where a sum has to be taken in parts."""

        def question(view: View) -> Print:
            sql, values = self._groups(view, meter, in_parts=in_parts)
            return printed(view.connection, _PRINT.format(groups=sql), values)

        return self._store.ask(question)

    def _groups(self, view: View, meter: str, *, in_parts: bool) -> tuple[str, list[Any]]:
        sql, values = counted_sql(view, self._meters[meter], counting(self._upto, self._at))
        named = f"SELECT g.* REPLACE (c.name AS customer) FROM ({grouped(sql, in_parts=in_parts)}) g "  # noqa: S608
        return f"{named} JOIN customer c ON c.code = g.customer", values

    def rows(self, meter: str, first: int, end: int) -> pa.Table:
        """The rows of a meter from these entries."""

        def question(view: View) -> pa.Table:
            where = counting(self._upto, self._at)
            where.add("idx >= ? AND idx < ?", first, end)
            sql, values = counted_sql(view, self._meters[meter], where)
            return named(view, view.connection.sql(sql, params=values).to_arrow_table())

        return self._store.ask(question)


class FeedSide:
    """What the files of a feed say, read without looking at record or store."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, path: Path, manifest: Manifest, meters: Sequence[Meter]
    ) -> None:
        self._connection = connection
        self._meters = {one.key: definition_of(one) for one in metered(meters)}
        for dataset, empty in _EMPTY.items():
            files = [str(path / one.path) for one in manifest.files if one.dataset == dataset]
            if files:
                listed = ", ".join("'" + one.replace("'", "''") + "'" for one in files)
                connection.execute(f"CREATE VIEW feed_{dataset} AS SELECT * FROM read_parquet([{listed}])")  # noqa: S608
            else:
                connection.execute(f"CREATE TABLE feed_{dataset} ({empty})")
        connection.execute(
            "CREATE TABLE feed_resting AS SELECT DISTINCT e.index FROM feed_events e LEFT JOIN ("
            "SELECT index, arg_max(counts, changed_at) AS counts FROM feed_standing GROUP BY index"
            ") s ON s.index = e.index WHERE e.index IS NOT NULL AND coalesce(s.counts, e.counts) IS NOT TRUE"
        )

    @property
    def meters(self) -> Sequence[str]:
        """Every meter that reads events, the one of all events first."""
        return (EVERY, *self._meters)

    def print_of(self, meter: str, *, in_parts: bool = False) -> Print:
        """What the groups of a meter come to; raises TooLarge where a sum has to be taken in parts."""
        sql, values = self._counted(meter)
        groups = grouped(sql, in_parts=in_parts)
        return printed(self._connection, _PRINT.format(groups=groups), values)

    def rows(self, meter: str, first: int, end: int) -> pa.Table:
        """The rows of a meter from these entries."""
        sql, values = self._counted(meter)
        narrowed = f"{sql} AND index >= ? AND index < ?"
        return self._connection.sql(narrowed, params=[*values, first, end]).to_arrow_table()

    def _counted(self, meter: str) -> tuple[str, list[Any]]:
        """A query of the rows of what counts, with the values bound to it."""
        if meter == EVERY:
            return (
                "SELECT index AS idx, source, customer, CAST(? AS VARCHAR) AS meter, epoch_us(time) AS time, "
                "CAST(NULL AS DECIMAL(38,12)) AS value, CAST(NULL AS VARCHAR) AS text, "
                "CAST(NULL AS DECIMAL(38,12)) AS amount "
                "FROM feed_events WHERE index NOT IN (SELECT index FROM feed_resting)"
            ), [EVERY]
        return (
            "SELECT index AS idx, '' AS source, customer, meter, epoch_us(time) AS time, value, text, amount "
            "FROM feed_readings WHERE meter = ? AND definition = ? "
            "AND index NOT IN (SELECT index FROM feed_resting)"
        ), [meter, self._meters[meter]]


_EMPTY: Final = {
    "events": "index BIGINT, source VARCHAR, customer VARCHAR, time TIMESTAMPTZ, counts BOOLEAN",
    "standing": "index BIGINT, counts BOOLEAN, changed_at TIMESTAMPTZ",
    "readings": (
        "index BIGINT, meter VARCHAR, definition VARCHAR, customer VARCHAR, time TIMESTAMPTZ, "
        "value DECIMAL(38,12), text VARCHAR, amount DECIMAL(38,12)"
    ),
}
"""The columns of data sets that have no file, as far as they are asked for."""


def printed(connection: duckdb.DuckDBPyConnection, sql: str, values: list[Any]) -> Print:
    """The answer to a query of a print; raises TooLarge where a sum has to be taken in parts."""
    try:
        [(groups, events, digest)] = connection.execute(sql, values).fetchall()
    except duckdb.OutOfRangeException:
        raise TooLarge from None
    return Print(groups, int(events), int(digest))
