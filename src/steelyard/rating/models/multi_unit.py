"""Multi-unit: several kinds of units on one price, each priced by a model of its own, and added up."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

from steelyard.kernel import ZERO, InvalidInput
from steelyard.rating.model import Rated, Step, Usage, UsagePart
from steelyard.rating.models import block, flat, graduated, package, per_unit, volume
from steelyard.rating.prices import ANY, BlockPrice, MultiUnitPrice, UnitPrice
from steelyard.rating.simple_prices import FlatPrice, GraduatedPrice, PackagePrice, PerUnitPrice, VolumePrice
from steelyard.rating.wording import Wording


def amount(price: MultiUnitPrice, usage: Usage) -> Decimal:
    """What the units of each kind cost by their own model, together.

    >>> call = UnitPrice(unit="call", price=PerUnitPrice(unit_amount=Decimal(2)))
    >>> parts = (UsagePart(at=("call",), quantity=Decimal(3)),)
    >>> amount(MultiUnitPrice(over=("kind",), units=(call,)), Usage(quantity=Decimal(3), parts=parts))
    Decimal('6')
    """
    return sum((_amount(unit_of(price, part), part) for part in usage.parts), ZERO)


def rate(price: MultiUnitPrice, usage: Usage, wording: Wording) -> Rated:
    """The steps of each kind of units, named by it."""
    steps: list[Step] = []
    for part in usage.parts:
        rated = _rate(unit_of(price, part), part, Wording(unit=part.at[0], decimals=wording.decimals))
        steps += [dataclasses.replace(step, text=f"{part.at[0]}: {step.text}") for step in rated.steps]
    return Rated(amount=sum((step.amount for step in steps), ZERO), steps=tuple(steps))


def unpriced(price: MultiUnitPrice, usage: Usage) -> UsagePart | None:
    """The first kind of units that has no price, or None if all have one."""
    known = {each.unit for each in price.units}
    return next((part for part in usage.parts if not known & {part.at[0], ANY}), None)


def unit_of(price: MultiUnitPrice, part: UsagePart) -> UnitPrice:
    """The price of this kind of units; raises InvalidInput `no_rate` where there is none."""
    for name in (part.at[0], ANY):
        for each in price.units:
            if each.unit == name:
                return each
    raise InvalidInput(f"there is no price for {part.at[0]!r}", code="no_rate")


def _amount(unit: UnitPrice, part: UsagePart) -> Decimal:
    used = Usage(quantity=part.quantity)
    match unit.price:
        case FlatPrice():
            return flat.amount(unit.price, used)
        case PerUnitPrice():
            return per_unit.amount(unit.price, used)
        case GraduatedPrice():
            return graduated.amount(unit.price, used)
        case VolumePrice():
            return volume.amount(unit.price, used)
        case PackagePrice():
            return package.amount(unit.price, used)
        case BlockPrice():
            return block.amount(unit.price, used)


def _rate(unit: UnitPrice, part: UsagePart, wording: Wording) -> Rated:
    used = Usage(quantity=part.quantity)
    match unit.price:
        case FlatPrice():
            return flat.rate(unit.price, used, wording)
        case PerUnitPrice():
            return per_unit.rate(unit.price, used, wording)
        case GraduatedPrice():
            return graduated.rate(unit.price, used, wording)
        case VolumePrice():
            return volume.rate(unit.price, used, wording)
        case PackagePrice():
            return package.rate(unit.price, used, wording)
        case BlockPrice():
            return block.rate(unit.price, used, wording)
