"""The questions that the usage store answers, as SQL over the table of events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb

from steelyard.adapters.duckdb.columns import Column
from steelyard.adapters.duckdb.conditions import (
    Conditions,
    add_filter,
    add_meter,
    amount_column,
    dimension_column,
    value_column,
)
from steelyard.adapters.duckdb.names import Names
from steelyard.adapters.duckdb.schema import Connection
from steelyard.kernel import ZERO, InvalidInput, Period, from_micros, micros
from steelyard.metering import Aggregation, Filter, Meter, QuantityRow, Window, windows

_LONG = timedelta(days=400)
_ROOM = timedelta(days=32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a usage query asks, checked."""

    meter: Meter
    period: Period
    customers: Sequence[str] | None
    group_by: tuple[str, ...]
    window: Window | None
    filters: Sequence[Filter]
    timezone: str
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class View:
    """One consistent state of the store: a connection, the columns, the names."""

    connection: Connection
    columns: dict[Column, str]
    customers: Names
    types: Names


def quantities(view: View, question: Question) -> list[QuantityRow]:
    """The rows of a usage query, by customer, group and window."""
    meter = question.meter
    where = Conditions()
    where.names("customer", question.customers, view.customers)
    where.known(question.as_of)
    where.period(question.period)
    add_meter(where, meter, view.columns, view.types)
    for condition in question.filters:
        add_filter(where, meter, condition, view.columns, view.types)
    parts = windows(_near(view, question, where), question.window, question.timezone)
    groups = [dimension_column(meter, name, view.columns) for name in question.group_by]
    number, values = _window_number(parts)
    amount = f"sum({amount_column(meter, view.columns)})" if meter.carries_amount else "NULL"
    columns = ["customer", *groups, f"{number} AS part"]
    sql = (
        f"SELECT {', '.join(columns)}, {_aggregate(meter, view.columns)}, {amount}, "  # noqa: S608 - own columns
        f"count(*), min(seq), max(seq) FROM event WHERE {where.sql} GROUP BY ALL"
    )
    rows = [_row(view, question, parts, row) for row in run(view.connection, sql, [*values, *where.values])]
    rows.sort(key=lambda row: (row.customer, list(row.group.values()), row.window_start))
    return rows


def _near(view: View, question: Question, where: Conditions) -> Period:
    """A long or open period cut down to where there are events, with room for a whole window at both ends."""
    period = question.period
    if question.window is None or period.end - period.start <= _LONG:
        return period
    sql = f"SELECT min(time), max(time) FROM event WHERE {where.sql}"  # noqa: S608 - own columns
    first, last = run(view.connection, sql, where.values)[0]
    if first is None:
        return Period(start=period.start, end=min(period.end, period.start + _ROOM))
    start = max(period.start, from_micros(first) - _ROOM)
    return Period(start=start, end=min(period.end, from_micros(last) + _ROOM))


def run(connection: Connection, sql: str, values: Sequence[Any] | dict[str, Any]) -> list[tuple[Any, ...]]:
    """All rows of a query; a total past the engine's digits is refused as the reference refuses it."""
    try:
        return connection.execute(sql, values if isinstance(values, dict) else list(values)).fetchall()
    except duckdb.OutOfRangeException:
        message = "the total has more than 26 digits before the point"
        raise InvalidInput(message, code="quantity_too_large") from None


def _aggregate(meter: Meter, columns: dict[Column, str]) -> str:
    if meter.aggregation is Aggregation.COUNT:
        return "count(*)"
    column = value_column(meter, columns)
    match meter.aggregation:
        case Aggregation.UNIQUE:
            return f"count(DISTINCT {column})"
        case Aggregation.LATEST:
            # Among simultaneous events the largest counts, as in the reference.
            return f"arg_max({column}, (time, {column}))"
        case Aggregation.MAX | Aggregation.MIN:
            return f"{meter.aggregation.value}({column})"
        case _:
            return f"sum({column})"


def _window_number(parts: Sequence[Period]) -> tuple[str, list[int]]:
    """SQL for the number of an event's window, with its values: one division per run of equal windows."""
    if len(parts) == 1:
        return "0", []
    starts = [micros(part.start) for part in parts]
    runs: list[tuple[int, int, int]] = []
    place = 0
    while place < len(starts):
        width = starts[place + 1] - starts[place] if place + 1 < len(starts) else 1 << 62
        end = place + 1
        while end + 1 < len(starts) and starts[end + 1] - starts[end] == width:
            end += 1
        runs.append((place, starts[place], width))
        place = end
    sql, values = "CASE", list[int]()
    for number in range(len(runs) - 1, -1, -1):
        first, start, width = runs[number]
        sql += " WHEN time >= ? THEN ? + (time - ?) // ?"
        values += [start, first, start, width]
    return f"{sql} END", values


def _row(view: View, question: Question, parts: Sequence[Period], row: tuple[Any, ...]) -> QuantityRow:
    names = question.group_by
    customer, *group = row[: 1 + len(names)]
    part, value, amount, events, first_seq, last_seq = row[1 + len(names) :]
    quantity = value if isinstance(value, Decimal) else Decimal(value)
    if question.meter.aggregation is Aggregation.AVERAGE:
        quantity = quantity / events
    texts = {
        name: view.types.name(text) if name == "type" else text or ""
        for name, text in zip(names, group, strict=True)
    }
    return QuantityRow(
        customer=view.customers.name(customer),
        group=texts,
        window_start=parts[part].start,
        window_end=parts[part].end,
        quantity=quantity,
        amount=(amount or ZERO) if question.meter.carries_amount else None,
        events=events,
        first_seq=first_seq,
        last_seq=last_seq,
    )
