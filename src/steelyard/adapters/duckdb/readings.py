"""What a meter read from single events, by customer: the past, and what is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from steelyard.adapters.duckdb.asking import View, run
from steelyard.adapters.duckdb.conditions import Conditions, add_meter, value_column
from steelyard.adapters.duckdb.vital_signs import DAY_MICROS
from steelyard.kernel import from_micros
from steelyard.metering import Meter, Reported
from steelyard.record import QUARANTINED, UNATTRIBUTED, Kind


class MeterReading(NamedTuple):
    """One event's entry index (`at`), customer, and the number that the meter read from it."""

    at: int
    customer: str
    value: Decimal


def new_readings(view: View, meter: Meter, *, after: int, upto: int, limit: int) -> list[MeterReading]:
    """What the meter reads from the events past one index and before another, in their order.

    Amendments are left out: a person has looked at those.
    """
    where = _counting(view, meter)
    where.add("idx > ? AND idx < ?", after, upto)
    where.add(
        "idx NOT IN (SELECT idx FROM other_entry WHERE kind = ? AND idx > ?)", int(Kind.CORRECTION), after
    )
    column = value_column(meter, view.columns)
    sql = f"SELECT idx, customer, {column} FROM event WHERE {where.sql} ORDER BY idx LIMIT ?"  # noqa: S608
    rows = run(view.connection, sql, [*where.values, limit])
    return [MeterReading(index, view.customers.name(code), Decimal(value)) for index, code, value in rows]


def past_values(
    view: View, meter: Meter, customers: Sequence[str], *, upto: int, most: int
) -> Mapping[str, list[Decimal]]:
    """The newest values of each customer before an index, at most so many."""
    where = _counting(view, meter)
    where.names("customer", customers, view.customers)
    where.add("idx < ?", upto)
    column = value_column(meter, view.columns)
    sql = (
        f"SELECT customer, list({column}) FROM (SELECT customer, {column} FROM event "  # noqa: S608
        f"WHERE {where.sql} QUALIFY row_number() OVER (PARTITION BY customer ORDER BY idx DESC) <= ?) "
        "GROUP BY customer"
    )
    rows = run(view.connection, sql, [*where.values, most])
    return {view.customers.name(code): list(map(Decimal, values)) for code, values in rows}


def reported(view: View, meter: Meter, *, now: int, within_days: int) -> list[Reported]:
    """On how many of the days before its newest event each customer reported to the meter, and when last.

    By when events came in; whoever was last heard of longer ago than `within_days` before `now` is left out.
    """
    where = _counting(view, meter)
    where.add("recorded_at >= ?", now - 2 * within_days * DAY_MICROS)
    sql = (
        "SELECT customer, count(DISTINCT recorded_at // ?) FILTER (recorded_at > newest - ?), "  # noqa: S608
        "any_value(newest) "
        "FROM (SELECT customer, recorded_at, max(recorded_at) OVER (PARTITION BY customer) AS newest "
        f"FROM event WHERE {where.sql}) WHERE newest >= ? GROUP BY customer ORDER BY customer"
    )
    since = within_days * DAY_MICROS
    rows = run(view.connection, sql, [DAY_MICROS, since, *where.values, now - since])
    return [
        Reported(customer=view.customers.name(code), days=days, newest=from_micros(newest))
        for code, days, newest in rows
    ]


def _counting(view: View, meter: Meter) -> Conditions:
    where = Conditions()
    where.known(None)
    add_meter(where, meter, view.columns, view.types)
    for name in (UNATTRIBUTED, QUARANTINED):
        code = view.customers.find(name)
        if code is not None:
            where.add("customer <> ?", code)
    return where


def newest_of(view: View, meter: Meter, customers: Sequence[str]) -> Mapping[str, int]:
    """When the newest event that the meter counts came in, by customer, in microseconds since 1970."""
    where = _counting(view, meter)
    where.names("customer", customers, view.customers)
    sql = f"SELECT customer, max(recorded_at) FROM event WHERE {where.sql} GROUP BY customer"  # noqa: S608
    rows = run(view.connection, sql, where.values)
    return {view.customers.name(code): moment for code, moment in rows}
