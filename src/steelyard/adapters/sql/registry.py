"""Which record types are kept as state, under which key, and by what they can be searched.

Adding a type is one `RecordTable` in the table file of its room; the table itself is derived.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Generic, TypeVar

import msgspec
import sqlalchemy as sa

from steelyard.kernel import DamagedRecord, InvalidInput, iso, plain
from steelyard.record.telling import what_of

T = TypeVar("T")
Column = Callable[[Any], Any]

_OWN_COLUMNS = ("key", "body", "version")
LARGE = 32 * 1024
"""Bodies of so many bytes are worth remembering, such as those of catalogs."""
REMEMBERED = 4
"""So many of each type are."""


def column_text(value: Any) -> str | None:
    """How a searchable column spells a value: the spelling of canonical JSON, without quotes.

    >>> column_text(Decimal("2.50")), column_text(True), column_text(None)
    ('2.5', 'true', None)
    """
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return iso(value)
    raise InvalidInput(f"a {type(value).__name__} cannot be searched for", code="not_searchable")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordTable(Generic[T]):
    """One kept type: its key, and its searchable columns by name (all are kept as text).

    `erasable`: its rows repeat what entries say that can be erased, and go with them. `answered`: answers
    that are kept for repeated requests name its key, and what they say of an erased row is forgotten, too.

    >>> from operator import attrgetter
    >>> class Note(msgspec.Struct):
    ...     id: str
    ...     author: str
    >>> table = RecordTable(type=Note, key=attrgetter("id"), columns={"author": attrgetter("author")})
    >>> table.name, table.values(Note(id="n1", author="ada"))
    ('note', {'key': 'n1', 'author': 'ada'})
    """

    type: type[T]
    key: Callable[[T], str]
    columns: Mapping[str, Callable[[T], Any]] = field(default_factory=dict[str, Column])
    erasable: bool = False
    answered: bool = False

    def __post_init__(self) -> None:
        taken = [name for name in self.columns if name in _OWN_COLUMNS]
        if taken:
            raise InvalidInput(f"{self.name} cannot have its own columns {taken}", code="invalid_table")

    @property
    def name(self) -> str:
        """The table's name, which is also what entries call the type."""
        return what_of(self.type)

    def values(self, record: T) -> dict[str, str | None]:
        """The record's key and searchable columns as they stand in its row."""
        found = {name: column_text(read(record)) for name, read in self.columns.items()}
        return {"key": self.key(record), **found}

    def to_sql(self, metadata: sa.MetaData) -> sa.Table:
        """The SQL table: the key, each searchable column with an index, the body and the version."""
        searchable = [sa.Column(name, sa.Text, index=True) for name in self.columns]
        return sa.Table(
            self.name,
            metadata,
            sa.Column("key", sa.Text, primary_key=True),
            *searchable,
            sa.Column("body", sa.Text, nullable=False),
            sa.Column("version", sa.BigInteger, nullable=False),
        )


class Kept(Generic[T]):
    """A registered type, ready for work: its SQL table and the decoder of its bodies."""

    __slots__ = ("_decoder", "_large", "name", "record_table", "table")

    def __init__(self, record_table: RecordTable[T], metadata: sa.MetaData) -> None:
        self.record_table = record_table
        self.name = record_table.name
        self.table = record_table.to_sql(metadata)
        self._decoder = msgspec.json.Decoder(record_table.type)
        self._large: tuple[tuple[str | bytes, T], ...] = ()

    def decode(self, body: str | bytes) -> T:
        """The record of a body; raises DamagedRecord when it is none."""
        try:
            return self._decoder.decode(body)
        except (msgspec.DecodeError, InvalidInput, ValueError) as error:
            raise DamagedRecord(f"a row of {self.name} does not hold one: {error}") from None

    def decode_again(self, body: str | bytes) -> T:
        """The same, for a body that is likely to be asked for again: the last few large ones are remembered.

        A catalog of a thousand plans takes 30 ms to decode, and one request may need it many times. Records
        are frozen and a body is compared whole, so what is remembered cannot be out of date; nothing is that
        can be erased.
        """
        if len(body) < LARGE or self.record_table.erasable:
            return self.decode(body)
        remembered = self._large
        for known, record in remembered:
            if known == body:
                return record
        record = self.decode(body)
        self._large = ((body, record), *remembered[: REMEMBERED - 1])
        return record


class Registry:
    """All types that are kept as state; another type cannot be read or written."""

    def __init__(self, tables: Iterable[RecordTable[Any]]) -> None:
        self.metadata = sa.MetaData()
        kept = [Kept[Any](table, self.metadata) for table in tables]
        self._by_type: dict[type, Kept[Any]] = {one.record_table.type: one for one in kept}
        self.by_name: dict[str, Kept[Any]] = {one.name: one for one in kept}
        self.idempotency = sa.Table(
            "idempotency",
            self.metadata,
            sa.Column("key", sa.Text, primary_key=True),
            sa.Column("request_hash", sa.LargeBinary, nullable=False),
            sa.Column("answer", sa.LargeBinary, nullable=False),
        )
        self.schema = sa.Table(
            "state_schema",
            self.metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("version", sa.Integer, nullable=False),
        )

    def kept(self, type: type[T]) -> Kept[T]:
        """The registered type; InvalidInput for one that is not kept."""
        try:
            return self._by_type[type]
        except KeyError:
            message = f"{type.__name__} is not kept as state; register it in adapters/sql/tables"
            raise InvalidInput(message, code="not_kept") from None
