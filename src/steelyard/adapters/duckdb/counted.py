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


def counted_sql(
    view: View, meter: Meter | None, where: Conditions, *, distinct: bool
) -> tuple[str, list[Any]]:
    """A query of the counted rows of one meter (None: of every event) under further conditions.

    idx, source, customer, meter, time, value, text, amount. A carrier has several rows in the table if it
    counted at several times; `distinct` gives one for them.
    """
    key, value, text, amount = EVERY, f"CAST(NULL AS {NUMBER})", "CAST(NULL AS VARCHAR)", ""
    if meter is not None:
        key = meter.key
        add_meter(where, meter, view.columns, view.types)
        if meter.value and meter.reads_number:
            value = value_column(meter, view.columns)
        elif meter.value:
            text = value_column(meter, view.columns)
        amount = amount_column(meter, view.columns) if meter.carries_amount else ""
    once = "DISTINCT" if distinct else ""
    listed = f"{value} AS value, {text} AS text, {amount or f'CAST(NULL AS {NUMBER})'} AS amount"
    sql = (
        f"SELECT {once} e.idx, e.source, c.name AS customer, CAST(? AS VARCHAR) AS meter, e.time, "  # noqa: S608
        f"{listed} FROM (SELECT * FROM event WHERE {where.sql}) e JOIN customer c ON c.code = e.customer"
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


def counted(view: View, meter: Meter, first: int, end: int) -> pa.Table:
    """The counted rows of the meter from these entries, whether or not they count at the moment."""
    where = Conditions()
    where.add("idx >= ? AND idx < ?", first, end)
    sql, values = counted_sql(view, meter, where, distinct=True)
    return view.connection.sql(sql, params=values).to_arrow_table()


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


def places_of(view: View, standing: pa.Table) -> set[tuple[str, int, bool]]:
    """The customers and hours (since 1970) of these events, and whether one ceased to count there."""
    view.connection.register("standing_rows", standing)
    sql = (
        "SELECT DISTINCT c.name, e.time // ?, NOT s.counts FROM standing_rows s "
        "JOIN event e ON e.idx = s.index JOIN customer c ON c.code = e.customer"
    )
    return set(view.connection.execute(sql, [HOUR_MICROS]).fetchall())
