"""Which columns the table of events needs for a set of meters.

Texts and numbers that meters read become columns of their own when an event is folded, so that no query
parses JSON.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from steelyard.metering import (
    RESERVED_DIMENSIONS,
    DimensionType,
    Filter,
    Meter,
    is_path,
    names_of,
    parse_expression,
    type_of_condition,
)

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
    COMPUTED = "computed"


@dataclass(frozen=True, slots=True, order=True)
class Column:
    """One value that meters read: a text or number at a path or dimension, or a number made of several.

    `key` is the path, dimension or expression; the product is of the numbers at `key` and at `other`.
    """

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
    for meter in itertools.chain.from_iterable(meter.leaves for meter in meters):
        if meter.value:
            found.add(value_key(meter))
        if meter.amount:
            found.add(number_key(meter.amount))
        if meter.unit_price:
            found.add(Column(Role.PRODUCT, meter.value, meter.unit_price))
        found.update(dimension_key(meter, name) for name in meter.group_by)
        found.update(condition_key(meter, condition) for condition in meter.filters)
    return tuple(sorted(column for column in found if column.role is not Role.TEXT or column.key[0] == "$"))


def number_key(value: str) -> Column:
    """The column of a number at a path, or of an expression."""
    return Column(Role.NUMBER if is_path(value) else Role.COMPUTED, value)


def value_key(meter: Meter) -> Column:
    """The column of the meter's value."""
    return number_key(meter.value) if meter.reads_number else Column(Role.TEXT, meter.value)


def dimension_key(meter: Meter, name: str) -> Column:
    """The column of a dimension: a number's, or the text of any other; base columns have no path."""
    role = Role.NUMBER if meter.type_of(name) is DimensionType.NUMBER else Role.TEXT
    return Column(role, key_of_condition(meter, name))


def condition_key(meter: Meter, condition: Filter) -> Column:
    """The column that a condition compares."""
    numeric = condition.op.compares_numbers or type_of_condition(meter, condition) is DimensionType.NUMBER
    return Column(Role.NUMBER if numeric else Role.TEXT, key_of_condition(meter, condition.path))


def paths_of(column: Column) -> tuple[str, ...]:
    """The paths into an event's data that the column is read from."""
    if column.role is Role.COMPUTED:
        return names_of(parse_expression(column.key))
    return tuple(key for key in (column.key, column.other) if key.startswith("$"))


def store_columns(names: dict[Column, str]) -> str:
    """The names of the meter columns as text, to be kept beside the table."""
    return json.dumps([[column.role.value, column.key, column.other, name] for column, name in names.items()])


def load_columns(text: str) -> dict[Column, str]:
    """The inverse of `store_columns`."""
    return {Column(Role(role), key, other): name for role, key, other, name in json.loads(text)}
