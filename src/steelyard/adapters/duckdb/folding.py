"""Putting a batch of entries into the tables, in one transaction with the position reached."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from steelyard.adapters.duckdb import schema
from steelyard.adapters.duckdb.columns import Column
from steelyard.adapters.duckdb.exact_rows import exact_table
from steelyard.adapters.duckdb.names import Names
from steelyard.record import Kind

Connection = duckdb.DuckDBPyConnection


class Folder:
    """Reads batches into the table of events; holds the compiled SQL for the columns of the meters."""

    def __init__(self, names: dict[Column, str], customers: Names, types: Names) -> None:
        """`names` are the meter columns of the table; `customers` and `types` give codes."""
        self._names = names
        self._customers, self._types = customers, types
        self._columns = schema.column_list(names)
        self._select = schema.extraction(names).select("staged")

    def fold(self, connection: Connection, table: pa.Table, position: int) -> None:
        """Adds the entries of the table, and moves the position; all of it or nothing."""
        try:
            self._fold(connection, table, position)
        except duckdb.Error:
            # SQL refuses a whole batch for one payload that it cannot read; the reference reads each.
            known = table.set_column(table.column_names.index("exact"), "exact", _all_false(table.num_rows))
            self._fold(connection, known, position)

    def _fold(self, connection: Connection, table: pa.Table, position: int) -> None:
        connection.execute("BEGIN")
        try:
            connection.register("entries", table)
            connection.execute("INSERT INTO entry SELECT idx, kind, customer, seq FROM entries")
            usage = table.filter(pc.equal(table["kind"], pa.scalar(int(Kind.USAGE), pa.uint8())))
            self.insert(connection, usage, "event")
            self._customers.save(connection)
            schema.set_note(connection, "position", str(position))
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            self._customers.forget_unsaved()
            self._types.forget_unsaved()
            raise
        self._customers.confirm()
        self._types.confirm()

    def insert(self, connection: Connection, usage: pa.Table, target: str) -> None:
        """Reads usage entries into the target table; the caller's transaction."""
        if not usage.num_rows:
            return
        odd = pc.invert(usage["exact"])
        connection.register("staged", usage.filter(usage["exact"]))
        connection.execute(f"CREATE OR REPLACE TEMP TABLE fresh AS {self._select}")
        strange = connection.execute("SELECT idx FROM fresh WHERE odd").fetchnumpy()["idx"]
        if len(strange):
            odd = pc.or_(odd, pc.is_in(usage["idx"], value_set=pa.array(strange)))
        by_reference = usage.filter(odd)
        self._move(connection, "fresh", target, "NOT odd")
        if by_reference.num_rows:
            connection.register("exact_rows", exact_table(by_reference.to_pylist(), self._names))
            self._move(connection, "exact_rows", target, "true")
            connection.unregister("exact_rows")
        connection.unregister("staged")

    def _move(self, connection: Connection, source: str, target: str, condition: str) -> None:
        names = connection.execute(f"SELECT DISTINCT type FROM {source} WHERE {condition}").fetchall()  # noqa: S608
        self._types.codes(sorted(name for (name,) in names))
        self._types.save(connection)
        columns = ", ".join(f'"{name}"' for name in self._columns)
        values = ", ".join("t.code" if name == "type" else f's."{name}"' for name in self._columns)
        connection.execute(
            f"INSERT INTO {target} ({columns}) SELECT {values} FROM {source} s "  # noqa: S608 - own names only
            f"JOIN event_type t ON t.name = s.type WHERE {condition}"
        )


def _all_false(count: int) -> Any:
    return pa.array([False] * count, type=pa.bool_())
