"""What graduated and volume prices share: naming a tier and the step of the units in it."""

from __future__ import annotations

from decimal import Decimal

from steelyard.kernel import ZERO
from steelyard.rating.model import Step
from steelyard.rating.models.per_unit import unit_step
from steelyard.rating.simple_prices import Tier
from steelyard.rating.wording import Wording


def tier_name(number: int, lower: Decimal, tier: Tier, wording: Wording) -> str:
    """The tier in words, counted from one.

    >>> (
    ...     tier_name(2, Decimal(10), Tier(), Wording()),
    ...     tier_name(1, Decimal(0), Tier(up_to=Decimal(10)), Wording()),
    ... )
    ('tier 2: above 10', 'tier 1: up to 10')
    """
    if tier.up_to is None:
        return f"tier {number}: above {wording.number(lower)}" if lower else f"tier {number}: all"
    if lower == 0:
        return f"tier {number}: up to {wording.number(tier.up_to)}"
    return f"tier {number}: above {wording.number(lower)}, up to {wording.number(tier.up_to)}"


def unit_amount(tier: Tier, per: Decimal) -> Decimal:
    """What one unit in the tier costs, by its amount or its percentage; nothing where it has neither.

    >>> (
    ...     unit_amount(Tier(unit_amount=Decimal(5)), Decimal(1000)),
    ...     unit_amount(Tier(percent=Decimal(2)), Decimal(1)),
    ... )
    (Decimal('0.005'), Decimal('0.02'))
    """
    if tier.unit_amount is not None:
        return tier.unit_amount.scaleb(-per.adjusted())
    return ZERO if tier.percent is None else tier.percent.scaleb(-2)


def tier_step(quantity: Decimal, tier: Tier, per: Decimal, name: str, wording: Wording) -> Step | None:
    """The step of the units in a tier, at its unit amount or percentage; None where the tier has neither.

    >>> tier_step(Decimal(200), Tier(percent=Decimal(2)), Decimal(1), "tier 1: all", Wording()).text
    '2% of 200.00 = 4.00 (tier 1: all)'
    """
    if tier.unit_amount is not None:
        return unit_step(quantity, tier.unit_amount, per, wording, f" ({name})")
    if tier.percent is None:
        return None
    each = tier.percent.scaleb(-2)
    amount = quantity * each
    share = f"{wording.number(tier.percent)}% of {wording.amount(quantity)}"
    return Step(
        text=f"{share} = {wording.amount(amount)} ({name})",
        quantity=quantity,
        unit_amount=each,
        amount=amount,
    )
