"""Making the state's tables, and refusing a file that a newer Steelyard wrote."""

from __future__ import annotations

import sqlite3
from contextlib import closing
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


def ddl(registry: Registry, dialect: sa.Dialect = _DIALECT) -> list[str]:
    """The statements that make all tables and indexes that do not exist yet."""
    statements: list[str] = []
    for table in registry.metadata.sorted_tables:
        statements.append(str(CreateTable(table, if_not_exists=True).compile(dialect=dialect)))
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        statements += [str(CreateIndex(i, if_not_exists=True).compile(dialect=dialect)) for i in indexes]
    return statements


def create_schema(connection: Any, registry: Registry) -> None:
    """Makes what is missing on a raw connection; the caller commits.

    Raises Refused `newer_state` when a newer Steelyard made the tables, DamagedRecord when the table of
    the version holds none.
    """
    refuse_newer(connection)
    for statement in ddl(registry):
        connection.execute(statement)
    connection.execute(
        "INSERT OR IGNORE INTO state_schema (id, version) VALUES (1, ?)", [STATE_SCHEMA_VERSION]
    )


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
    """Makes the state's tables in this file, and the file too if there is none yet."""
    with closing(sqlite3.connect(path)) as connection, connection:
        create_schema(connection, registry)
