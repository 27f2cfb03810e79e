"""Per unit: every unit at the same price, which may be quoted per thousand or per million."""

from __future__ import annotations

from decimal import Decimal

from steelyard.kernel import ZERO
from steelyard.rating.model import Rated, Step, Usage
from steelyard.rating.simple_prices import PerUnitPrice
from steelyard.rating.wording import Wording


def amount(price: PerUnitPrice, usage: Usage) -> Decimal:
    """Quantity times unit amount."""
    return usage.quantity * price.unit_amount.scaleb(-price.per.adjusted())


def rate(price: PerUnitPrice, usage: Usage, wording: Wording) -> Rated:
    """Quantity times unit amount; a negative quantity gives a negative amount.

    >>> million = PerUnitPrice(unit_amount=Decimal("2.50"), per=Decimal(1000000))
    >>> rate(million, Usage(quantity=Decimal(1200000)), Wording(unit="tokens")).steps[0].text
    '1,200,000 tokens × 2.50 per 1,000,000 = 3.00'
    """
    return rate_between(price, None, usage, wording)


def rate_between(price: PerUnitPrice, before: Usage | None, after: Usage, wording: Wording) -> Rated:
    """The units that came on top, each at the unit amount."""
    quantity = after.quantity - (before.quantity if before else ZERO)
    if before and quantity == 0:
        return Rated(amount=ZERO, steps=())
    step = unit_step(quantity, price.unit_amount, price.per, wording)
    return Rated(amount=step.amount, steps=(step,))


def unit_step(
    quantity: Decimal, unit_amount: Decimal, per: Decimal, wording: Wording, remark: str = ""
) -> Step:
    """The step "quantity × unit amount = amount"; `per` is a power of ten, so the division is exact.

    >>> unit_step(Decimal(10), Decimal(10), Decimal(1), Wording(), " (tier 1: up to 10)").text
    '10 units × 10.00 = 100.00 (tier 1: up to 10)'
    """
    each = unit_amount.scaleb(-per.adjusted())
    amount = quantity * each
    product = f"{wording.count(quantity)} × {wording.unit_price(unit_amount, per)}"
    text = f"{product} = {wording.amount(amount)}{remark}"
    return Step(text=text, quantity=quantity, unit_amount=each, amount=amount)
