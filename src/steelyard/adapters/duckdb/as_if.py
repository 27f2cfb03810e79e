"""What the usage store would answer if some entries were recorded: for previews, on a copy that vanishes.

Temporary tables of one connection stand before the real ones of the same name, so that the code that folds
and the code that answers run unchanged, and nothing of it reaches the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from steelyard.adapters.duckdb.asking import View
from steelyard.adapters.duckdb.changing import carriers_of
from steelyard.adapters.duckdb.conditions import Conditions
from steelyard.adapters.duckdb.folding import Folder
from steelyard.adapters.duckdb.names import Names
from steelyard.kernel import Period
from steelyard.record import Kind

Entries = Sequence[tuple[Kind, str, bytes]]
"""Kind, chain and payload of entries that are not recorded, in order."""

_STAGED = pa.schema(
    [
        ("idx", pa.int64()),
        ("kind", pa.uint8()),
        ("customer", pa.int32()),
        ("seq", pa.int64()),
        ("recorded_at", pa.int64()),
        ("payload", pa.binary()),
    ]
)


@contextmanager
def copied(view: View, *, customers: Sequence[str], period: Period | None) -> Iterator[View]:
    """A copy of the store, as far as it concerns the customers and the period, that may be changed at will.

    `view` has a connection of its own, to which the temporary tables belong; they go with it.
    """
    where = Conditions()
    where.names("customer", customers, view.customers)
    where.period(period)
    connection = view.connection
    connection.execute("BEGIN")
    try:
        connection.execute(f"CREATE TEMP TABLE event AS SELECT * FROM event WHERE {where.sql}", where.values)  # noqa: S608 - bound values only
        for table in ("stopped", "member"):
            sql = f"SELECT * FROM {table} WHERE idx IN (SELECT idx FROM event)"  # noqa: S608 - our own names
            connection.execute(f"CREATE TEMP TABLE {table} AS {sql}")
        connection.execute("CREATE TEMP TABLE event_type AS SELECT * FROM event_type")
        yield View(connection, view.columns, view.customers, Names(connection, "event_type"))
    finally:
        connection.execute("ROLLBACK")


def fold_into(view: View, entries: Entries, first_index: int) -> None:
    """Changes the copy as if these entries were recorded, the first with that index."""
    known = view.connection.execute("SELECT max(recorded_at) FROM event").fetchall()[0][0] or 0
    rows: list[dict[str, Any]] = [
        {
            "idx": first_index + place,
            "kind": int(kind),
            "customer": view.customers.find(customer),
            "seq": (1 << 62) + place,
            "recorded_at": known + 1,
            "payload": payload,
        }
        for place, (kind, customer, payload) in enumerate(entries)
    ]
    table = pa.Table.from_pylist([row for row in rows if row["customer"] is not None], schema=_STAGED)
    folder = Folder(view.connection, view.columns, view.customers, view.types)
    folder.insert(view.connection, carriers_of(table), "event")
    folder.apply(view.connection, table)
