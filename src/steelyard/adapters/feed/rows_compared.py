"""Comparing the rows of a meter on all sides entry by entry, where their groups do not come to the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import duckdb
import pyarrow as pa

from steelyard.adapters.feed.findings import NAMED_MAX, Found, fault_of
from steelyard.adapters.feed.sides import COUNTED, Side
from steelyard.metering.reconciliation import Place

AT_ONCE: Final = 500_000
"""Entries whose rows are in memory together."""

_ROWS: Final = ", ".join(COUNTED)
_NAMES: Final = ("entry", *COUNTED[1:])
_EACH: Final = (
    "count(*) FILTER (side = {n}) AS n{n}, sum(hash(idx, source, customer, time, value, text, amount)) "
    "FILTER (side = {n}) AS h{n}"
)


def rows_differing(
    connection: duckdb.DuckDBPyConnection, meter: str, record: Side, sides: Mapping[Place, Side], upto: int
) -> Iterator[list[Found]]:
    """What differs in the rows of a meter, range by range of the record."""
    for first in range(0, upto, AT_ONCE):
        tables = [one.rows(meter, first, first + AT_ONCE) for one in (record, *sides.values())]
        yield _in_range(connection, meter, tables, [*sides])


def _in_range(
    connection: duckdb.DuckDBPyConnection, meter: str, tables: list[pa.Table], places: list[Place]
) -> list[Found]:
    """What differs between the record's rows, which come first, and those of the places."""
    numbers = range(len(tables))
    for number, table in enumerate(tables):
        connection.register(f"side{number}", table)
    union = " UNION ALL ".join(f"SELECT {number} AS side, {_ROWS} FROM side{number}" for number in numbers)  # noqa: S608
    alike = " AND ".join(f"(n{n}, h{n}) IS NOT DISTINCT FROM (n0, h0)" for n in numbers[1:])
    others = " AND ".join(f"(n{n}, h{n}) IS NOT DISTINCT FROM (n1, h1)" for n in numbers[1:])
    same = ", ".join(f"(n{n}, h{n}) IS NOT DISTINCT FROM (n0, h0)" for n in numbers[1:])
    each = ", ".join(_EACH.format(n=n) for n in numbers)
    sql = (
        f"SELECT idx, customer, {others}, {', '.join(f'n{n}' for n in numbers)}, {same} FROM ("  # noqa: S608
        f"SELECT idx, arg_min(customer, side) AS customer, {each} FROM ({union}) GROUP BY idx) "
        f"WHERE NOT ({alike}) ORDER BY idx"
    )
    found: list[Found] = []
    for index, customer, agree, right, *rest in connection.execute(sql).fetchall():
        counts, alikes = rest[: len(places)], rest[len(places) :]
        if len(places) > 1 and agree:
            # The others agree: it is the record that stands alone.
            found.append((index, customer, meter, Place.RECORD, fault_of(counts[0], right), ""))
            continue
        for number, place in enumerate(places):
            if not alikes[number]:
                detail = ""
                if right == counts[number] == 1 and len(found) < NAMED_MAX:
                    detail = _detail(connection, index, number + 1)
                found.append((index, customer, meter, place, fault_of(right, counts[number]), detail))
    return found


def _detail(connection: duckdb.DuckDBPyConnection, index: int, side: int) -> str:
    """How an entry's only row on a side differs from the record's."""
    right, wrong = (_row(connection, index, number) for number in (0, side))
    return "; ".join(
        f"{name} {one} is {other}"
        for name, one, other in zip(_NAMES, right, wrong, strict=True)
        if one != other
    )


def _row(connection: duckdb.DuckDBPyConnection, index: int, side: int) -> tuple[Any, ...]:
    sql = f"SELECT {_ROWS} FROM side{side} WHERE idx = ?"  # noqa: S608 - our own names
    return connection.execute(sql, [index]).fetchall()[0]
