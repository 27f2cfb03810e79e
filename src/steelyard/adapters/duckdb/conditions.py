"""The conditions of a usage query as SQL with bound values; every name in it is one of our columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from steelyard.adapters.duckdb.columns import Column, Role, condition_column, key_of_condition
from steelyard.adapters.duckdb.names import Names
from steelyard.kernel import InvalidInput, Period, micros
from steelyard.metering import Filter, FilterOp, Meter, number_of

_COMPARE = {FilterOp.LT: "<", FilterOp.LTE: "<=", FilterOp.GT: ">", FilterOp.GTE: ">="}


@dataclass(slots=True)
class Conditions:
    """A growing WHERE clause and the values bound to it."""

    parts: list[str] = field(default_factory=list[str])
    values: list[Any] = field(default_factory=list[Any])

    def add(self, sql: str, *values: Any) -> None:
        """One more condition that must hold."""
        self.parts.append(sql)
        self.values.extend(values)

    @property
    def sql(self) -> str:
        """The whole clause."""
        return " AND ".join(self.parts) or "true"

    def codes(self, column: str, codes: Sequence[int]) -> None:
        """The column has one of these codes; with none, nothing matches."""
        if len(codes) == 1:
            self.add(f"{column} = ?", codes[0])
        elif len(codes) <= 32:
            self.add(f"{column} IN ({', '.join('?' * len(codes))})" if codes else "false", *codes)
        else:
            self.add(f"{column} IN (SELECT unnest(?::INTEGER[]))", list(codes))

    def period(self, period: Period | None) -> None:
        """The event happened in the period."""
        if period is not None:
            self.add("time >= ? AND time < ?", micros(period.start), micros(period.end))

    def known(self, as_of: datetime | None) -> None:
        """The event counts: now, or as was known at that moment."""
        if as_of is None:
            self.add("superseded_at IS NULL")
        else:
            moment = micros(as_of)
            self.add("recorded_at <= ? AND (superseded_at IS NULL OR superseded_at > ?)", moment, moment)

    def names(self, column: str, names: Sequence[str] | None, known: Names) -> None:
        """The column's name is one of these; None is all."""
        if names is not None:
            found = (known.find(name) for name in names)
            self.codes(column, sorted({code for code in found if code is not None}))


def dimension_column(meter: Meter, name: str, names: dict[Column, str]) -> str:
    """The quoted column of a dimension of the meter; raises InvalidInput for any other name."""
    if name not in meter.dimensions:
        allowed = ", ".join(meter.dimensions)
        message = f"the meter {meter.key!r} has no dimension {name[:100]!r}; it has {allowed}"
        raise InvalidInput(message, code="unknown_dimension")
    key = key_of_condition(meter, name)
    return f'"{names[Column(Role.TEXT, key)]}"' if key.startswith("$") else f'"{key}"'


def add_meter(where: Conditions, meter: Meter, names: dict[Column, str], types: Names) -> None:
    """The event counts for the meter: its type, its value and its filters."""
    where.names("type", meter.event_types, types)
    if meter.value:
        column = value_column(meter, names)
        where.add(f"{column} IS NOT NULL")
        if meter.aggregation.reads_number and not meter.allow_negative:
            where.add(f"{column} >= 0")
    for condition in meter.filters:
        add_filter(where, meter, condition, names, types)


def value_column(meter: Meter, names: dict[Column, str]) -> str:
    """The quoted column of the meter's value."""
    role = Role.NUMBER if meter.aggregation.reads_number else Role.TEXT
    return f'"{names[Column(role, meter.value)]}"'


def amount_column(meter: Meter, names: dict[Column, str]) -> str:
    """The quoted column of the amount that the meter's events carry."""
    if meter.unit_price:
        return f'"{names[Column(Role.PRODUCT, meter.value, meter.unit_price)]}"'
    return f'"{names[Column(Role.NUMBER, meter.amount)]}"'


def add_filter(
    where: Conditions, meter: Meter, condition: Filter, names: dict[Column, str], types: Names
) -> None:
    """The event meets the filter."""
    wanted = condition_column(meter, condition.path, condition.op)
    column = f'"{names[wanted]}"' if wanted in names else ""
    if condition.op.compares_numbers:
        bound = number_of(condition.values[0])
        if not column or bound is None:
            message = f"{condition.path[:100]!r} cannot be compared as a number in a query of {meter.key!r}"
            raise InvalidInput(message, code="unknown_dimension")
        where.add(f"{column} {_COMPARE[condition.op]} ?", bound)
        return
    if condition.path == "type" and condition.path not in meter.group_by:
        _type_filter(where, condition, types)
        return
    if not column:
        column = dimension_column(meter, condition.path, names)
    marks = ", ".join("?" * len(condition.values))
    match condition.op:
        case FilterOp.IN:
            where.add(f"{column} IN ({marks})", *condition.values)
        case FilterOp.NOT_IN:
            where.add(f"({column} IS NULL OR {column} NOT IN ({marks}))", *condition.values)
        case FilterOp.EXISTS:
            where.add(f"{column} IS NOT NULL")
        case _:
            where.add(f"{column} IS NULL")


def _type_filter(where: Conditions, condition: Filter, types: Names) -> None:
    codes = [code for name in condition.values if (code := types.find(name)) is not None]
    match condition.op:
        case FilterOp.IN:
            where.codes("type", codes)
        case FilterOp.NOT_IN:
            if codes:
                where.add(f"type NOT IN ({', '.join('?' * len(codes))})", *codes)
        case FilterOp.ABSENT:
            where.add("false")
        case _:
            pass
