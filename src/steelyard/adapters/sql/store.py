"""Reading state: records by key and by searchable column, on short-lived pooled connections.

Every read is one statement in a transaction of its own, so a reader never holds the write-ahead log back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from steelyard.adapters.sql.registry import Kept, Registry, column_text
from steelyard.adapters.sql.schema import refuse_newer
from steelyard.kernel import DamagedRecord, InvalidInput, NotFound, Unavailable

T = TypeVar("T")

_POOL_SIZE = 4
_BUSY_TIMEOUT_S = 5.0


def sqlite_engine(path: Path) -> sa.Engine:
    """An engine that only reads this file; raises NotFound when there is none.

    Connections are opened read-only, so that no mistake here can change what the record vouches for.
    """
    if not path.exists():
        raise NotFound(f"{path} does not exist; `steelyard init` makes a workspace", code="no_workspace")
    engine = sa.create_engine(
        f"sqlite:///file:{path.resolve()}?mode=ro&uri=true",
        connect_args={"timeout": _BUSY_TIMEOUT_S, "check_same_thread": False},
        poolclass=sa.QueuePool,
        pool_size=_POOL_SIZE,
        max_overflow=2 * _POOL_SIZE,
    )
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA cache_size = -8192")


class StateStore:
    """The port `State` over SQL tables.

    Reads see what was committed when they begin. Raises InvalidInput for a type or a column that is not
    kept, DamagedRecord for a row whose body is no record, Unavailable when the file does not answer.
    """

    def __init__(self, engine: sa.Engine, registry: Registry) -> None:
        self._engine = engine
        self._registry = registry
        with engine.connect() as connection:
            refuse_newer(connection.connection.driver_connection)

    def get(self, type: type[T], key: str) -> T | None:
        """The record of this type and key, or None."""
        kept = self._registry.kept(type)
        table = kept.table
        row = self._row(sa.select(table.c.body).where(table.c.key == key))
        return None if row is None else kept.decode_again(row[0])

    def version(self, type: type[Any], key: str) -> int | None:
        """The index of the entry that last told of this record, or None when there is none."""
        table = self._registry.kept(type).table
        row = self._row(sa.select(table.c.version).where(table.c.key == key))
        return None if row is None else row[0]

    def find(
        self, type: type[T], /, *, limit: int | None = None, after: str | None = None, **columns: Any
    ) -> list[T]:
        """Records whose searchable columns equal these, ordered by key, after the key given."""
        kept = self._registry.kept(type)
        query = sa.select(kept.table.c.body).where(*_conditions(kept, columns)).order_by(kept.table.c.key)
        if after is not None:
            query = query.where(kept.table.c.key > after)
        if limit is not None:
            query = query.limit(limit)
        with self._reading() as connection:
            bodies = connection.execute(query).scalars().all()
        return [kept.decode(body) for body in bodies]

    def columns(self, type: type[Any], /, *names: str, **columns: Any) -> list[tuple[str | None, ...]]:
        """Only these searchable columns of the records with those columns, as text, in the order of keys.

        Reads no record: for looking through very many.
        """
        kept = self._registry.kept(type)
        conditions = _conditions(kept, columns)
        wanted = [_column(kept, name) for name in names]
        query = sa.select(*wanted).where(*conditions).order_by(kept.table.c.key)
        with self._reading() as connection:
            return [tuple(row) for row in connection.execute(query)]

    def count(self, type: type[Any], /, **columns: Any) -> int:
        """How many records of this type have these columns."""
        kept = self._registry.kept(type)
        row = self._row(sa.select(sa.func.count()).select_from(kept.table).where(*_conditions(kept, columns)))
        return 0 if row is None else row[0]

    def idempotent_answer(self, key: str) -> tuple[bytes, bytes] | None:
        """The request hash and the answer stored under an idempotency key, or None."""
        table = self._registry.idempotency
        row = self._row(sa.select(table.c.request_hash, table.c.answer).where(table.c.key == key))
        return None if row is None else (row[0], row[1])

    def close(self) -> None:
        """Closes the pooled connections."""
        self._engine.dispose()

    def _row(self, query: sa.Select[*tuple[Any, ...]]) -> sa.Row[*tuple[Any, ...]] | None:
        with self._reading() as connection:
            return connection.execute(query).first()

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except OperationalError as error:
            if "UTF-8" in str(error.orig):
                message = f"a row of the state is not readable ({error.orig}); run steelyard verify"
                raise DamagedRecord(message, code="state_changed") from None
            raise Unavailable(f"the state does not answer: {error.orig}", code="state_busy") from None


def _conditions(kept: Kept[Any], columns: dict[str, Any]) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    for name, value in columns.items():
        column, text = _column(kept, name), column_text(value)
        conditions.append(column.is_(None) if text is None else column == text)
    return conditions


def _column(kept: Kept[Any], name: str) -> sa.ColumnElement[Any]:
    if name != "key" and name not in kept.record_table.columns:
        allowed = ", ".join(kept.record_table.columns) or "none"
        message = f"{kept.name} cannot be searched by {name!r} (allowed: {allowed})"
        raise InvalidInput(message, code="not_searchable")
    return kept.table.c[name]
