"""The quantities of the hours in which something changed: what the warehouse feed says of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import duckdb
import pyarrow as pa

from steelyard.adapters.duckdb import queries
from steelyard.adapters.duckdb.asking import Question, View, aggregate
from steelyard.adapters.duckdb.columns import NUMBER
from steelyard.adapters.duckdb.conditions import Conditions, add_meter, amount_column
from steelyard.adapters.duckdb.counted import HOUR_MICROS, counting, named
from steelyard.kernel import InvalidInput, Period, from_micros, plain
from steelyard.metering import Aggregation, Meter, Window

HOURS: Final = pa.schema(
    [
        ("customer", pa.string()),
        ("meter", pa.string()),
        ("hour", pa.int64()),
        ("quantity", pa.string()),
        ("amount", pa.decimal128(38, 12)),
        ("events", pa.int64()),
    ]
)
"""`hour` is its beginning (microseconds); a quantity of 0 with no events says that nothing is left."""

_SPAN: Final = 200
"""Hours asked about at once where the engine does not fold them itself: few rows wait in memory."""

_IN_PYTHON: Final = frozenset((Aggregation.AVERAGE, Aggregation.WINDOWED, Aggregation.FORMULA))

_NEAR: Final = (
    "event SEMI JOIN touched ON touched.customer = event.customer "
    f"AND touched.hour = event.time // {HOUR_MICROS}"
)
"""The events of the hours that were touched: once something was fed, these are few."""

_TOUCHED: Final = (
    "CREATE OR REPLACE TEMP TABLE touched AS SELECT customer, time // ? AS hour, bool_or(ended) AS ended "
    "FROM (SELECT customer, time, false AS ended FROM event WHERE recorded_at > ? AND recorded_at <= ? "
    "AND (superseded_at IS NULL OR superseded_at > recorded_at) "
    "UNION ALL SELECT customer, time, true FROM event "
    "WHERE superseded_at > ? AND superseded_at <= ? AND superseded_at > recorded_at) GROUP BY ALL"
)


def hours(view: View, meters: Sequence[Meter], *, after: int, at: int, upto: int) -> Iterator[pa.Table]:
    """Each meter's quantity in the hours of events that came to count or ceased to, as known at a moment.

    The changes are those after one moment and up to another (microseconds); entries from `upto` on are left
    out. Where an event ceased to count and nothing is left, the quantity is 0. Meters that keep levels have
    no rows (an event of theirs changes every hour after it), nor have estimates.
    """
    view.connection.execute(_TOUCHED, [HOUR_MICROS, after, at, after, at])
    sql = "SELECT min(hour), max(hour) FROM touched"
    [(first, last)] = view.connection.execute(sql).fetchall()
    if first is None:
        return
    span = (first * HOUR_MICROS, (last + 1) * HOUR_MICROS)
    for meter in meters:
        if meter.keeps_levels or meter.is_approximate:
            continue
        if meter.aggregation in _IN_PYTHON:
            yield from _asked(view, meter, at)
        else:
            where = counting(upto, at)
            where.add("time >= ? AND time < ?", *span)
            yield _folded(view, meter, where, "event" if after == 0 else _NEAR)


def _folded(view: View, meter: Meter, where: Conditions, events: str) -> pa.Table:
    """The hours of a meter that the engine folds by itself, from these events."""
    add_meter(where, meter, view.columns, view.types)
    carried = f"sum({amount_column(meter, view.columns)})" if meter.carries_amount else "NULL"
    sql = (
        "SELECT t.customer, CAST(? AS VARCHAR) AS meter, t.hour * ? AS hour, "  # noqa: S608 - own columns
        "CASE WHEN contains(q.value, '.') THEN rtrim(rtrim(q.value, '0'), '.') "
        "ELSE coalesce(q.value, '0') END AS quantity, "
        f"CAST({'CASE WHEN q.events > 0 THEN coalesce(q.amount, 0) END' if meter.carries_amount else 'NULL'} "
        f"AS {NUMBER}) AS amount, coalesce(q.events, 0) AS events "
        "FROM touched t LEFT JOIN (SELECT customer, time // ? AS hour, "
        f"CAST({aggregate(meter, view.columns)} AS VARCHAR) AS value, {carried} AS amount, "
        f"count(*) AS events FROM {events} WHERE {where.sql} GROUP BY ALL) q "
        "ON q.customer = t.customer AND q.hour = t.hour WHERE t.ended OR q.events > 0 ORDER BY 1, 3"
    )
    values = [meter.key, HOUR_MICROS, HOUR_MICROS, *where.values]
    try:
        found = view.connection.sql(sql, params=values).to_arrow_table()
    except duckdb.OutOfRangeException:
        message = f"an hour of {meter.key} has a total with more than 26 digits before the point"
        raise InvalidInput(message, code="quantity_too_large") from None
    return named(view, found).cast(HOURS)


def _asked(view: View, meter: Meter, at: int) -> Iterator[pa.Table]:
    """The hours of a meter whose quantities are computed one by one."""
    touched = view.connection.execute("SELECT customer, hour, ended FROM touched ORDER BY hour").fetchall()
    spans: dict[int, dict[tuple[str, int], bool]] = {}
    for code, hour, ended in touched:
        spans.setdefault(hour // _SPAN, {})[view.customers.name(code), hour * HOUR_MICROS] = ended
    for number, left in spans.items():
        first = number * _SPAN * HOUR_MICROS
        period = Period(start=from_micros(first), end=from_micros(first + _SPAN * HOUR_MICROS))
        question = Question(
            meter=meter,
            period=period,
            customers=None,
            group_by=(),
            window=Window.HOUR,
            filters=(),
            timezone="UTC",
            as_of=from_micros(at),
            sections=False,
        )
        starts = {from_micros(hour): hour for _, hour in left}
        rows: list[tuple[Any, ...]] = []
        for row in queries.quantities(view, question):
            place = row.customer, starts.get(row.window_start, -1)
            if left.pop(place, None) is not None:
                quantity = plain(row.quantity)
                rows.append((row.customer, meter.key, place[1], quantity, row.amount, row.events))
        rows += [
            (customer, meter.key, hour, "0", None, 0) for (customer, hour), ended in left.items() if ended
        ]
        if rows:
            columns = zip(zip(*rows, strict=True), HOURS, strict=True)
            yield pa.table([pa.array(column, one.type) for column, one in columns], schema=HOURS)
