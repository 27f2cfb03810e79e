"""Erasing events from the usage store's file: deleted rows stay in it until the file is written anew."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from steelyard.adapters.duckdb.schema import Connection
from steelyard.record import Kind

_DRAFT: Final = ".compacted"


def delete(connection: Connection, indexes: Sequence[int]) -> None:
    """Deletes what was read from these entries, in whichever table; that they exist stays known."""
    connection.execute("BEGIN")
    try:
        connection.register("erased_entries", pa.table({"idx": np.asarray(indexes, dtype=np.int64)}))
        connection.execute(
            "INSERT INTO other_entry SELECT DISTINCT idx, ?::UTINYINT, customer, seq FROM event "
            "SEMI JOIN erased_entries USING (idx) ANTI JOIN other_entry USING (idx)",
            [int(Kind.USAGE)],
        )
        sql = (
            "SELECT table_name FROM duckdb_columns() WHERE column_name = 'idx' "
            "AND table_oid IN (SELECT table_oid FROM duckdb_tables()) AND table_name <> 'other_entry'"
        )
        for (table,) in connection.execute(sql).fetchall():
            sql = f'DELETE FROM "{table}" WHERE idx IN (SELECT idx FROM erased_entries)'  # noqa: S608
            connection.execute(sql)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.unregister("erased_entries")


def copy_without_rest(connection: Connection, path: Path) -> None:
    """Writes all visible rows to a file beside the store's; `take_place` then puts it in its place."""
    draft = path.with_name(path.name + _DRAFT)
    for left in (draft, draft.with_name(draft.name + ".wal")):
        left.unlink(missing_ok=True)
    (name,) = connection.execute("SELECT current_database()").fetchone() or ("",)
    quoted = str(draft).replace("'", "''")
    connection.execute(f"ATTACH '{quoted}' AS compacted")
    try:
        connection.execute(f'COPY FROM DATABASE "{name}" TO compacted')
        connection.execute("CHECKPOINT compacted")
    finally:
        connection.execute("DETACH compacted")


def take_place(path: Path) -> None:
    """Puts the compacted file in the place of the store's own, which nobody may have open."""
    draft = path.with_name(path.name + _DRAFT)
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    path.with_name(path.name + ".wal").unlink(missing_ok=True)
    draft.replace(path)
