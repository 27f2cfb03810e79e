"""What counts, event by event: the rows behind quantities, for the feed and for reconciling.

A *counted* row says that a meter reads an event: its entry, source, customer, time, and what was read. The
meter `*` reads every event that counts at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pyarrow as pa

from steelyard.adapters.duckdb.asking import View
from steelyard.adapters.duckdb.columns import NUMBER
from steelyard.adapters.duckdb.conditions import Conditions, add_meter, amount_column, value_column
from steelyard.metering import Aggregation, Meter

EVERY: Final = "*"
"""The meter that reads every event that counts."""

HOUR_MICROS: Final = 3_600_000_000


def counted_sql(view: View, meter: Meter | None, where: Conditions) -> tuple[str, list[Any]]:
    """A query of the counted rows of one meter (None: of every event) under further conditions.

    idx, source (of every event), customer (its code), meter, time, value, text, amount. A carrier has
    several rows in the table if it counted at several times.
    """
    key, value, text, amount = EVERY, f"CAST(NULL AS {NUMBER})", "CAST(NULL AS VARCHAR)", ""
    source = "source"
    if meter is not None:
        key, source = meter.key, "''"
        add_meter(where, meter, view.columns, view.types)
        if meter.value and meter.reads_number:
            value = value_column(meter, view.columns)
        elif meter.value:
            text = value_column(meter, view.columns)
        amount = amount_column(meter, view.columns) if meter.carries_amount else ""
    listed = f"{value} AS value, {text} AS text, {amount or f'CAST(NULL AS {NUMBER})'} AS amount"
    sql = (
        f"SELECT idx, {source} AS source, customer, CAST(? AS VARCHAR) AS meter, time, {listed} "  # noqa: S608 - own columns
        f"FROM event WHERE {where.sql}"
    )
    return sql, [key, *where.values]


def metered(meters: Sequence[Meter]) -> list[Meter]:
    """Those meters that read events; formulas read other meters."""
    return [meter for meter in meters if meter.aggregation is not Aggregation.FORMULA]


def counting(upto: int, at: int) -> Conditions:
    """The conditions under which an entry before `upto` counted at the moment `at` (microseconds)."""
    where = Conditions()
    where.add("idx < ?", upto)
    where.add("recorded_at <= ? AND (superseded_at IS NULL OR superseded_at > ?)", at, at)
    return where


def counted(view: View, meters: Sequence[Meter], first: int, end: int) -> list[pa.Table]:
    """The counted rows of each meter from these entries, in their order, whether or not they count now."""
    sql = "SELECT count(*) <> count(DISTINCT idx) FROM event WHERE idx >= ? AND idx < ?"
    [(is_repeated,)] = view.connection.execute(sql, [first, end]).fetchall()
    tables: list[pa.Table] = []
    for meter in meters:
        where = Conditions()
        where.add("idx >= ? AND idx < ?", first, end)
        sql, values = counted_sql(view, meter, where)
        sql = sql.replace("SELECT", "SELECT DISTINCT", 1) if is_repeated else sql
        found = view.connection.sql(sql, params=values).to_arrow_table()
        # By number while the customers are numbers still: texts are not moved about.
        tables.append(named(view, found.sort_by("idx")))
    return tables


def named(view: View, table: pa.Table) -> pa.Table:
    """The same rows with the customers' names in place of their codes."""
    place = table.column_names.index("customer")
    return table.set_column(place, "customer", view.customers.spelled(table["customer"]))


def standing_between(view: View, after: int, until: int) -> pa.Table:
    """What came to count and ceased to between two moments (microseconds).

    index, counts, changed_at, changed_by (null where it came to count).
    """
    began = (
        "SELECT idx AS index, true AS counts, recorded_at AS changed_at, "
        "CAST(NULL AS BIGINT) AS changed_by FROM event WHERE recorded_at > ? AND recorded_at <= ? "
        "AND (superseded_at IS NULL OR superseded_at > recorded_at)"
    )
    ended = (
        "SELECT idx, false, superseded_at, superseded_by FROM event "
        "WHERE superseded_at > ? AND superseded_at <= ? AND superseded_at > recorded_at"
    )
    bound = [after, until, after, until]
    return view.connection.sql(f"{began} UNION ALL {ended}", params=bound).to_arrow_table()
