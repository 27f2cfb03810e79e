"""A price model with every amount of money in it multiplied; bounds, sizes and allowances stay."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, TypeVar, cast

import msgspec

from steelyard.rating import DynamicPrice

T = TypeVar("T", bound=msgspec.Struct)

MONEY_FIELDS: Final = frozenset({"amount", "unit_amount", "flat_amount", "percent"})
"""Fields of price models that are money, or a share of it, wherever they stand."""

MONEY_FIELDS_OF: Final[Mapping[type[msgspec.Struct], frozenset[str]]] = {
    DynamicPrice: frozenset({"multiplier"}),
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
    for name in model.__struct_fields__:
        value: Any = getattr(model, name)
        if isinstance(value, msgspec.Struct):
            changed[name] = scaled(value, factor)
        elif isinstance(value, tuple):
            parts = cast("tuple[Any, ...]", value)
            changed[name] = tuple(
                scaled(part, factor) if isinstance(part, msgspec.Struct) else part for part in parts
            )
        elif name in money and isinstance(value, Decimal):
            changed[name] = value * factor
    return msgspec.structs.replace(model, **changed)
