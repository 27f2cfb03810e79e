"""The conditions of a usage query as SQL with bound values; every name in it is one of our columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from steelyard.adapters.duckdb.columns import (
    BASE,
    Column,
    Role,
    condition_key,
    dimension_key,
    number_key,
    value_key,
)
from steelyard.adapters.duckdb.names import Names
from steelyard.kernel import InvalidInput, Period, micros
from steelyard.metering import (
    RESERVED_DIMENSIONS,
    DimensionType,
    Filter,
    FilterOp,
    Meter,
    number_of,
    type_of_condition,
)

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
    """SQL for a dimension of the meter, NULL where it is absent; raises InvalidInput for any other name."""
    if name not in meter.dimensions:
        allowed = ", ".join(meter.dimensions)
        message = f"the meter {meter.key!r} has no dimension {name[:100]!r}; it has {allowed}"
        raise InvalidInput(message, code="unknown_dimension")
    return _typed(_quoted(dimension_key(meter, name), names), meter.type_of(name))


def group_column(meter: Meter, name: str, names: dict[Column, str]) -> str:
    """SQL for a dimension by which one groups: absent and empty texts are the same group."""
    column = dimension_column(meter, name, names)
    never_absent = name in BASE and name not in RESERVED_DIMENSIONS
    return (
        column if never_absent or meter.type_of(name) is DimensionType.NUMBER else f"coalesce({column}, '')"
    )


def _quoted(column: Column, names: dict[Column, str]) -> str:
    """The quoted name of a column: a base one, or one that meters asked for."""
    is_base = column.role is Role.TEXT and not column.key.startswith("$")
    return f'"{column.key}"' if is_base else f'"{names[column]}"'


def _typed(column: str, kind: DimensionType) -> str:
    if kind is not DimensionType.BOOLEAN:
        return column
    return f"CASE WHEN {column} IN ('true', 'false') THEN {column} END"


def add_meter(where: Conditions, meter: Meter, names: dict[Column, str], types: Names) -> None:
    """The event counts for the meter by type, value and filters; of a formula, for one that it rests on."""
    add_any(where, meter.leaves, names, types)


def add_any(where: Conditions, meters: Sequence[Meter], names: dict[Column, str], types: Names) -> None:
    """The event counts for at least one of these meters, of which none is a formula."""
    if len(meters) == 1:
        _add_leaf(where, meters[0], names, types)
        return
    either = [Conditions() for _ in meters]
    for one, meter in zip(either, meters, strict=True):
        _add_leaf(one, meter, names, types)
    values = [value for one in either for value in one.values]
    where.add(f"({' OR '.join(f'({one.sql})' for one in either)})", *values)


def _add_leaf(where: Conditions, meter: Meter, names: dict[Column, str], types: Names) -> None:
    where.names("type", meter.event_types, types)
    if meter.value:
        column = value_column(meter, names)
        where.add(f"{column} IS NOT NULL")
        if meter.reads_number and not meter.allow_negative:
            where.add(f"{column} >= 0")
    for condition in meter.filters:
        add_filter(where, meter, condition, names, types)


def value_column(meter: Meter, names: dict[Column, str]) -> str:
    """The quoted column of the meter's value."""
    return _quoted(value_key(meter), names)


def amount_column(meter: Meter, names: dict[Column, str]) -> str:
    """The quoted column of the amount that the meter's events carry."""
    if meter.unit_price:
        return _quoted(Column(Role.PRODUCT, meter.value, meter.unit_price), names)
    return _quoted(number_key(meter.amount), names)


def add_filter(
    where: Conditions, meter: Meter, condition: Filter, names: dict[Column, str], types: Names
) -> None:
    """The event meets the filter."""
    wanted = condition_key(meter, condition)
    if wanted.role is Role.NUMBER:
        _number_filter(where, meter, condition, names.get(wanted, ""))
        return
    if condition.path == "type" and condition.path not in meter.group_by:
        _type_filter(where, condition, types)
        return
    kind = type_of_condition(meter, condition)
    column = _typed(f'"{names[wanted]}"', kind) if wanted in names else ""
    if not column:
        column = dimension_column(meter, condition.path, names)
    _compare(where, column, condition.op, condition.values)


def _number_filter(where: Conditions, meter: Meter, condition: Filter, name: str) -> None:
    bounds = [number_of(value) for value in condition.values]
    if not name or (condition.op.compares_numbers and bounds[0] is None):
        message = f"{condition.path[:100]!r} cannot be compared as a number in a query of {meter.key!r}"
        raise InvalidInput(message, code="unknown_dimension")
    if condition.op.compares_numbers:
        where.add(f'"{name}" {_COMPARE[condition.op]} ?', bounds[0])
        return
    _compare(where, f'"{name}"', condition.op, [bound for bound in bounds if bound is not None])


def _compare(where: Conditions, column: str, op: FilterOp, values: Sequence[Any]) -> None:
    marks = ", ".join("?" * len(values)) or "NULL"
    match op:
        case FilterOp.IN:
            where.add(f"{column} IN ({marks})", *values)
        case FilterOp.NOT_IN if values:
            where.add(f"({column} IS NULL OR {column} NOT IN ({marks}))", *values)
        case FilterOp.NOT_IN:
            pass
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
