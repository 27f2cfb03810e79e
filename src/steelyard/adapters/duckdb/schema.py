"""The tables of the usage store, and how they change when meters ask for other columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import duckdb

from steelyard.adapters.duckdb.columns import BASE, Column, load_columns, store_columns

LAYOUT: Final = "4"
"""Raised when the tables change: a file of another layout is dropped and folded anew."""

_TABLES: Final = (
    "CREATE TABLE note (name VARCHAR, value VARCHAR)",
    "CREATE TABLE customer (code INTEGER, name VARCHAR)",
    "CREATE TABLE event_type (code INTEGER, name VARCHAR)",
    "CREATE TABLE other_entry (idx BIGINT, kind UTINYINT, customer INTEGER, seq BIGINT)",
    "CREATE TABLE stopped (idx BIGINT, why VARCHAR)",
    "CREATE TABLE member (idx BIGINT, backfill VARCHAR)",
)
"""`event` beside them has the usage; `other_entry` has the entries of other kinds, and usage of which nothing
could be read, or was left."""

_UNTIL: Final = {"superseded_at": "BIGINT", "superseded_by": "BIGINT"}
"""Until when a row of `event` counted, and the entry that ended it; null while it counts. See `changing`."""

Connection = duckdb.DuckDBPyConnection


def note(connection: Connection, name: str) -> str | None:
    """A value that the store keeps about itself."""
    found = connection.execute("SELECT value FROM note WHERE name = ?", [name]).fetchone()
    return found[0] if found else None


def set_note(connection: Connection, name: str, value: str) -> None:
    """Keeps a value, in the transaction that runs."""
    done = connection.execute("UPDATE note SET value = ? WHERE name = ?", [value, name]).fetchone()
    if done == (0,):
        connection.execute("INSERT INTO note VALUES (?, ?)", [name, value])


def create(connection: Connection) -> None:
    """Makes the empty tables; drops those of another layout, which the record can always fill again."""
    existing = {row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    if "note" in existing and note(connection, "layout") == LAYOUT:
        return
    connection.execute("BEGIN")
    for table in sorted(existing):
        connection.execute(f'DROP TABLE "{table}"')
    for statement in _TABLES:
        connection.execute(statement)
    _create_event_table(connection, "event", {})
    set_note(connection, "layout", LAYOUT)
    set_note(connection, "position", "0")
    set_note(connection, "columns", store_columns({}))
    connection.execute("COMMIT")


def drop_all(connection: Connection) -> None:
    """Drops every table, so that `create` starts afresh."""
    for (table,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
        connection.execute(f'DROP TABLE "{table}"')


def stored_columns(connection: Connection) -> dict[Column, str]:
    """The meter columns that the table of events has, with their names."""
    return load_columns(note(connection, "columns") or "[]")


def _stored_types(names: dict[Column, str]) -> dict[str, str]:
    types = BASE | {"type": "INTEGER"}
    return types | {name: column.sql_type for column, name in names.items()}


def _create_event_table(connection: Connection, table: str, names: dict[Column, str]) -> None:
    types = _stored_types(names) | _UNTIL
    fields = ", ".join(f'"{name}" {sql_type}' for name, sql_type in types.items())
    connection.execute(f"CREATE TABLE {table} ({fields})")


def ensure_columns(
    connection: Connection, wanted: tuple[Column, ...], fill: Callable[[dict[Column, str]], None]
) -> dict[Column, str]:
    """The names of these columns in the table of events; missing ones are added by folding anew.

    `fill(names)` puts every event that is folded already into the new table `event_next`, with the times
    during which it counted.
    """
    have = stored_columns(connection)
    missing = [column for column in wanted if column not in have]
    if not missing:
        return have
    names = have | {column: f"m{len(have) + number}" for number, column in enumerate(missing)}
    connection.execute("BEGIN")
    try:
        _create_event_table(connection, "event_next", names)
        fill(names)
        connection.execute("DROP TABLE event")
        connection.execute("ALTER TABLE event_next RENAME TO event")
        set_note(connection, "columns", store_columns(names))
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return names


def column_list(names: dict[Column, str]) -> list[str]:
    """The names of all columns of an event, base ones first."""
    return [*BASE, *names.values()]
