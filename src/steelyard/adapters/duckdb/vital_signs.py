"""How events come in: numbers, newest, lag and mismatches, by event type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from steelyard.adapters.duckdb.asking import View, run
from steelyard.adapters.duckdb.conditions import Conditions, add_meter
from steelyard.metering import Meter
from steelyard.metering.changes import CHANGE_KINDS
from steelyard.metering.standing import ATTRIBUTED, HELD
from steelyard.record import QUARANTINED, UNATTRIBUTED

MINUTE_MICROS: Final = 60_000_000
HOUR_MICROS: Final = 60 * MINUTE_MICROS
DAY_MICROS: Final = 24 * HOUR_MICROS

_CHANGES: Final = ", ".join(str(int(kind)) for kind in CHANGE_KINDS)
_TAKEN_AWAY: Final = f"SELECT idx FROM stopped WHERE why = '{ATTRIBUTED}'"  # noqa: S608 - our own word
CAME_IN: Final = f"""
SELECT * FROM event e ANTI JOIN (SELECT idx FROM other_entry WHERE kind IN ({_CHANGES})) c ON c.idx = e.idx
ANTI JOIN (
  SELECT idx, recorded_at FROM event SEMI JOIN (SELECT idx FROM event WHERE superseded_at IS NOT NULL) s
  USING (idx) QUALIFY row_number() OVER (PARTITION BY idx ORDER BY recorded_at) > 1
) again ON again.idx = e.idx AND again.recorded_at = e.recorded_at
"""  # noqa: S608 - our own numbers
"""Each event as it came in, once, whatever was said of it later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeSigns:
    """What is known of one event type's events; moments and lags in microseconds.

    `last_minute`, `last_hour` and `last_day` count by when events came in. The lags are how long after
    happening the events of the last day came in (half of them, and all but one in a hundred, within).
    """

    type: str
    events: int
    last_minute: int
    last_hour: int
    last_day: int
    newest: int
    newest_recorded: int
    mismatches: int
    mismatches_last_day: int
    quarantined: int
    unattributed: int
    customers: int
    customers_last_day: int
    lag_p50: int | None
    lag_p99: int | None


def type_signs(view: View, now: int) -> list[TypeSigns]:
    """The signs of every event type that has events, by name; `now` is in microseconds since 1970."""
    codes = [view.customers.find(name) for name in (QUARANTINED, UNATTRIBUTED)]
    apart, nobody = (-1 if code is None else code for code in codes)
    since, waits = "FILTER (recorded_at >= ?)", f"idx NOT IN ({_TAKEN_AWAY})"
    sql = (
        f"SELECT type, count(*), count(*) {since}, count(*) {since}, count(*) {since}, max(time), "  # noqa: S608
        f"max(recorded_at), count(*) FILTER (mismatch <> ''), "
        f"count(*) FILTER (mismatch <> '' AND recorded_at >= ?), "
        f"count(*) FILTER (customer = ? AND {waits}), count(*) FILTER (customer = ? AND {waits}), "
        "count(DISTINCT customer) FILTER (customer NOT IN (?, ?)), "
        "count(DISTINCT customer) FILTER (customer NOT IN (?, ?) AND recorded_at >= ?), "
        f"quantile_disc(recorded_at - time, 0.5) {since}, quantile_disc(recorded_at - time, 0.99) {since} "
        f"FROM ({CAME_IN}) GROUP BY type"
    )
    day = now - DAY_MICROS
    values = [now - MINUTE_MICROS, now - HOUR_MICROS, day, day, apart, nobody]
    values += [apart, nobody, apart, nobody, day, day, day]
    found = [
        TypeSigns(
            type=view.types.name(code),
            events=counts[0],
            last_minute=counts[1],
            last_hour=counts[2],
            last_day=counts[3],
            newest=counts[4],
            newest_recorded=counts[5],
            mismatches=counts[6],
            mismatches_last_day=counts[7],
            quarantined=counts[8],
            unattributed=counts[9],
            customers=counts[10],
            customers_last_day=counts[11],
            lag_p50=counts[12],
            lag_p99=counts[13],
        )
        for code, *counts in run(view.connection, sql, values)
    ]
    return sorted(found, key=lambda one: one.type)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterSigns:
    """How the events that a meter counts came in during the last day; lags in microseconds."""

    last_minute: int
    last_hour: int
    last_day: int
    customers: int
    lag_p50: int | None
    lag_p99: int | None


def meter_signs(view: View, meter: Meter, now: int) -> MeterSigns:
    """The signs of a meter; `now` is in microseconds since 1970."""
    where = Conditions()
    add_meter(where, meter, view.columns, view.types)
    nobody = [view.customers.find(name) for name in (QUARANTINED, UNATTRIBUTED)]
    since = "FILTER (recorded_at >= ?)"
    sql = (
        f"SELECT count(*) {since}, count(*) {since}, count(*), "  # noqa: S608 - own columns
        "count(DISTINCT customer) FILTER (customer NOT IN (?, ?)), "
        "quantile_disc(recorded_at - time, 0.5), quantile_disc(recorded_at - time, 0.99) "
        f"FROM ({CAME_IN}) WHERE recorded_at >= ? AND {where.sql}"
    )
    values = [now - MINUTE_MICROS, now - HOUR_MICROS, *(-1 if code is None else code for code in nobody)]
    minute, hour, day, customers, p50, p99 = run(
        view.connection, sql, [*values, now - DAY_MICROS, *where.values]
    )[0]
    return MeterSigns(
        last_minute=minute, last_hour=hour, last_day=day, customers=customers, lag_p50=p50, lag_p99=p99
    )


def held_by_type(view: View) -> dict[str, int]:
    """How many events are held now, by event type."""
    sql = (
        "SELECT type, count(DISTINCT idx) FROM event WHERE idx IN "  # noqa: S608 - our own words
        f"(SELECT idx FROM stopped WHERE why = '{HELD}') "
        "AND idx NOT IN (SELECT idx FROM stopped WHERE why <> ?) GROUP BY type"
    )
    return {view.types.name(code): count for code, count in run(view.connection, sql, [HELD])}
