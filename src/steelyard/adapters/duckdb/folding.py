"""Putting a batch of entries into the tables, in one transaction with the position reached."""

from __future__ import annotations

from typing import Final

import duckdb
import pyarrow as pa

from steelyard.adapters.duckdb import changing, schema
from steelyard.adapters.duckdb.columns import Column
from steelyard.adapters.duckdb.extraction import Extraction
from steelyard.adapters.duckdb.names import Names
from steelyard.record import Kind

Connection = duckdb.DuckDBPyConnection

_OTHERS: Final = (
    "INSERT INTO other_entry SELECT idx, kind, customer, seq FROM entries "
    "WHERE kind <> ? OR idx NOT IN (SELECT idx FROM event WHERE idx >= ?)"
)
"""Keeps that entries exist which have no row of their own in `event`."""


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
            connection.register("entries", table)
            carriers = changing.carriers_of(table)
            stored = self.insert(connection, carriers, "event")
            if carriers is not table or stored < table.num_rows:
                connection.execute(_OTHERS, [int(Kind.USAGE), table["idx"][0].as_py()])
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
            insert = f"INSERT INTO {target} ({self._columns}) SELECT {self._columns} FROM extracted"  # noqa: S608
            connection.execute(insert)
            stored += rows.num_rows
        self._types.save(connection)
        return stored
