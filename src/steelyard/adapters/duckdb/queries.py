"""The questions about quantities that the usage store answers, each aggregation in its own way."""

from __future__ import annotations

from decimal import Decimal
from operator import attrgetter
from typing import Final

from steelyard.adapters.duckdb import formulas, levels, windowed
from steelyard.adapters.duckdb.asking import (
    GROUPED,
    Question,
    View,
    aggregate,
    amount,
    groups,
    near,
    owner,
    rows_of,
    run,
    scope,
    section,
    window_number,
)
from steelyard.adapters.duckdb.conditions import value_column
from steelyard.metering import Aggregation, QuantityRow, windows

_PLACE: Final = attrgetter("customer", "window_start")


def quantities(view: View, question: Question) -> list[QuantityRow]:
    """The rows of a usage query: by customer, group and window; of all together by window and group."""
    match question.meter.aggregation:
        case Aggregation.FORMULA:
            rows = formulas.rows(view, question, quantities)
        case Aggregation.TIME_WEIGHTED_SUM:
            rows = levels.rows(view, question)
        case Aggregation.WINDOWED:
            rows = windowed.rows(view, question)
        case _:
            rows = _simple(view, question)
    if question.together:
        rows.sort(key=lambda row: (row.window_start, list(row.group.values())))
    elif question.group_by:
        rows.sort(key=lambda row: (row.customer, list(row.group.values()), row.window_start))
    else:
        rows.sort(key=_PLACE)
    return rows


def _simple(view: View, question: Question) -> list[QuantityRow]:
    where = scope(view, question, question.period)
    parts = windows(near(view, question, where), question.window, question.timezone)
    number, values = window_number(parts)
    first, last = section(question)
    sql = (
        f"SELECT {owner(question)}{groups(view, question)}, {number} AS part, "  # noqa: S608 - own columns
        # As text: the engine's way to hand over a decimal takes four times as long as reading its digits.
        f"({aggregate(question.meter, view.columns)})::VARCHAR, ({amount(view, question)})::VARCHAR, "
        f"count(*), {first}, {last} FROM event WHERE {where.sql} {GROUPED}"
    )
    found = run(view.connection, sql, [*values, *where.values])
    return rows_of(view, question, parts, found)


def values(view: View, question: Question, first: int | None) -> dict[str, list[Decimal]]:
    """What the meter reads from each event, by customer, in the order of time and of the customer's chain."""
    where = scope(view, question, question.period)
    listed = f"list({value_column(question.meter, view.columns)} ORDER BY time, seq)"
    if first is not None:
        listed += "[1:?]"
    sql = f"SELECT customer, {listed} FROM event WHERE {where.sql} GROUP BY customer"  # noqa: S608 - own columns
    found = run(view.connection, sql, [*([] if first is None else [first]), *where.values])
    return {view.customers.name(code): [Decimal(value) for value in values] for code, values in found}
