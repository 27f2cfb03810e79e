"""Putting a batch of entries into the tables, in one transaction with the position reached."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute

from steelyard.adapters.duckdb import schema
from steelyard.adapters.duckdb.columns import Column
from steelyard.adapters.duckdb.exact_rows import exact_table
from steelyard.adapters.duckdb.names import Names
from steelyard.record import Kind

Connection = duckdb.DuckDBPyConnection

pc: Any = pyarrow.compute
"""Its functions are made when it is imported, which no type checker sees."""


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
            self.insert(connection, usage_of(table), "event")
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
        """Reads usage entries into the target table; the caller's transaction.

        SQL reads what it can; what it left out (an odd spelling, a new type) the reference reads. Each slice
        is sorted by customer, so that a question about one customer skips most of the blocks.
        """
        if not usage.num_rows:
            return
        columns = ", ".join(f'"{name}"' for name in self._columns)
        values = ", ".join("t.code" if name == "type" else f's."{name}"' for name in self._columns)
        insert = f"INSERT INTO {target} ({columns}) SELECT {values} FROM"
        plain = usage.filter(usage["exact"])
        connection.register("staged", plain)
        join, order = "JOIN event_type t ON t.name = s.type", "ORDER BY s.customer, s.idx"
        done = connection.execute(f"{insert} ({self._select}) s {join} WHERE NOT s.odd {order}").fetchone()
        if done == (usage.num_rows,):
            return
        rest = exact_table(self._left_out(connection, usage, target).to_pylist(), self._names)
        self._types.codes(rest["type"].unique().to_pylist())
        self._types.save(connection)
        connection.register("exact_rows", rest)
        connection.execute(f"{insert} exact_rows s {join} {order}")

    def _left_out(self, connection: Connection, usage: pa.Table, target: str) -> pa.Table:
        sql = f"SELECT s.idx FROM staged s SEMI JOIN {target} e ON e.idx = s.idx AND e.idx >= ?"  # noqa: S608
        done = connection.execute(sql, [usage["idx"][0].as_py()]).fetchnumpy()["idx"]
        return usage.filter(pc.invert(pc.is_in(usage["idx"], value_set=pa.array(done))))


def usage_of(table: pa.Table) -> pa.Table:
    """The rows of a staged table that are usage."""
    return table.filter(pc.equal(table["kind"], pa.scalar(int(Kind.USAGE), pa.uint8())))


def _all_false(count: int) -> Any:
    return pa.array([False] * count, type=pa.bool_())
