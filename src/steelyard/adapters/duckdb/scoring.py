"""What a value metric is judged by: how much a meter counts, on which days, and where the record holds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from steelyard.adapters.duckdb.asking import View, run
from steelyard.adapters.duckdb.conditions import Conditions, add_meter, value_column
from steelyard.adapters.duckdb.vital_signs import DAY_MICROS
from steelyard.kernel import Period
from steelyard.metering import Meter
from steelyard.record import QUARANTINED, UNATTRIBUTED


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterVitals:
    """What a meter counts in a period: events, days (UTC) that have any, the newest (microseconds).

    `beyond` are events whose entry lies past the record's end; `sample` are entry indexes spread over all of
    them, each with the number that the meter read (None where it reads none).
    """

    events: int
    days: int
    newest: int | None
    beyond: int
    sample: tuple[tuple[int, Decimal | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeFit:
    """How many events of a type happened in a period, and how many of them do not fit their schema."""

    type: str
    events: int
    mismatches: int


def meter_vitals(view: View, meter: Meter, period: Period, *, size: int, sample: int) -> MeterVitals:
    """What the meter counts of customers' events in the period, with a sample of at most so many.

    `size` is how many entries the record holds.
    """
    where = _of_customers(view, period)
    add_meter(where, meter, view.columns, view.types)
    sql = (
        "SELECT count(*), count(DISTINCT time // ?), max(time), "  # noqa: S608 - own columns
        "count(*) FILTER (idx >= ?) "
        f"FROM event WHERE {where.sql}"
    )
    events, days, newest, beyond = run(view.connection, sql, [DAY_MICROS, size, *where.values])[0]
    column = value_column(meter, view.columns) if meter.reads_number and not meter.formula else "NULL"
    sql = f"SELECT idx, {column} FROM event WHERE {where.sql} ORDER BY hash(idx), idx LIMIT ?"  # noqa: S608
    rows = run(view.connection, sql, [*where.values, sample])
    return MeterVitals(
        events=events,
        days=days,
        newest=newest,
        beyond=beyond,
        sample=tuple((index, None if value is None else Decimal(value)) for index, value in rows),
    )


def type_fits(view: View, names: Sequence[str], period: Period) -> dict[str, TypeFit]:
    """How the events of these types fit their schemas, by type; those without events are left out."""
    where = Conditions()
    where.known(None)
    where.period(period)
    where.names("type", names, view.types)
    sql = (
        "SELECT type, count(*), count(*) FILTER (mismatch <> '') "  # noqa: S608 - own columns
        f"FROM event WHERE {where.sql} GROUP BY type"
    )
    return {
        view.types.name(code): TypeFit(type=view.types.name(code), events=events, mismatches=mismatches)
        for code, events, mismatches in run(view.connection, sql, where.values)
    }


def _of_customers(view: View, period: Period) -> Conditions:
    where = Conditions()
    where.known(None)
    where.period(period)
    for name in (UNATTRIBUTED, QUARANTINED):
        code = view.customers.find(name)
        if code is not None:
            where.add("customer <> ?", code)
    return where
