"""A payload read by the reference, for those that the fast way of extraction does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from steelyard.adapters.duckdb.columns import Column, Role
from steelyard.kernel import DamagedRecord
from steelyard.metering import RESERVED_DIMENSIONS, Fields, number_of, product_of, read


def exact_row(payload: bytes, names: Mapping[Column, str]) -> dict[str, Any] | None:
    """The values that come from a payload, by name of column; None where it is no usage event."""
    try:
        event = read(payload)
    except DamagedRecord:
        return None
    fields = Fields.of(event)
    row: dict[str, Any] = {"time": event.time, "type": event.type}
    row |= {"subject": event.subject, "source": event.source}
    row |= {name: fields.dimension(name, {}) for name in RESERVED_DIMENSIONS}
    row |= {"cost": number_of(event.cost), "currency": event.currency, "mismatch": event.mismatch}
    return row | {name: _value(fields, column) for column, name in names.items()}


def _value(fields: Fields, column: Column) -> str | Decimal | None:
    if column.role is Role.COMPUTED:
        return fields.number(column.key)
    text = fields.at(column.key) if column.key.startswith("$") else fields.dimension(column.key, {})
    if column.role is Role.TEXT:
        return text
    number = number_of(text)
    if column.role is Role.NUMBER or number is None:
        return number
    other = number_of(fields.at(column.other))
    return None if other is None else product_of(number, other)
