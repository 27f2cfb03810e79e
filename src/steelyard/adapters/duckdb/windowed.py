"""Windowed meters: the quantity of each hour or day first, then one quantity of those."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from steelyard.adapters.duckdb.asking import (
    GROUPED,
    Question,
    View,
    aggregate,
    amount,
    group_names,
    groups,
    near,
    owner,
    rows_of,
    run,
    scope,
    section,
    window_number,
)
from steelyard.kernel import Period
from steelyard.metering import Aggregation, Outer, QuantityRow, Windowed, outer, windows

_OUTER = {Outer.SUM: "sum", Outer.MAX: "max"}


def rows(view: View, question: Question) -> list[QuantityRow]:
    """The rows of a question to a windowed meter."""
    how = question.meter.windowed
    assert how is not None
    where = scope(view, question, question.period)
    parts = windows(near(view, question, where, cut=True), question.window, question.timezone)
    small, places = _divided(parts, how, question.timezone)
    number, values = window_number(small)
    first, last = section(question)
    inner = (
        f"SELECT {owner(question)}{groups(view, question)}, {number} AS small, "  # noqa: S608 - own columns
        f"{aggregate(question.meter, view.columns)} AS value, {amount(view, question)} AS amount, "
        f"count(*) AS events, {first} AS first_seq, {last} AS last_seq "
        f"FROM event WHERE {where.sql} {GROUPED}"
    )
    bound = [*values, *where.values]
    names = group_names(question)
    if how.outer is Outer.AVERAGE or how.inner is Aggregation.AVERAGE:
        # Averages are divided as the reference divides them.
        listed = f"customer{names}, small, value, amount, events, first_seq, last_seq"
        found = _folded(run(view.connection, f"SELECT {listed} FROM ({inner})", bound), how, places)  # noqa: S608
    else:
        place = "list_extract(CAST(? AS INTEGER[]), small + 1)" if len(parts) > 1 else "0"
        sql = (
            f"SELECT customer{names}, {place} AS part, {_OUTER[how.outer]}(value), sum(amount), "  # noqa: S608
            f"CAST(sum(events) AS BIGINT), min(first_seq), max(last_seq) FROM ({inner}) GROUP BY ALL"
        )
        found = run(view.connection, sql, [*([places] if len(parts) > 1 else []), *bound])
    if question.window is None:
        parts = [question.period]
    return rows_of(view, question, parts, found)


def _divided(parts: Sequence[Period], how: Windowed, timezone: str) -> tuple[list[Period], list[int]]:
    """The windows of the meter inside those of the question, and to which of these each belongs."""
    small: list[Period] = []
    owners: list[int] = []
    for number, part in enumerate(parts):
        inside = windows(part, how.size, timezone)
        small += inside
        owners += [number] * len(inside)
    return small, owners


def _folded(found: Sequence[tuple[Any, ...]], how: Windowed, owners: Sequence[int]) -> list[tuple[Any, ...]]:
    """Rows of the meter's windows as rows of the question's."""
    together: dict[tuple[Any, ...], list[tuple[Any, ...]]] = defaultdict(list)
    for *names, small, value, carried, events, first_seq, last_seq in found:
        number = Decimal(value) / events if how.inner is Aggregation.AVERAGE else Decimal(value)
        together[(*names, owners[small])].append((number, carried, events, first_seq, last_seq))
    return [
        (
            *names,
            outer(how.outer, [row[0] for row in some]),
            sum((row[1] for row in some if row[1] is not None), Decimal(0)),
            sum(row[2] for row in some),
            min(row[3] for row in some),
            max(row[4] for row in some),
        )
        for names, some in together.items()
    ]
