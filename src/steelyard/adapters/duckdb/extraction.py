"""Reading the payloads of a batch into the columns of the table of events.

Payloads of the usual kind are read by Arrow. Where one is not, all of the batch are decoded into one record
type that has exactly the fields that the columns need, and turned around into columns. A payload that does
not even have that shape (its data is no object, say) is read by the reference in `metering.reading`. All
three agree; they differ in what they cost: about one, two and twenty microseconds an event.
"""

from __future__ import annotations

import decimal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import NoneType
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa

from steelyard.adapters.duckdb.columns import BASE, NUMBER, Column, Role, paths_of
from steelyard.adapters.duckdb.event_type import EventShape
from steelyard.adapters.duckdb.exact_rows import exact_row
from steelyard.adapters.duckdb.usual_rows import CodesOf, UsualRows
from steelyard.metering import (
    RESERVED_DIMENSIONS,
    compiled,
    number_of,
    parse_expression,
    product_of,
    text_of,
)

_DECIMAL: Final = pa.decimal128(38, 12)
_TYPES: Final = {"BIGINT": pa.int64(), "INTEGER": pa.int32(), "VARCHAR": pa.string(), NUMBER: _DECIMAL}
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_STEP: Final = Decimal(1).scaleb(-12)
_LIMIT: Final = 10**26
_EXACT: Final = decimal.Context(prec=38, traps=[decimal.InvalidOperation, decimal.Inexact])
_TEXT_KINDS: Final = frozenset((str, NoneType))
_WHOLE_KINDS: Final = frozenset((int, NoneType))
_ABSENT_KINDS: Final = frozenset((str, NoneType))
_AT_ONCE: Final = 4_096
"""Events read together: few enough to stay in the processor's cache from decoding to column."""

_KEPT: Final = ("idx", "customer", "seq", "recorded_at")


class _Unfit(Exception):
    """Places of events in a batch that only the reference reads exactly."""

    def __init__(self, places: set[int]) -> None:
        super().__init__(f"{len(places)} events")
        self.places = places


