"""Reading the payloads of a batch into the columns of the table of events.

All payloads are decoded at once into one record type that has exactly the fields that the columns need, and
are then turned around into columns. A payload that does not have that shape (its data is no object, say) is
read by the reference in `metering.reading` instead, so both always agree.
"""

from __future__ import annotations

import decimal
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import NoneType
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa

from steelyard.adapters.duckdb.columns import BASE, NUMBER, Column, Role, paths_of
from steelyard.adapters.duckdb.event_type import EventShape
from steelyard.adapters.duckdb.exact_rows import exact_row
from steelyard.metering import RESERVED_DIMENSIONS, number_of, product_of, text_of

CodesOf = Callable[[list[str]], list[int]]
"""Gives each name its code."""

_DECIMAL: Final = pa.decimal128(38, 12)
_TYPES: Final = {"BIGINT": pa.int64(), "INTEGER": pa.int32(), "VARCHAR": pa.string(), NUMBER: _DECIMAL}
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_STEP: Final = Decimal(1).scaleb(-12)
_LIMIT: Final = 10**26
_WHOLE_MAX: Final = 1 << 62
_EXACT: Final = decimal.Context(prec=38, traps=[decimal.InvalidOperation, decimal.Inexact])
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
        types = BASE | {"type": "INTEGER"} | {name: column.sql_type for column, name in names.items()}
        self._schema = pa.schema([(name, _TYPES[sql_type]) for name, sql_type in types.items()])

    def tables(self, usage: pa.Table, codes_of: CodesOf) -> list[pa.Table]:
        """The columns of these usage entries, sorted by customer; what is no usage event gives no row.

        A second table, if there is one, holds what the reference had to read.
        """
        order = np.argsort(usage["customer"].to_numpy(), kind="stable")
        kept = {name: usage[name].to_numpy()[order] for name in _KEPT}
        unsorted: list[bytes] = usage["payload"].to_pylist()
        payloads = [unsorted[at] for at in order.tolist()]
        events = self._decoded(payloads)
        while True:
            rows = [row for row, event in enumerate(events) if event is not None]
            try:
                columns = self._columns([events[row] for row in rows], codes_of)
                break
            except _Unfit as unfit:
                for place in unfit.places:
                    events[rows[place]] = None
        if len(rows) == len(payloads):
            return [pa.table(kept | columns)]
        odd = [row for row, event in enumerate(events) if event is None]
        fast = pa.table({name: values[rows] for name, values in kept.items()} | columns)
        return [fast, self._exact(odd, payloads, kept, codes_of)]

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
        texts = {name: self._dimension(events, name) for name in RESERVED_DIMENSIONS}
        costs = [event.cost for event in events]
        columns: dict[str, Any] = {
            "time": np.array([event.time for event in events], dtype=np.int64),
            "type": np.array(codes_of([event.type for event in events]), dtype=np.int32),
            "subject": pa.array([event.subject for event in events], pa.string()),
            "source": pa.array([event.source for event in events], pa.string()),
            "mismatch": pa.array([event.mismatch for event in events], pa.string()),
            **{name: _text_column(values) for name, values in texts.items()},
            "cost": _number_column(
                [number_of(cost) if cost else None for cost in costs] if any(costs) else costs
            ),
            "currency": pa.array([event.currency for event in events], pa.string()),
        }
        for column, name in self._names.items():
            if column.role is Role.TEXT:
                columns[name] = _text_column(self._texts(events, column.key))
            elif column.role is Role.NUMBER:
                columns[name] = _number_column(self._numbers(events, column.key, texts))
            else:
                one = self._numbers(events, column.key, texts)
                columns[name] = _product_column(one, self._numbers(events, column.other, texts))
        return columns

    def _dimension(self, events: list[Any], name: str) -> list[str | None]:
        """The event's own text, or else that in its data."""
        own: list[str] = [getattr(event, name) for event in events]
        if "" not in own:
            return list(own)
        inner = self._texts(events, f"$.{name}")
        return [text or other for text, other in zip(own, inner, strict=True)]

    def _texts(self, events: list[Any], path: str) -> list[str | None]:
        values = list(map(self._shape.get(path), events))
        kinds = set(map(type, values))
        if kinds <= {str, NoneType}:
            return values
        if float in kinds:
            # A binary fraction has lost the digits that were sent.
            raise _Unfit({place for place, value in enumerate(values) if type(value) is float})
        return [_plain_text(value) for value in values]

    def _numbers(
        self, events: list[Any], key: str, dimensions: Mapping[str, list[str | None]]
    ) -> Sequence[int | Decimal | None]:
        if not key.startswith("$"):
            found = dimensions.get(key) or [getattr(event, key) for event in events]
            return [number_of(text) for text in found]
        values = list(map(self._shape.get(key), events))
        return [number_of(text) for text in values] if self._shape.is_text_only(key) else values


def _plain_text(value: Any) -> str | None:
    return text_of(Decimal(value)) if type(value) is int else text_of(value)


def _text_column(texts: list[str | None]) -> Any:
    if texts.count(None) == len(texts):
        return pa.nulls(len(texts), pa.string())
    return pa.array(texts, pa.string())


def _number_column(numbers: Sequence[Any]) -> Any:
    """Whole numbers as such, which the engine widens, and others as exact decimals."""
    kinds = set(map(type, numbers)) - {NoneType}
    if not kinds or kinds == {str}:
        return pa.nulls(len(numbers), pa.int64())
    if kinds == {int}:
        known = numbers if None not in numbers else [number for number in numbers if number is not None]
        if -_WHOLE_MAX < min(known) and max(known) < _WHOLE_MAX:
            return pa.array(numbers, pa.int64())
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


def _product_column(ones: Sequence[Any], others: Sequence[Any]) -> Any:
    products: list[Decimal | None] = []
    for one, other in zip(map(_metered, ones), map(_metered, others), strict=True):
        products.append(None if one is None or other is None else product_of(one, other))
    return pa.array(products, _DECIMAL)
