"""Dictionaries of the store: a small code for each customer and each type of event."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from steelyard.adapters.duckdb.schema import Connection


class Names:
    """Codes of names in one table, held in memory; new ones join the transaction that first uses them."""

    def __init__(self, connection: Connection, table: str) -> None:
        """Reads the names that the table holds."""
        self._table = table
        rows = connection.execute(f"SELECT code, name FROM {table}").fetchall()  # noqa: S608 - our own table
        self._codes: dict[str, int] = {name: code for code, name in rows}
        self._names: dict[int, str] = dict(rows)
        self._saved = self._confirmed = len(rows)

    def codes(self, names: list[str]) -> list[int]:
        """The code of each name; an unknown name gets the next one."""
        known = self._codes
        for name in dict.fromkeys(names):
            if name not in known:
                code = len(known)
                known[name] = code
                self._names[code] = name
        return [known[name] for name in names]

    def find(self, name: str) -> int | None:
        """The code of a name, if it has one."""
        return self._codes.get(name)

    def name(self, code: int) -> str:
        """The name of a code."""
        return self._names[code]

    def spelled(self, codes: Any) -> Any:
        """The names of a column of codes, as a column."""
        coded = codes.combine_chunks().dictionary_encode()
        return pa.array([self._names[code] for code in coded.dictionary.to_pylist()], pa.string()).take(
            coded.indices
        )

    def save(self, connection: Connection) -> None:
        """Writes the new names, in the transaction that runs."""
        fresh = range(self._saved, len(self._codes))
        if not fresh:
            return
        rows = pa.table(
            {
                "code": pa.array(list(fresh), pa.int32()),
                "name": pa.array([self._names[code] for code in fresh], pa.string()),
            }
        )
        connection.register("fresh_names", rows)
        connection.execute(f"INSERT INTO {self._table} SELECT code, name FROM fresh_names")  # noqa: S608
        connection.unregister("fresh_names")
        self._saved = len(self._codes)

    def confirm(self) -> None:
        """The transaction is durable: its names stay."""
        self._confirmed = self._saved

    def forget_unsaved(self) -> None:
        """The transaction was rolled back: its names have to be written again."""
        self._saved = self._confirmed
