"""Graduated prices where units come and go during the period, each charged for its share of the time.

A unit's tier follows from how many there were when it came (or goes away from, when it left); flat amounts
are due once for every tier that was ever reached.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from steelyard.kernel import ZERO
from steelyard.rating.model import Usage
from steelyard.rating.rate import rate_between
from steelyard.rating.simple_prices import GraduatedPrice


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsChange:
    """Units that came (or left, below zero), and the same weighted by their share of the period."""

    units: Decimal
    prorated: Decimal


def rate_changes(price: GraduatedPrice, changes: Iterable[UnitsChange]) -> Decimal:
    """What a period costs in which units came and went; zero where more left than ever came.

    >>> from steelyard.rating.simple_prices import Tier
    >>> price = GraduatedPrice(tiers=(Tier(unit_amount=Decimal(10), flat_amount=Decimal(100)),))
    >>> rate_changes(price, [UnitsChange(units=Decimal(4), prorated=Decimal(2))])
    Decimal('120')
    """
    bare = tuple(msgspec.structs.replace(tier, flat_amount=None) for tier in price.tiers)
    by_unit = msgspec.structs.replace(price, tiers=bare)
    amount, count, most = ZERO, ZERO, ZERO
    for change in changes:
        if change.units:
            low, high = sorted((max(ZERO, count), max(ZERO, count + change.units)))
            span = rate_between(by_unit, Usage(quantity=low), Usage(quantity=high)).amount
            amount += span * change.prorated / abs(change.units)
        count += change.units
        most = max(most, count)
    return ZERO if count < 0 else max(ZERO, amount) + _flat_amounts(price, most)


def _flat_amounts(price: GraduatedPrice, quantity: Decimal) -> Decimal:
    lowers = (ZERO, *(tier.up_to or ZERO for tier in price.tiers))
    reached = (
        tier.flat_amount or ZERO
        for lower, tier in zip(lowers, price.tiers, strict=False)
        if quantity > lower or (lower == 0 and price.flat_at_zero)
    )
    return sum(reached, ZERO)
