"""Volume: all units at the price of the one tier that the whole quantity reaches."""

from __future__ import annotations

from decimal import Decimal

from steelyard.kernel import ZERO, InvalidInput
from steelyard.rating.model import Rated, Step, Usage
from steelyard.rating.models.tiers import tier_name, tier_step, unit_amount
from steelyard.rating.simple_prices import Tier, VolumePrice
from steelyard.rating.wording import Wording, flat_step


def amount(price: VolumePrice, usage: Usage) -> Decimal:
    """Quantity times the unit amount of the first tier that holds it all, plus that tier's flat amount."""
    _, _, tier = _tier_of(price, usage)
    total = usage.quantity * unit_amount(tier, price.per)
    if tier.flat_amount is not None and (usage.quantity != 0 or price.flat_at_zero):
        total += tier.flat_amount
    return total


def rate(price: VolumePrice, usage: Usage, wording: Wording) -> Rated:
    """Quantity times the unit amount of the first tier that holds it all, plus that tier's flat amount.

    >>> from steelyard.rating.simple_prices import Tier
    >>> price = VolumePrice(
    ...     tiers=(Tier(up_to=Decimal(10), unit_amount=Decimal(10)), Tier(unit_amount=Decimal(5)))
    ... )
    >>> rate(price, Usage(quantity=Decimal(12)), Wording()).steps[0].text
    '12 units × 5.00 = 60.00 (tier 2: above 10)'
    """
    number, lower, tier = _tier_of(price, usage)
    name = tier_name(number, lower, tier, wording)
    steps: list[Step] = []
    if usage.quantity != 0 and (step := tier_step(usage.quantity, tier, price.per, name, wording)):
        steps.append(step)
    if tier.flat_amount is not None and (usage.quantity != 0 or price.flat_at_zero):
        steps.append(flat_step(tier.flat_amount, f"{wording.amount(tier.flat_amount)} flat ({name})"))
    return Rated(amount=sum((step.amount for step in steps), ZERO), steps=tuple(steps))


def holds(price: VolumePrice, usage: Usage) -> bool:
    """Whether some tier holds the quantity; a bounded last tier has an end.

    >>> holds(VolumePrice(tiers=(Tier(up_to=Decimal(10)),)), Usage(quantity=Decimal(11)))
    False
    """
    last = price.tiers[-1].up_to
    return last is None or _choosing(usage) <= last


def _choosing(usage: Usage) -> Decimal:
    return usage.quantity if usage.tier_quantity is None else usage.tier_quantity


def _tier_of(price: VolumePrice, usage: Usage) -> tuple[int, Decimal, Tier]:
    lower = ZERO
    for number, tier in enumerate(price.tiers, start=1):
        if tier.up_to is None or _choosing(usage) <= tier.up_to:
            return number, lower, tier
        lower = tier.up_to
    raise InvalidInput("the quantity lies above the last tier", code="above_last_tier")
