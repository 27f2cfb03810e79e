"""Time-weighted meters: how long each level held, in one pass over the levels of each stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any

from msgspec.structs import replace

from steelyard.adapters.duckdb.asking import Question, View, group_names, group_of, groups, run, scope
from steelyard.adapters.duckdb.conditions import Conditions, group_column, value_column
from steelyard.kernel import ZERO, InvalidInput, Period, from_micros, micros
from steelyard.metering import QuantityRow, bounded, metered, stretches, windows

_ROOM = timedelta(days=32)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A stretch of time inside a window of the question, with the length of its unit in microseconds."""

    window: int
    start: int
    end: int
    unit: int


@dataclass(slots=True)
class _Sum:
    """One row of the answer as far as it is known; `begun` counts the events inside the window."""

    total: Fraction = Fraction(0)
    events: int = 0
    begun: int = 0
    first_seq: int = 1 << 62
    last_seq: int = -1

    def add(self, level_micros: Fraction, unit: int, found: Sequence[Any]) -> None:
        """Takes in what one stretch gives."""
        events, begun, first_seq, last_seq = found
        self.total += level_micros / unit
        self.events += events or 0
        self.begun += begun or 0
        self.first_seq = min(self.first_seq, first_seq)
        self.last_seq = max(self.last_seq, last_seq)


def rows(view: View, question: Question) -> list[QuantityRow]:
    """The rows of a question to a time-weighted meter; a level that holds from before counts as well."""
    where = scope(view, question, None)
    where.add("time < ?", micros(question.period.end))
    sql = f"SELECT min(time) FROM event WHERE {where.sql}"  # noqa: S608 - own columns
    [(first,)] = run(view.connection, sql, where.values)
    if first is None:
        return []
    start = max(question.period.start, from_micros(first) - _ROOM)
    parts = windows(Period(start=start, end=question.period.end), question.window, question.timezone)
    divided = [
        _Stretch(number, one.start, one.end, one.unit)
        for number, part in enumerate(parts)
        for one in stretches(part, question.meter.time_unit, question.timezone)
    ]
    sums = _sums(view, question, where, parts, divided)
    if question.window is None:
        parts = [question.period]
    found = [
        QuantityRow(
            customer=view.customers.name(customer),
            group=group_of(view, question, group),
            window_start=parts[window].start,
            window_end=parts[window].end,
            quantity=bounded(metered(held.total)),
            amount=None,
            events=held.events,
            first_seq=held.first_seq,
            last_seq=held.last_seq,
        )
        for (customer, *group, window), held in sums.items()
        if held.begun or held.total
    ]
    return _together(found) if question.together else found


def _together(rows: Sequence[QuantityRow]) -> list[QuantityRow]:
    """The levels of all customers added up: each customer's hold beside the others'."""
    places: dict[tuple[Any, ...], list[QuantityRow]] = {}
    for row in rows:
        places.setdefault((row.window_start, *row.group.values()), []).append(row)
    return [
        replace(
            some[0],
            customer="",
            quantity=bounded(sum((row.quantity for row in some), ZERO)),
            events=sum(row.events for row in some),
            first_seq=0,
            last_seq=0,
        )
        for some in places.values()
    ]


def _sums(
    view: View, question: Question, where: Conditions, parts: Sequence[Period], divided: Sequence[_Stretch]
) -> dict[tuple[Any, ...], _Sum]:
    """What each customer, group and window comes to, with the events that it rests on."""
    count = 1 + len(question.group_by)
    sums: dict[tuple[Any, ...], _Sum] = {}
    for row in _integrals(view, question, where, parts, divided):
        stretch = divided[row[count]]
        level_micros = Fraction(row[count + 1])
        key = (*row[:count], stretch.window)
        sums.setdefault(key, _Sum()).add(level_micros, stretch.unit, row[count + 2 :])
    return sums


def _integrals(
    view: View, question: Question, where: Conditions, parts: Sequence[Period], divided: Sequence[_Stretch]
) -> list[tuple[Any, ...]]:
    """Customer, groups, stretch, level times microseconds, events, begun, first and last seq."""
    sql, values = _held(view, question, where, parts, divided)
    names = f"customer{group_names(question)}, stretch"
    # An event is counted once a window: where it began, or in the first stretch if it began before.
    counted = "n) FILTER (WHERE time >= start OR start = opened"
    listed = f"{counted}), sum(n) FILTER (WHERE time >= opened), min(first_seq), max(last_seq)"
    try:
        return run(
            view.connection,
            f"{sql} SELECT {names}, sum(level * lasts), sum({listed} FROM held GROUP BY ALL",  # noqa: S608
            values,
        )
    except InvalidInput:
        # The engine's decimals are too short for the product; each level is then multiplied here.
        found = run(
            view.connection,
            f"{sql} SELECT {names}, level, lasts, sum({listed} FROM held GROUP BY ALL",  # noqa: S608
            values,
        )
        at = 2 + len(question.group_by)
        return [(*row[:at], Fraction(row[at]) * row[at + 1], *row[at + 2 :]) for row in found]


def _held(
    view: View, question: Question, where: Conditions, parts: Sequence[Period], divided: Sequence[_Stretch]
) -> tuple[str, list[Any]]:
    """The table `held`: each level in each stretch, how long it lasted there; and its values."""
    meter = question.meter
    streams = [group_column(meter, name, view.columns) for name in meter.group_by]
    own = "".join(f", {column} AS s{number}" for number, column in enumerate(streams))
    keys = "customer" + group_names(question) + "".join(f", s{number}" for number in range(len(streams)))
    sql = (
        f"WITH moment AS (SELECT customer{groups(view, question)}{own}, time, "  # noqa: S608 - own columns
        f"max({value_column(meter, view.columns)}) AS level, count(*) AS n, "
        f"min(seq) AS first_seq, max(seq) AS last_seq FROM event WHERE {where.sql} GROUP BY ALL), "
        f"level AS (SELECT *, lead(time, 1, ?) OVER (PARTITION BY {keys} ORDER BY time) AS until "
        "FROM moment), stretch AS (SELECT unnest(CAST(? AS INTEGER[])) AS stretch, "
        "unnest(CAST(? AS BIGINT[])) AS start, unnest(CAST(? AS BIGINT[])) AS ended, "
        "unnest(CAST(? AS BIGINT[])) AS opened), "
        "held AS (SELECT *, least(until, ended) - greatest(time, start) AS lasts "
        "FROM level JOIN stretch ON time < ended AND until > start)"
    )
    opened = [micros(parts[one.window].start) for one in divided]
    values = [
        *where.values,
        micros(question.period.end),
        list(range(len(divided))),
        [one.start for one in divided],
        [one.end for one in divided],
        opened,
    ]
    return sql, values
