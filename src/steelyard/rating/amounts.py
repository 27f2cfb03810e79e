"""The amount alone, without words: what a bill of a million charges needs and an explanation repeats."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from steelyard.rating.model import Usage
from steelyard.rating.models import (
    block,
    dynamic,
    flat,
    graduated,
    matrix,
    multi_unit,
    package,
    per_unit,
    percentage,
    stairstep,
    volume,
    windowed,
)
from steelyard.rating.prices import (
    BlockPrice,
    MatrixPrice,
    MultiUnitPrice,
    PercentagePrice,
    PriceModel,
    StairstepPrice,
    WindowedPrice,
)
from steelyard.rating.simple_prices import (
    DynamicPrice,
    FlatPrice,
    GraduatedPrice,
    PackagePrice,
    PerUnitPrice,
    VolumePrice,
)


def _by_type() -> Mapping[type[Any], Callable[[Any, Usage], Decimal]]:
    return {
        FlatPrice: flat.amount,
        PerUnitPrice: per_unit.amount,
        GraduatedPrice: graduated.amount,
        VolumePrice: volume.amount,
        PackagePrice: package.amount,
        DynamicPrice: dynamic.amount,
        StairstepPrice: stairstep.amount,
        PercentagePrice: percentage.amount,
        BlockPrice: block.amount,
        MatrixPrice: matrix.amount,
        MultiUnitPrice: multi_unit.amount,
        WindowedPrice: windowed.amount,
    }


_AMOUNTS: Final = _by_type()


def amount_of(price: PriceModel, usage: Usage) -> Decimal:
    """The amount of `rate(price, usage)`, several times as fast; the same usages are refused.

    Nothing is checked that `refusal` tells: ask it first. Exact in a context that traps `Inexact`.

    >>> amount_of(PerUnitPrice(unit_amount=Decimal("0.25")), Usage(quantity=Decimal(10)))
    Decimal('2.50')
    """
    return _AMOUNTS[type(price)](price, usage)
