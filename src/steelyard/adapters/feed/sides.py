"""The three sides of a reconciliation, each able to give its groups, and its rows where groups differ.

A group is a customer, a meter and an hour with the count of its events, the sum of their values and a hash
of all of them in which order has no part. Record and store answer alike: the record's side is a store of its
own, folded anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import duckdb
import pyarrow as pa

from steelyard.adapters.duckdb import DuckUsageStore
from steelyard.adapters.duckdb.asking import View
from steelyard.adapters.duckdb.counted import EVERY, HOUR_MICROS, counted_sql, counting, metered
from steelyard.adapters.feed.feeding import definition_of
from steelyard.adapters.feed.folder import Manifest
from steelyard.metering import Meter

_SEPARATED: Final = (
    "concat_ws(chr(31), idx, source, time, coalesce(CAST(value AS VARCHAR), ''), coalesce(text, ''), "
    "coalesce(CAST(amount AS VARCHAR), ''))"
)
GROUPED: Final = (
    f"SELECT customer, meter, time // {HOUR_MICROS} AS hour, count(*) AS n, "  # noqa: S608 - our own numbers
    "sum(CAST(trunc(value) AS HUGEINT)) AS large, sum(value - trunc(value)) AS small, "
    f"sum(md5_number_lower({_SEPARATED})) AS hash FROM ({{rows}}) GROUP BY ALL"
)
"""The sum is kept in two parts, which no count of metered numbers can overflow."""

ROWS: Final = ("idx", "source", "customer", "meter", "time", "value", "text", "amount")


class Side(Protocol):
    """One of the places in which usage stands."""

    def groups(self) -> pa.Table:
        """All groups."""
        ...

    def rows(self, meter: str, first: int, end: int) -> pa.Table:
        """The rows of a meter in hours from `first` up to `end`."""
        ...


class StoreSide:
    """What a usage store counts of the entries before `upto`, as known at a moment (microseconds)."""

    def __init__(self, store: DuckUsageStore, meters: Sequence[Meter], *, upto: int, at: int) -> None:
        self._store, self._upto, self._at = store, upto, at
        self._meters: dict[str, Meter | None] = {EVERY: None} | {one.key: one for one in metered(meters)}

    def groups(self) -> pa.Table:
        """All groups, meter by meter."""
        return pa.concat_tables([self._ask(meter, None, GROUPED) for meter in self._meters.values()])

    def rows(self, meter: str, first: int, end: int) -> pa.Table:
        """The rows of a meter in these hours."""
        hours = (first * HOUR_MICROS, end * HOUR_MICROS)
        return self._ask(self._meters[meter], hours, f"SELECT {', '.join(ROWS)} FROM ({{rows}})")  # noqa: S608

    def _ask(self, meter: Meter | None, hours: tuple[int, int] | None, form: str) -> pa.Table:
        def question(view: View) -> pa.Table:
            where = counting(self._upto, self._at)
            if hours is not None:
                where.add("time >= ? AND time < ?", *hours)
            sql, values = counted_sql(view, meter, where, distinct=False)
            return view.connection.sql(form.format(rows=sql), params=values).to_arrow_table()

        return self._store.ask(question)


class FeedSide:
    """What the files of a feed say, read without looking at record or store."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, path: Path, manifest: Manifest, meters: Sequence[Meter]
    ) -> None:
        self._connection = connection
        self._meters = {one.key: definition_of(one) for one in metered(meters)}
        for dataset, empty in (
            ("events", "index BIGINT, source VARCHAR, customer VARCHAR, time TIMESTAMPTZ, counts BOOLEAN"),
            ("standing", "index BIGINT, counts BOOLEAN, changed_at TIMESTAMPTZ"),
            (
                "readings",
                (
                    "index BIGINT, meter VARCHAR, definition VARCHAR, value DECIMAL(38,12), "
                    "text VARCHAR, amount DECIMAL(38,12)"
                ),
            ),
        ):
            files = [str(path / one.path) for one in manifest.files if one.dataset == dataset]
            readable = [one for one in files if is_parquet(connection, one)]
            if readable:
                listed = ", ".join("'" + one.replace("'", "''") + "'" for one in readable)
                connection.execute(f"CREATE VIEW feed_{dataset} AS SELECT * FROM read_parquet([{listed}])")  # noqa: S608
            else:
                connection.execute(f"CREATE TABLE feed_{dataset} ({empty})")
        connection.execute(
            "CREATE TABLE feed_every AS SELECT e.index AS idx, e.source, e.customer, "
            "epoch_us(e.time) AS time FROM feed_events e LEFT JOIN (SELECT index, "
            "arg_max(counts, changed_at) AS counts FROM feed_standing GROUP BY index) s ON s.index = e.index "
            "WHERE coalesce(s.counts, e.counts)"
        )

    def groups(self) -> pa.Table:
        """All groups, meter by meter."""
        found = [self._ask(meter, "", GROUPED) for meter in (EVERY, *self._meters)]
        return pa.concat_tables(found)

    def rows(self, meter: str, first: int, end: int) -> pa.Table:
        """The rows of a meter in these hours."""
        hours = f"WHERE time >= {first * HOUR_MICROS} AND time < {end * HOUR_MICROS}"
        return self._ask(meter, hours, f"SELECT {', '.join(ROWS)} FROM ({{rows}})")  # noqa: S608

    def _ask(self, meter: str, hours: str, form: str) -> pa.Table:
        nothing = "CAST(NULL AS DECIMAL(38,12))"
        if meter == EVERY:
            rows = (
                f"SELECT idx, source, customer, '{EVERY}' AS meter, time, {nothing} AS value, "  # noqa: S608
                f"CAST(NULL AS VARCHAR) AS text, {nothing} AS amount FROM feed_every {hours}"
            )
            return self._connection.sql(form.format(rows=rows)).to_arrow_table()
        narrowed = hours.replace("WHERE", "AND").replace("time", "e.time")
        rows = (
            "SELECT e.idx, e.source, e.customer, r.meter, e.time, r.value, r.text, r.amount "  # noqa: S608
            "FROM feed_readings r JOIN (SELECT DISTINCT * FROM feed_every) e ON e.idx = r.index "
            f"WHERE r.meter = ? AND r.definition = ? {narrowed}"
        )
        values = [meter, self._meters[meter]]
        return self._connection.sql(form.format(rows=rows), params=values).to_arrow_table()


def is_parquet(connection: duckdb.DuckDBPyConnection, path: str) -> bool:
    """Whether the file can be read at all."""
    try:
        connection.execute("SELECT count(*) FROM read_parquet(?)", [path]).fetchone()
    except duckdb.Error:
        return False
    return True


def differing(connection: duckdb.DuckDBPyConnection, one: Any, other: Any) -> list[tuple[str, str, int]]:
    """The groups (customer, meter, hour) that are not alike on two sides."""
    connection.register("one_side", one)
    connection.register("other_side", other)
    sql = (
        "SELECT coalesce(a.customer, b.customer), coalesce(a.meter, b.meter), coalesce(a.hour, b.hour) "
        "FROM one_side a FULL JOIN other_side b ON a.customer = b.customer AND a.meter = b.meter "
        "AND a.hour = b.hour WHERE (a.n, a.large, a.small, a.hash) IS DISTINCT FROM "
        "(b.n, b.large, b.small, b.hash)"
    )
    return connection.execute(sql).fetchall()
