"""Graduated: each unit at the price of the tier it lies in, as income tax does."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from steelyard.kernel import ZERO
from steelyard.rating.model import Rated, Step, StepKind, Usage
from steelyard.rating.models.tiers import tier_name, tier_step, unit_amount
from steelyard.rating.simple_prices import GraduatedPrice
from steelyard.rating.wording import Wording, flat_step


def amount(price: GraduatedPrice, usage: Usage) -> Decimal:
    """The units inside each tier at its unit amount, plus the flat amount of each tier reached."""
    total, lower, quantity = ZERO, ZERO, usage.quantity
    for number, tier in enumerate(price.tiers, start=1):
        top = quantity if tier.up_to is None else min(quantity, tier.up_to)
        total += (top - lower) * unit_amount(tier, price.per)
        if tier.flat_amount is not None and _reaches(price, number, lower, quantity):
            total += tier.flat_amount
        lower = top
    return total


def rate(price: GraduatedPrice, usage: Usage, wording: Wording) -> Rated:
    """The sum over tiers of the units inside each at its unit amount, plus the flat amount of each reached.

    A tier is reached when the quantity exceeds its lower bound; the first one at zero too, unless
    `flat_at_zero` says otherwise.

    >>> from steelyard.rating.simple_prices import Tier
    >>> price = GraduatedPrice(
    ...     tiers=(Tier(up_to=Decimal(10), unit_amount=Decimal(10)), Tier(unit_amount=Decimal(5)))
    ... )
    >>> [step.text for step in rate(price, Usage(quantity=Decimal(12)), Wording()).steps]
    ['10 units × 10.00 = 100.00 (tier 1: up to 10)', '2 units × 5.00 = 10.00 (tier 2: above 10)']
    """
    return rate_between(price, None, usage, wording)


def rate_between(price: GraduatedPrice, before: Usage | None, after: Usage, wording: Wording) -> Rated:
    """What the units from `before` to `after` cost where they lie; needs `after` not below `before`."""
    start = before.quantity if before else None
    steps = tuple(_steps(price, start, after.quantity, wording))
    return Rated(amount=sum((step.amount for step in steps), ZERO), steps=steps)


def _steps(price: GraduatedPrice, before: Decimal | None, after: Decimal, wording: Wording) -> Iterator[Step]:
    lower = ZERO
    for number, tier in enumerate(price.tiers, start=1):
        name = tier_name(number, lower, tier, wording)
        top = after if tier.up_to is None else min(after, tier.up_to)
        inside = top - max(before or ZERO, lower)
        if inside > 0 and (step := tier_step(inside, tier, price.per, name, wording)):
            yield step
        reached = _reaches(price, number, lower, after)
        reached_before = before is not None and _reaches(price, number, lower, before)
        if tier.flat_amount is not None and reached and not reached_before:
            yield flat_step(tier.flat_amount, f"{wording.amount(tier.flat_amount)} flat ({name})")
        lower = after if tier.up_to is None else tier.up_to
    beyond = after - max(before or ZERO, lower)
    if beyond > 0:
        text = f"{wording.count(beyond)} above the last tier, not charged"
        yield Step(text=text, quantity=beyond, unit_amount=ZERO, amount=ZERO, kind=StepKind.NOTE)


def _reaches(price: GraduatedPrice, number: int, lower: Decimal, quantity: Decimal) -> bool:
    return quantity > lower or (number == 1 and price.flat_at_zero)
