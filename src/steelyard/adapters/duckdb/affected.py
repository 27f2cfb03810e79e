"""Whose usage a backfill changes, and of which time: asked before it is committed or reverted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from steelyard.adapters.duckdb.asking import View, run
from steelyard.adapters.duckdb.changing import ENDED, in_ranges
from steelyard.adapters.duckdb.conditions import Conditions
from steelyard.kernel import from_micros
from steelyard.metering import Affected, Range
from steelyard.metering.standing import deprecated

DAY_MICROS: Final = 86_400_000_000


def affected(view: View, backfill: str, ranges: Sequence[Range] | None, upto: int) -> list[Affected]:
    """The chains with events of the backfill, or with others that it sets aside; by customer.

    With `ranges` those that a commit would set aside, with None those that it did set aside.
    """
    others = Conditions()
    others.add("idx NOT IN (SELECT idx FROM member WHERE backfill = ?)", backfill)
    if ranges is None:
        others.add("idx IN (SELECT idx FROM stopped WHERE why = ?)", deprecated(backfill))
    elif ranges:
        where = in_ranges(ranges, view.types, view.customers)
        others.add(where.sql, *where.values)
        others.add(f"idx < ? AND idx NOT IN {ENDED}", upto)
    else:
        others.add("false")
    sql = (
        "SELECT customer, list(DISTINCT time // 86400000000), count(DISTINCT idx) FILTER (is_own), "  # noqa: S608 - bound values only
        "count(DISTINCT idx) FILTER (NOT is_own) FROM ("
        "SELECT idx, customer, time, true AS is_own FROM event "
        "WHERE idx IN (SELECT idx FROM member WHERE backfill = ?) "
        f"UNION ALL SELECT idx, customer, time, false AS is_own FROM event e WHERE {others.sql}"
        ") GROUP BY customer"
    )
    found = [
        Affected(
            customer=view.customers.name(code),
            days=tuple(sorted(from_micros(day * DAY_MICROS).date() for day in days)),
            brought=brought,
            set_aside=set_aside,
        )
        for code, days, brought, set_aside in run(view.connection, sql, [backfill, *others.values])
    ]
    return sorted(found, key=lambda one: one.customer)
