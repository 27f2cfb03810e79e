"""What every usage query is made of: its question, the conditions, groups and windows as SQL, its rows."""

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
    add_any,
    add_filter,
    amount_column,
    group_column,
    value_column,
)
from steelyard.adapters.duckdb.names import Names
from steelyard.adapters.duckdb.schema import Connection
from steelyard.kernel import ZERO, InvalidInput, Period, from_micros, micros, plain
from steelyard.metering import Aggregation, Filter, Meter, QuantityRow, Window

_LONG = timedelta(days=400)
_ROOM = timedelta(days=32)


GROUPED = "GROUP BY ALL HAVING count(*) > 0"
"""Ends a query by groups: where these are constants alone, no events would else be a group."""


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
    together: bool = False
    sections: bool = True


@dataclass(frozen=True, slots=True)
class View:
    """One consistent state of the store: a connection, the columns, the names."""

    connection: Connection
    columns: dict[Column, str]
    customers: Names
    types: Names


def scope(view: View, question: Question, period: Period | None) -> Conditions:
    """The conditions under which events count for the question; `period` is that in which they happened."""
    return scope_of(view, question, question.meter.leaves, period)


def scope_of(view: View, question: Question, meters: Sequence[Meter], period: Period | None) -> Conditions:
    """The same for events that count for any of these meters."""
    where = Conditions()
    where.names("customer", question.customers, view.customers)
    where.known(question.as_of)
    where.period(period)
    add_any(where, meters, view.columns, view.types)
    for condition in question.filters:
        add_filter(where, question.meter, condition, view.columns, view.types)
    return where


def owner(question: Question) -> str:
    """The code of whose events they are, as a column of a select list."""
    return "-1 AS customer" if question.together else "customer"


def section(question: Question) -> tuple[str, str]:
    """The first and last number on the customer's chain, each as a column of a select list."""
    return ("min(seq)", "max(seq)") if question.sections and not question.together else ("0", "0")


def customer_of(view: View, code: int) -> str:
    """The customer of a code that `owner` gave; blank for all together."""
    return "" if code < 0 else view.customers.name(code)


def groups(view: View, question: Question) -> str:
    """The dimensions by which the question groups, each as another column of a select list."""
    columns = [group_column(question.meter, name, view.columns) for name in question.group_by]
    return "".join(f", {column} AS g{number}" for number, column in enumerate(columns))


def group_names(question: Question) -> str:
    """The names that those columns have."""
    return "".join(f", g{number}" for number in range(len(question.group_by)))


def amount(view: View, question: Question) -> str:
    """The sum of the amounts that the events carry, or NULL where they carry none."""
    meter = question.meter
    return f"sum({amount_column(meter, view.columns)})" if meter.carries_amount else "NULL"


def near(view: View, question: Question, where: Conditions, *, cut: bool = False) -> Period:
    """A long or open period cut down to where there are events, with room for a whole window at both ends.

    `cut` says that the question has windows of its meter's own.
    """
    period = question.period
    if (question.window is None and not cut) or period.end - period.start <= _LONG:
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


def aggregate(meter: Meter, columns: dict[Column, str]) -> str:
    """How the meter folds the values it reads; an average comes as its sum, to be divided by the events."""
    if meter.folding is Aggregation.COUNT:
        return "count(*)"
    column = value_column(meter, columns)
    match meter.folding:
        case Aggregation.UNIQUE:
            return f"approx_count_distinct({column})" if meter.approximate else f"count(DISTINCT {column})"
        case Aggregation.LATEST:
            # Among simultaneous events the largest counts, as in the reference.
            return f"arg_max({column}, (time, {column}))"
        case Aggregation.MAX | Aggregation.MIN:
            return f"{meter.folding.value}({column})"
        case Aggregation.PERCENTILE:
            # With a decimal share this is the nearest rank, found by whole numbers.
            share = f"{(meter.percentile or ZERO) / 100:.6f}"
            return f"quantile_disc({column}, CAST({share} AS DECIMAL(7,6)))"
        case _:
            return f"sum({column})"


def window_number(parts: Sequence[Period]) -> tuple[str, list[int]]:
    """SQL for the number of an event's window, with its values: one division per run of equal windows.

    All events lie in the windows, so a last one that is cut short needs no division of its own.

    >>> window_number([Period(start=from_micros(n * 60), end=from_micros(n * 60 + 60)) for n in range(3)])
    ('(time - ?) // ?', [0, 60])
    """
    if len(parts) == 1:
        return "0", []
    starts = [micros(part.start) for part in parts]
    last = micros(parts[-1].end) - starts[-1]
    runs: list[tuple[int, int, int]] = []
    place = 0
    while place < len(starts):
        width = starts[place + 1] - starts[place] if place + 1 < len(starts) else 1 << 62
        end = place + 1
        while end + 1 < len(starts) and starts[end + 1] - starts[end] == width:
            end += 1
        if end == len(starts) - 1 and last <= width:
            end += 1
        runs.append((place, starts[place], width))
        place = end
    if len(runs) == 1:
        return "(time - ?) // ?", [*runs[0][1:]]
    sql, values = "CASE", list[int]()
    for number in range(len(runs) - 1, -1, -1):
        first, start, width = runs[number]
        sql += " WHEN time >= ? THEN ? + (time - ?) // ?"
        values += [start, first, start, width]
    return f"{sql} END", values


def rows_of(
    view: View, question: Question, parts: Sequence[Period], found: Sequence[tuple[Any, ...]]
) -> list[QuantityRow]:
    """The answer's rows from (customer, groups …, window, value, amount, events, first and last seq).

    Answers have many thousand rows: what does not change from one to the next is done before.
    """
    count = len(question.group_by)
    spans = [(part.start, part.end) for part in parts]
    names = {code: customer_of(view, code) for code in {row[0] for row in found}}
    # Sorted by numbers here, rows are in order, or nearly, before they are sorted by name and time.
    places = {code: place * len(parts) for place, code in enumerate(sorted(names, key=names.__getitem__))}
    carries_amount = question.meter.carries_amount
    is_average = question.meter.aggregation is Aggregation.AVERAGE
    rows: list[QuantityRow] = []
    for row in sorted(found, key=lambda row: places[row[0]] + row[1 + count]):
        part, value, carried, events, first_seq, last_seq = row[1 + count :]
        quantity = Decimal(value)
        start, end = spans[part]
        rows.append(
            QuantityRow(
                customer=names[row[0]],
                group=group_of(view, question, row[1 : 1 + count]) if count else {},
                window_start=start,
                window_end=end,
                quantity=quantity / events if is_average else quantity,
                amount=(Decimal(carried or 0) or ZERO) if carries_amount else None,
                events=events,
                first_seq=first_seq,
                last_seq=last_seq,
            )
        )
    return rows


def group_of(view: View, question: Question, values: Sequence[Any]) -> dict[str, str]:
    """The texts of the dimensions by which the question groups; empty where one is absent."""
    texts: dict[str, str] = {}
    for name, value in zip(question.group_by, values, strict=True):
        if name == "type":
            texts[name] = view.types.name(value)
        else:
            texts[name] = plain(value) if isinstance(value, Decimal) else value or ""
    return texts
