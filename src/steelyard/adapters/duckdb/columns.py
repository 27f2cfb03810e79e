"""Which columns the table of events needs for a set of meters.

Texts and numbers that meters read become columns of their own when an event is folded, so that no query
parses JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from steelyard.metering import RESERVED_DIMENSIONS, FilterOp, Meter

NUMBER: Final = "DECIMAL(38,12)"

BASE: Final[dict[str, str]] = {
    "idx": "BIGINT",
    "customer": "INTEGER",
    "seq": "BIGINT",
    "recorded_at": "BIGINT",
    "time": "BIGINT",
    "type": "VARCHAR",
    "subject": "VARCHAR",
    "source": "VARCHAR",
    "mismatch": "VARCHAR",
    **dict.fromkeys(RESERVED_DIMENSIONS, "VARCHAR"),
    "cost": NUMBER,
    "currency": "VARCHAR",
}
"""The columns that every event has, before those that meters ask for; the type is stored as a code.

The payload stays in the record: keeping it here as well doubles the file and the time to commit.
"""


class Role(StrEnum):
    """What a column of a meter holds."""

    TEXT = "text"
    NUMBER = "number"
    PRODUCT = "product"


@dataclass(frozen=True, slots=True, order=True)
class Column:
    """One value that meters read: a text or number at a path or dimension, or the product of two numbers."""

    role: Role
    key: str
    other: str = ""

    @property
    def sql_type(self) -> str:
        """The type of the column in SQL."""
        return "VARCHAR" if self.role is Role.TEXT else NUMBER


def key_of_condition(meter: Meter, path: str) -> str:
    """The path or built-in dimension that a filter or grouping of this meter means."""
    return meter.group_by.get(path, path)


def columns_of(meters: Iterable[Meter]) -> tuple[Column, ...]:
    """The columns that these meters read beside the base ones, in a fixed order."""
    found: set[Column] = set()
    for meter in meters:
        if meter.value:
            role = Role.NUMBER if meter.aggregation.reads_number else Role.TEXT
            found.add(Column(role, meter.value))
        if meter.amount:
            found.add(Column(Role.NUMBER, meter.amount))
        if meter.unit_price:
            found.add(Column(Role.PRODUCT, meter.value, meter.unit_price))
        found.update(Column(Role.TEXT, path) for path in meter.group_by.values())
        for condition in meter.filters:
            found.add(condition_column(meter, condition.path, condition.op))
    return tuple(sorted(column for column in found if column.role is not Role.TEXT or column.key[0] == "$"))


def condition_column(meter: Meter, path: str, op: FilterOp) -> Column:
    """The column that a condition compares."""
    role = Role.NUMBER if op.compares_numbers else Role.TEXT
    return Column(role, key_of_condition(meter, path))


def paths_of(column: Column) -> tuple[str, ...]:
    """The paths into an event's data that the column is read from."""
    return tuple(key for key in (column.key, column.other) if key.startswith("$"))


def store_columns(names: dict[Column, str]) -> str:
    """The names of the meter columns as text, to be kept beside the table."""
    return json.dumps([[column.role.value, column.key, column.other, name] for column, name in names.items()])


def load_columns(text: str) -> dict[Column, str]:
    """The inverse of `store_columns`."""
    return {Column(Role(role), key, other): name for role, key, other, name in json.loads(text)}
