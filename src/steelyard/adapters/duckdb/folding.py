"""Putting a batch of entries into the tables, in one transaction with the position reached."""

from __future__ import annotations

from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.compute

from steelyard.adapters.duckdb import changing, schema
from steelyard.adapters.duckdb.columns import Column
from steelyard.adapters.duckdb.extraction import Extraction
from steelyard.adapters.duckdb.names import Names
from steelyard.record import Kind

Connection = duckdb.DuckDBPyConnection

pc: Any = pyarrow.compute
"""Its functions are made when it is imported, which no type checker sees."""

_USAGE: Final = pa.scalar(int(Kind.USAGE), pa.uint8())

_OTHERS: Final = "INSERT INTO other_entry SELECT idx, kind, customer, seq FROM others"
_OTHERS_WITHOUT_ROW: Final = f"{_OTHERS} WHERE idx NOT IN (SELECT idx FROM event WHERE idx >= ?)"  # noqa: S608


class Folder:
    """Reads batches into the table of events; holds the compiled reader of the meters' columns."""

    def __init__(
        self, connection: Connection, names: dict[Column, str], customers: Names, types: Names
    ) -> None:
        """`names` are the meter columns of the table; `customers` and `types` give codes."""
        self._customers, self._types = customers, types
        self._changes = changing.Changes(connection, customers, types)
        self._columns = ", ".join(f'"{name}"' for name in schema.column_list(names))
        self._extraction = Extraction(names)

    def fold(self, connection: Connection, table: pa.Table, position: int) -> None:
        """Adds the entries of the table, and moves the position; all of it or nothing."""
        connection.execute("BEGIN")
        try:
            carriers = changing.carriers_of(table)
            stored = self.insert(connection, carriers, "event")
            if carriers is not table or stored < table.num_rows:
                self._keep_others(connection, table, is_whole=stored == carriers.num_rows)
            self.apply(connection, table)
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

    def _keep_others(self, connection: Connection, table: pa.Table, *, is_whole: bool) -> None:
        """Keeps that entries exist which have no row of their own in `event`.

        That is every entry of another kind, and usage of which nothing could be read: only where there may
        be some (`is_whole` says that every carrier got its row) is the table of events asked.
        """
        is_usage = pc.equal(table["kind"], _USAGE)
        connection.register("others", table.filter(pc.invert(is_usage)))
        connection.execute(_OTHERS)
        if table["payload"].null_count or not is_whole:
            connection.register("others", table.filter(is_usage))
            connection.execute(_OTHERS_WITHOUT_ROW, [table["idx"][0].as_py()])

    def apply(self, connection: Connection, table: pa.Table) -> None:
        """Carries out what the entries change about stored events; the caller's transaction."""
        self._changes.apply(connection, table)

    def insert(self, connection: Connection, usage: pa.Table, target: str) -> int:
        """Reads usage entries into the target table and gives how many; the caller's transaction.

        Each slice is sorted by customer, so that a question about one customer skips most of the blocks.
        """
        if not usage.num_rows:
            return 0
        stored = 0
        for rows in self._extraction.tables(usage, self._types.codes):
            connection.register("extracted", rows)
            # RETURNING makes the engine insert in one thread: sharing the work would cost more in all.
            insert = f"INSERT INTO {target} ({self._columns}) SELECT {self._columns} "
            insert += "FROM extracted RETURNING 1"
            connection.execute(insert)
            stored += rows.num_rows
        self._types.save(connection)
        return stored
