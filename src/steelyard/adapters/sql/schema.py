"""Making the state's tables, and refusing a file that a newer Steelyard wrote."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from steelyard.adapters.sql.registry import Registry
from steelyard.kernel import DamagedRecord, Refused

STATE_SCHEMA_VERSION: Final = 1
"""Counts the forms of the state's tables; it grows when a table's columns change their meaning."""

_DIALECT = sqlite.dialect()


@cache
def ddl(registry: Registry, dialect: sa.Dialect = _DIALECT) -> tuple[str, ...]:
    """The statements that make all tables and indexes that do not exist yet."""
    statements: list[str] = []
    for table in registry.metadata.sorted_tables:
        statements.append(str(CreateTable(table, if_not_exists=True).compile(dialect=dialect)))
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        statements += [str(CreateIndex(i, if_not_exists=True).compile(dialect=dialect)) for i in indexes]
    return tuple(statements)


def create_schema(connection: Any, registry: Registry) -> None:
    """Makes what is missing on a raw connection; the caller commits.

    Raises Refused `newer_state` when a newer Steelyard made the tables, DamagedRecord when the table of
    the version holds none.
    """
    refuse_newer(connection)
    _add_missing_columns(connection, registry)
    for statement in ddl(registry):
        connection.execute(statement)
    connection.execute(
        "INSERT OR IGNORE INTO state_schema (id, version) VALUES (1, ?)", [STATE_SCHEMA_VERSION]
    )


def _add_missing_columns(connection: Any, registry: Registry) -> None:
    """Gives tables of an earlier Steelyard the columns that are searched by now, read from the bodies."""
    for name, kept in registry.by_name.items():
        have = {row[1] for row in connection.execute(f'PRAGMA table_info("{name}")').fetchall()}
        missing = [column for column in kept.record_table.columns if have and column not in have]
        if not missing:
            continue
        for column in missing:
            connection.execute(f'ALTER TABLE "{name}" ADD COLUMN "{column}" TEXT')
        update = ", ".join(f'"{column}" = ?' for column in missing)
        for key, body in connection.execute(f'SELECT key, body FROM "{name}"').fetchall():  # noqa: S608
            values = kept.record_table.values(kept.decode(body))
            row = [*(values[column] for column in missing), key]
            connection.execute(f'UPDATE "{name}" SET {update} WHERE key = ?', row)  # noqa: S608 - our own names


def refuse_newer(connection: Any) -> None:
    """Raises Refused when the tables were made by a newer Steelyard than this one."""
    exists = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'state_schema'").fetchone()
    if not exists:
        return
    row = connection.execute("SELECT version FROM state_schema WHERE id = 1").fetchone()
    if row is None or not isinstance(row[0], int):
        raise DamagedRecord("the state does not say which form its tables have (table state_schema)")
    if row[0] > STATE_SCHEMA_VERSION:
        raise Refused(
            f"the state was written by a newer Steelyard (form {row[0]}, this one knows "
            f"{STATE_SCHEMA_VERSION}); use that version or a later one",
            code="newer_state",
        )


def prepare_state(path: Path, registry: Registry) -> None:
    """Makes the state's tables in this file, and the file too if there is none yet: all of them, or none."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection, connection:
        connection.execute("BEGIN IMMEDIATE")
        create_schema(connection, registry)