class Extraction:
    """How the payloads of events become the columns that meters read; `names[column]` is each one's name."""

    def __init__(self, names: Mapping[Column, str]) -> None:
        self._names = dict(names)
        texts = [f"$.{name}" for name in RESERVED_DIMENSIONS]
        numbers: list[str] = []
        for column in self._names:
            (texts if column.role is Role.TEXT else numbers).extend(paths_of(column))
        self._shape = EventShape(texts=texts, numbers=numbers)
        self._usual = UsualRows(texts=texts, numbers=numbers)
        types = BASE | {"type": "INTEGER"} | {name: column.sql_type for column, name in names.items()}
        self._schema = pa.schema([(name, _TYPES[sql_type]) for name, sql_type in types.items()])

    def tables(self, usage: pa.Table, codes_of: CodesOf) -> list[pa.Table]:
        """The columns of these usage entries, sorted by customer; what is no usage event gives no row.

        A second table, if there is one, holds what the reference had to read.
        """
        order = np.argsort(usage["customer"].to_numpy(), kind="stable")
        kept = {name: usage[name].to_numpy()[order] for name in _KEPT}
        sorted_payloads = usage["payload"].combine_chunks().take(pa.array(order))
        usual = self._usual.read(sorted_payloads, codes_of)
        if usual is not None:
            return [pa.table(kept | self._named(usual))]
        payloads: list[bytes] = sorted_payloads.to_pylist()
        plain: list[pa.Table] = []
        odd: list[int] = []
        for start in range(0, len(payloads), _AT_ONCE):
            part = payloads[start : start + _AT_ONCE]
            rows, columns = self._part(part, codes_of)
            span = slice(start, start + len(part))
            if len(rows) == len(part):
                plain.append(pa.table({name: values[span] for name, values in kept.items()} | columns))
                continue
            plain.append(pa.table({name: values[span][rows] for name, values in kept.items()} | columns))
            odd += sorted({start + row for row in range(len(part))} - {start + row for row in rows})
        tables = _of_one_kind(plain)
        return [*tables, self._exact(odd, payloads, kept, codes_of)] if odd else tables

    def _named(self, usual: dict[str, Any]) -> dict[str, Any]:
        """What Arrow read, under the names of the columns."""
        columns = {name: usual[name] for name in self._schema.names if name in usual}
        for column, name in self._names.items():
            if column.role is Role.PRODUCT:
                columns[name] = _product_column(
                    usual[column.key].to_pylist(), usual[column.other].to_pylist()
                )
            elif column.role is Role.COMPUTED:
                numbers = {path: usual[path].to_pylist() for path in paths_of(column)}
                columns[name] = _computed_column(column.key, numbers)
            elif column.key.startswith("$"):
                columns[name] = usual[column.key]
            else:
                columns[name] = _number_column([number_of(text) for text in usual[column.key].to_pylist()])
        return columns

    def _part(self, payloads: list[bytes], codes_of: CodesOf) -> tuple[list[int], dict[str, Any]]:
        """The columns of those payloads that have the shape, and which these are."""
        events = self._decoded(payloads)
        while True:
            rows = [row for row, event in enumerate(events) if event is not None]
            try:
                return rows, self._columns([events[row] for row in rows], codes_of)
            except _Unfit as unfit:
                for place in unfit.places:
                    events[rows[place]] = None

    def _decoded(self, payloads: list[bytes]) -> list[Any]:
        """The event of each payload, None where it does not have the shape."""
        try:
            return self._shape.decode_all(b"[" + b",".join(payloads) + b"]")
        except _UNREADABLE:
            return [self._decoded_one(payload) for payload in payloads]

    def _decoded_one(self, payload: bytes) -> Any:
        try:
            return self._shape.decode(payload)
        except _UNREADABLE:
            return None

    def _exact(
        self, odd: list[int], payloads: list[bytes], kept: Mapping[str, Any], codes_of: CodesOf
    ) -> pa.Table:
        rows: list[dict[str, Any]] = []
        for row in odd:
            values = exact_row(payloads[row], self._names)
            if values is not None:
                values["type"] = codes_of([values["type"]])[0]
                rows.append({name: kept[name][row].item() for name in _KEPT} | values)
        return pa.Table.from_pylist(rows, schema=self._schema)

    def _columns(self, events: list[Any], codes_of: CodesOf) -> dict[str, Any]:
        inside = self._shape.columns(events)
        own = {
            "feature": [event.feature for event in events],
            "integration": [event.integration for event in events],
            "agent": [event.agent for event in events],
            "team": [event.team for event in events],
            "role": [event.role for event in events],
            "environment": [event.environment for event in events],
        }
        dimensions = {name: _dimension(texts, inside[f"$.{name}"]) for name, texts in own.items()}
        costs = [event.cost for event in events]
        columns: dict[str, Any] = {
            "time": np.array([event.time for event in events], dtype=np.int64),
            "type": np.array(codes_of([event.type for event in events]), dtype=np.int32),
            "subject": pa.array([event.subject for event in events], pa.string()),
            "source": pa.array([event.source for event in events], pa.string()),
            "mismatch": pa.array([event.mismatch for event in events], pa.string()),
            **{name: _text_column(texts) for name, texts in dimensions.items()},
            "cost": _number_column([number_of(cost or None) for cost in costs] if any(costs) else costs),
            "currency": pa.array([event.currency for event in events], pa.string()),
        }
        values = _Values(events, inside, dimensions, self._shape.kept_as_text)
        for column, name in self._names.items():
            if column.role is Role.TEXT:
                columns[name] = _text_column(_texts(inside[column.key]))
            elif column.role is Role.NUMBER:
                columns[name] = _number_column(values.numbers(column.key))
            elif column.role is Role.COMPUTED:
                numbers = {path: values.numbers(path) for path in paths_of(column)}
                columns[name] = _computed_column(column.key, numbers)
            else:
                columns[name] = _product_column(values.numbers(column.key), values.numbers(column.other))
        return columns


