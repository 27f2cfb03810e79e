"""How many charges a second one process makes: alone, with every step in words, and in columns."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from bench.figures import Figures
from steelyard.rating import (
    Conversion,
    ConversionOp,
    FlatPrice,
    GraduatedPrice,
    PackagePrice,
    PerUnitPrice,
    Pricing,
    Stair,
    StairstepPrice,
    Tier,
    Usage,
    VolumePrice,
    WholeUnits,
    charge,
    charge_amount,
)
from steelyard.rating.bulk import bulk_amounts

_SECONDS: Final = 2.0
_TIERS: Final = (
    Tier(up_to=Decimal(100), unit_amount=Decimal("0.10")),
    Tier(up_to=Decimal(1000), unit_amount=Decimal("0.05")),
    Tier(unit_amount=Decimal("0.01"), flat_amount=Decimal(5)),
)
PRICINGS: Final = (
    Pricing(model=FlatPrice(amount=Decimal(99))),
    Pricing(model=PerUnitPrice(unit_amount=Decimal("2.5"), per=Decimal(1000000)), included=Decimal(100)),
    Pricing(model=GraduatedPrice(tiers=_TIERS)),
    Pricing(model=VolumePrice(tiers=_TIERS), maximum=Decimal(40)),
    Pricing(model=PackagePrice(size=Decimal(100), amount=Decimal(3)), minimum=Decimal(6)),
    Pricing(
        model=StairstepPrice(stairs=(Stair(up_to=Decimal(100), amount=Decimal(1)), Stair(amount=Decimal(2))))
    ),
    Pricing(
        model=PerUnitPrice(unit_amount=Decimal("0.2")),
        conversion=Conversion(
            op=ConversionOp.DIVIDE, factor=Decimal(3600), rounding=WholeUnits.CEILING, unit="hours"
        ),
    ),
)
"""One price of each simple model, with and without options: a plan of seven charges."""


def measure_rating(figures: Figures) -> None:
    """Adds charges a second without and with explanations, and in columns beside the first."""
    quantities = [Decimal(number * 37 % 5000) for number in range(1000)]
    usages = [Usage(quantity=quantity) for quantity in quantities]
    alone = _pairs(charge_amount, usages)
    figures.add("charges, amounts alone", alone, "pairs/s", "50,000 or more")
    worded = _pairs(charge, usages)
    figures.add(
        "charges, every step in words", worded, "pairs/s", "10,000 or more", beside=("amounts alone", alone)
    )
    started, count = time.perf_counter(), 0
    while time.perf_counter() - started < _SECONDS:
        for pricing in PRICINGS[:5]:
            count += len(bulk_amounts(pricing, quantities))
    in_columns = count / (time.perf_counter() - started)
    figures.add("charges, in columns", in_columns, "pairs/s", beside=("amounts alone", alone))


def _pairs(charged: Callable[[Pricing, Usage], object], usages: list[Usage]) -> float:
    started, count = time.perf_counter(), 0
    while time.perf_counter() - started < _SECONDS:
        for usage, pricing in itertools.product(usages, PRICINGS):
            charged(pricing, usage)
        count += len(usages) * len(PRICINGS)
    return count / (time.perf_counter() - started)
