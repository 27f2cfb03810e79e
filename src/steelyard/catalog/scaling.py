"""A price model with every amount of money in it multiplied; bounds, sizes and allowances stay."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, TypeVar, cast

import msgspec

from steelyard.rating import DynamicPrice, MatrixPrice

T = TypeVar("T")

MONEY_FIELDS: Final = frozenset(
    {
        "amount",
        "unit_amount",
        "flat_amount",
        "percent",
        "event_amount",
        "event_minimum",
        "event_maximum",
        "commit_amount",
    }
)
"""Fields of price models that are money, or a share of it, wherever they stand."""

MONEY_FIELDS_OF: Final[Mapping[type[Any], frozenset[str]]] = {
    DynamicPrice: frozenset({"multiplier"}),
    MatrixPrice: frozenset({"rest"}),
}
"""Further ones of single models."""


def scaled(model: T, factor: Decimal) -> T:
    """The same model with each amount times the factor: every charge by it is the charge times the factor.

    >>> from steelyard.rating import PerUnitPrice
    >>> scaled(PerUnitPrice(unit_amount=Decimal("2.50"), per=Decimal(1000)), Decimal("0.9"))
    PerUnitPrice(unit_amount=Decimal('2.250'), per=Decimal('1000'))
    """
    money = MONEY_FIELDS | MONEY_FIELDS_OF.get(type(model), frozenset())
    changed: dict[str, Any] = {}
    for name in _names(model):
        value: Any = getattr(model, name)
        if _is_record(value):
            changed[name] = scaled(value, factor)
        elif isinstance(value, tuple):
            parts = cast("tuple[Any, ...]", value)
            changed[name] = tuple(scaled(part, factor) if _is_record(part) else part for part in parts)
        elif name in money and isinstance(value, Decimal):
            changed[name] = value * factor
    if isinstance(model, msgspec.Struct):
        return msgspec.structs.replace(model, **changed)
    return cast("T", dataclasses.replace(cast("Any", model), **changed))


def _is_record(value: object) -> bool:
    return isinstance(value, msgspec.Struct) or dataclasses.is_dataclass(value)


def _names(model: object) -> tuple[str, ...]:
    if isinstance(model, msgspec.Struct):
        return model.__struct_fields__
    return tuple(field.name for field in dataclasses.fields(cast("Any", model)))
