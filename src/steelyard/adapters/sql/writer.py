"""Writing state inside the record writer's transaction, on the connection that it already holds.

Statements are compiled once for each type and run in bulk: a billing run saves tens of thousands of rows.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from steelyard.adapters.sql.registry import Kept, Registry
from steelyard.adapters.sql.schema import create_schema
from steelyard.kernel import Conflict, encode
from steelyard.record import Expect, Idempotency

_FORGET_ANSWERS: Final = """UPDATE idempotency SET answer = CAST('{"erased":true}' AS BLOB) WHERE EXISTS
    (SELECT 1 FROM json_each(?) AS gone WHERE instr(answer, CAST(gone.value AS BLOB)))"""


class _Statements:
    """The SQL of one type, as text for a raw connection."""

    __slots__ = ("columns", "upsert", "version")

    def __init__(self, kept: Kept[Any], dialect: sa.Dialect) -> None:
        table = kept.table
        insert = sqlite.insert(table)
        changed = {column.name: insert.excluded[column.name] for column in table.c if column.name != "key"}
        upsert = insert.on_conflict_do_update(index_elements=[table.c.key], set_=changed)
        compiled = upsert.compile(dialect=dialect)
        self.upsert = str(compiled)
        self.columns = [column.name for column in table.c]
        select = sa.select(table.c.version).where(table.c.key == sa.bindparam("key"))
        self.version = str(select.compile(dialect=dialect))


class SqlStateWriter:
    """The port `StateWriter` on SQLite: neither begins nor commits, and never reads the clock."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._dialect = sqlite.dialect(paramstyle="qmark")
        self._statements: dict[str, _Statements] = {}
        insert = sa.insert(registry.idempotency)
        self._remember = str(insert.compile(dialect=self._dialect))

    def prepare(self, connection: Any) -> None:
        """Makes the tables that are missing; raises Refused when a newer Steelyard made them."""
        create_schema(connection, self._registry)

    def check(self, connection: Any, expects: Sequence[Expect]) -> None:
        """Raises Conflict `changed_meanwhile` when a row's version is not the expected one."""
        for expect in expects:
            kept = self._registry.kept(expect.type)
            row = connection.execute(self._of(kept).version, [expect.key]).fetchone()
            version = None if row is None else row[0]
            if version != expect.version:
                raise Conflict(_meanwhile(kept.name, expect, version), code="changed_meanwhile")

    def apply(self, connection: Any, saves: Sequence[tuple[object, int]]) -> None:
        """Stores each record with its version: the index of the entry that tells of it."""
        rows: dict[str, list[tuple[Any, ...]]] = {}
        for record, version in saves:
            kept = self._registry.kept(type(record))
            values = kept.record_table.values(record)
            row = (*values.values(), encode(record).decode(), version)
            rows.setdefault(kept.name, []).append(row)
        for name, of_type in rows.items():
            connection.executemany(self._of(self._registry.by_name[name]).upsert, of_type)

    def forget(self, connection: Any, indexes: Sequence[int]) -> None:
        """Deletes the rows that repeat what these erased entries told, and what answers kept say of them.

        The key of such an answer stays, so that a request that is repeated does nothing anew.
        """
        for kept in self._registry.by_name.values():
            if kept.record_table.erasable:
                erased = sa.func.json_each(sa.bindparam("indexes")).table_valued("value")
                delete = sa.delete(kept.table).where(kept.table.c.version.in_(sa.select(erased.c.value)))
                gone = delete.returning(kept.table.c.key)
                sql = str(gone.compile(dialect=self._dialect))
                keys = [key for (key,) in connection.execute(sql, [json.dumps(list(indexes))])]
                if keys and kept.record_table.answered:
                    connection.execute(_FORGET_ANSWERS, [json.dumps(keys)])

    def remember(self, connection: Any, idempotency: Idempotency) -> None:
        """Stores the answer under its key; raises Conflict `idempotency_conflict` when the key is taken."""
        row = [idempotency.key, idempotency.request_hash, idempotency.answer]
        try:
            connection.execute(self._remember, row)
        except sqlite3.IntegrityError:
            message = f"the idempotency key {idempotency.key!r} was used meanwhile"
            raise Conflict(message, code="idempotency_conflict") from None

    def _of(self, kept: Kept[Any]) -> _Statements:
        found = self._statements.get(kept.name)
        if found is None:
            found = self._statements[kept.name] = _Statements(kept, self._dialect)
        return found


def _meanwhile(name: str, expect: Expect, version: int | None) -> str:
    if version is None:
        return f"{name} {expect.key!r} does not exist"
    if expect.version is None:
        return f"{name} {expect.key!r} exists already (told by entry {version})"
    return f"{name} {expect.key!r} changed meanwhile (entry {version}, read at entry {expect.version})"