def _of_one_kind(tables: list[pa.Table]) -> list[pa.Table]:
    """Neighbours with the same types of columns put together, without a copy."""
    found: list[list[pa.Table]] = []
    for table in tables:
        if found and found[-1][0].schema.equals(table.schema):
            found[-1].append(table)
        else:
            found.append([table])
    return [pa.concat_tables(alike) for alike in found]


@dataclass(frozen=True, slots=True)
class _Values:
    """Where the numbers of a batch are found: in the data, in a dimension, in the event itself."""

    events: list[Any]
    inside: Mapping[str, Sequence[Any]]
    dimensions: Mapping[str, Sequence[str | None]]
    kept_as_text: set[str]

    def numbers(self, key: str) -> Sequence[int | Decimal | None]:
        if key not in self.inside:
            texts = self.dimensions[key] if key in self.dimensions else [getattr(e, key) for e in self.events]
            return [number_of(text) for text in texts]
        values = self.inside[key]
        return [number_of(text) for text in values] if key in self.kept_as_text else values


def _dimension(own: list[str], inside: Sequence[Any]) -> Sequence[str | None]:
    """The event's own text, or else that in its data."""
    if not any(own):
        return _texts(inside)
    if "" not in own:
        return own
    return [text or other for text, other in zip(own, _texts(inside), strict=True)]


def _texts(values: Sequence[Any]) -> Sequence[str | None]:
    if values.count(None) == len(values):
        return values
    kinds = set(map(type, values))
    if kinds <= _TEXT_KINDS:
        return values
    if float in kinds:
        # A binary fraction has lost the digits that were sent.
        raise _Unfit({place for place, value in enumerate(values) if type(value) is float})
    return [_plain_text(value) for value in values]


def _plain_text(value: Any) -> str | None:
    return text_of(Decimal(value)) if type(value) is int else text_of(value)


def _text_column(texts: Sequence[str | None]) -> Any:
    if texts.count(None) == len(texts):
        return pa.nulls(len(texts), pa.string())
    return pa.array(texts, pa.string())


def _number_column(numbers: Sequence[Any]) -> Any:
    """Whole numbers as such, which the engine widens, others as exact decimals; blank texts are absent."""
    kinds = set(map(type, numbers))
    if kinds <= _ABSENT_KINDS:
        return pa.nulls(len(numbers), pa.int64())
    if kinds <= _WHOLE_KINDS:
        try:
            return pa.array(numbers, pa.int64())
        except OverflowError:
            pass
    return pa.array(list(map(_metered, numbers)), _DECIMAL)


def _metered(number: int | Decimal | None) -> Decimal | None:
    """The number as it is metered: at most 26 digits before and 12 after the point, else none."""
    if number is None:
        return None
    try:
        exact = _EXACT.quantize(Decimal(number), _STEP)
    except (decimal.InvalidOperation, decimal.Inexact):
        return number_of(str(number))
    return exact if exact.is_finite() and abs(exact) < _LIMIT else None


def _computed_column(text: str, numbers: Mapping[str, Sequence[Any]]) -> Any:
    """The values of an expression over the numbers at its paths, exact, or none."""
    compute = compiled(parse_expression(text), list(numbers))
    rows = zip(*(map(_whole_or_metered, column) for column in numbers.values()), strict=True)
    return pa.array(list(map(compute, rows)), _DECIMAL)


def _whole_or_metered(number: Any) -> int | Decimal | None:
    return number if type(number) is int and -_LIMIT < number < _LIMIT else _metered(number)


def _product_column(ones: Sequence[Any], others: Sequence[Any]) -> Any:
    products: list[Decimal | None] = []
    for one, other in zip(map(_metered, ones), map(_metered, others), strict=True):
        products.append(None if one is None or other is None else product_of(one, other))
    return pa.array(products, _DECIMAL)
