"""Which columns the table of events needs for a set of meters, and how SQL reads them from a payload.

Texts and numbers that meters read become columns of their own when an event is folded, so that no query
parses JSON. SQL reads the usual spelling of a value exactly; a row with any other spelling is marked odd and
read by the reference in `metering.reading` instead, so both always agree.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from steelyard.metering import RESERVED_DIMENSIONS, FilterOp, Meter, engine_path, parse_path

NUMBER: Final = "DECIMAL(38,12)"
_PLAIN_NUMBER: Final = r"-?[0-9]{1,26}(\.[0-9]{1,12})?"
_SMALL_NUMBER: Final = r"-?[0-9]{1,12}(\.[0-9]{1,6})?"
_SEPARATOR: Final = "\x1f"
_ODD_TEXT: Final = rf"(^|{_SEPARATOR})([{{\[]|-?[0-9.]+(\.0|[eE][-+]?[0-9]+)($|{_SEPARATOR}))"

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

_OWN_TEXTS: Final = ("type", "subject", "source", "mismatch")


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


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class Extraction:
    """The SQL that reads base and meter columns from `payload`; `names[column]` is each one's name.

    Paths stand in the SQL as quoted literals; `parse_path` has refused every character that could end one.
    """

    columns: tuple[Column, ...]
    names: dict[Column, str]

    def select(self, source: str) -> str:
        """A query that gives every column of the rows of `source`, and whether the row is `odd`."""
        texts: list[tuple[str, ...]] = []

        def text(*names: str) -> str:
            if names not in texts:
                texts.append(names)
            return f"t[{texts.index(names) + 1}]"

        def of_key(key: str) -> str:
            if key.startswith("$"):
                return text("data", *parse_path(key))
            if key in RESERVED_DIMENSIONS:
                return f"coalesce({text(key)}, {text('data', key)})"
            return f"coalesce({text(key)}, '')"

        texts_seen = [of_key(name) for name in RESERVED_DIMENSIONS]
        numbers, factors = [text("cost")], list[str]()
        fields = {name: name for name in ("idx", "customer", "seq", "recorded_at")}
        fields["time"] = f"TRY_CAST({text('time')} AS BIGINT)"
        fields |= {name: of_key(name) for name in (*_OWN_TEXTS, *RESERVED_DIMENSIONS)}
        fields["cost"] = f"TRY_CAST({text('cost')} AS {NUMBER})"
        fields["currency"] = f"coalesce({text('currency')}, '')"
        for column in self.columns:
            value = of_key(column.key)
            if column.role is Role.TEXT:
                texts_seen.append(value)
                fields[self.names[column]] = value
            elif column.role is Role.NUMBER:
                numbers.append(value)
                fields[self.names[column]] = f"TRY_CAST({value} AS {NUMBER})"
            else:
                pair = (value, of_key(column.other))
                factors += pair
                one, two = (f"TRY_CAST({factor} AS DECIMAL(18,6))" for factor in pair)
                fields[self.names[column]] = f"CAST({one} * {two} AS {NUMBER})"
        odd = [f"{text('source')} IS NULL OR {text('type')} IS NULL", f"{fields['time']} IS NULL"]
        odd.append(f"regexp_matches({_joined(texts_seen)}, {_quote(_ODD_TEXT)})")
        odd.append(_not_all(numbers, _PLAIN_NUMBER))
        if factors:
            odd.append(_not_all(factors, _SMALL_NUMBER))
        listed = ", ".join(f'{sql} AS "{name}"' for name, sql in fields.items())
        paths = ", ".join(_quote(engine_path(names)) for names in texts)
        is_odd = " OR ".join(odd)
        return (
            f"SELECT {listed}, coalesce({is_odd}, false) AS odd "  # noqa: S608 - every path is a quoted literal
            f"FROM (SELECT *, json_extract_string(payload, [{paths}]) AS t FROM {source})"
        )


def _joined(values: list[str]) -> str:
    # Absent values are left out; one expression over all of them is several times faster than one for each.
    return f"concat_ws(chr({ord(_SEPARATOR)}), {', '.join(dict.fromkeys(values))})"


def _not_all(values: list[str], pattern: str) -> str:
    whole = f"({pattern}({_SEPARATOR}{pattern})*)?"
    return f"NOT regexp_full_match({_joined(values)}, {_quote(whole)})"


def store_columns(names: dict[Column, str]) -> str:
    """The names of the meter columns as text, to be kept beside the table."""
    return json.dumps([[column.role.value, column.key, column.other, name] for column, name in names.items()])


def load_columns(text: str) -> dict[Column, str]:
    """The inverse of `store_columns`."""
    return {Column(Role(role), key, other): name for role, key, other, name in json.loads(text)}
