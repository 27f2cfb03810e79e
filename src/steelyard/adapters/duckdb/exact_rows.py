"""Rows that SQL cannot read exactly, read by the reference instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import pyarrow as pa

from steelyard.adapters.duckdb.columns import BASE, NUMBER, Column, Role
from steelyard.kernel import DamagedRecord
from steelyard.metering import RESERVED_DIMENSIONS, Fields, number_of, product_of, read

_ARROW = {
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "VARCHAR": pa.string(),
    NUMBER: pa.decimal128(38, 12),
}


def exact_table(rows: Iterable[Mapping[str, Any]], names: Mapping[Column, str]) -> pa.Table:
    """The same columns that the SQL extraction gives; a payload that is no usage event gives no row."""
    types = BASE | {name: column.sql_type for column, name in names.items()}
    schema = pa.schema([(name, _ARROW[sql_type]) for name, sql_type in types.items()])
    found = [row for row in (_row(staged, names) for staged in rows) if row is not None]
    return pa.Table.from_pylist(found, schema=schema)


def _row(staged: Mapping[str, Any], names: Mapping[Column, str]) -> dict[str, Any] | None:
    try:
        event = read(staged["payload"].encode())
    except DamagedRecord:
        return None
    fields = Fields.of(event)
    row = {name: staged[name] for name in ("idx", "customer", "seq", "recorded_at")}
    row |= {"time": event.time, "type": event.type, "subject": event.subject, "source": event.source}
    row |= {name: fields.dimension(name, {}) for name in RESERVED_DIMENSIONS}
    row |= {"cost": number_of(event.cost), "currency": event.currency, "mismatch": event.mismatch}
    return row | {name: _value(fields, column) for column, name in names.items()}


def _value(fields: Fields, column: Column) -> str | Decimal | None:
    text = fields.at(column.key) if column.key.startswith("$") else fields.dimension(column.key, {})
    if column.role is Role.TEXT:
        return text
    number = number_of(text)
    if column.role is Role.NUMBER or number is None:
        return number
    other = number_of(fields.at(column.other))
    return None if other is None else product_of(number, other)
