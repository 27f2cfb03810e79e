"""Dynamic: the events carry their own amounts, and the price is their sum, times a multiplier."""

from __future__ import annotations

import decimal
from decimal import Decimal

from steelyard.kernel import ONE, ZERO, InvalidInput
from steelyard.rating.model import Rated, Step, Usage
from steelyard.rating.simple_prices import DynamicPrice
from steelyard.rating.wording import Wording


def amount(price: DynamicPrice, usage: Usage) -> Decimal:
    """The sum of the amounts that the events carried, times the multiplier."""
    return _carried(usage) * price.multiplier


def rate_between(price: DynamicPrice, before: Usage | None, after: Usage, wording: Wording) -> Rated:
    """The amounts that came on top, times the multiplier; negative sums give credit.

    >>> usage = Usage(quantity=Decimal(4), amount=Decimal(10))
    >>> rate_between(DynamicPrice(multiplier=Decimal("1.2")), None, usage, Wording()).steps[0].text
    '10.00 carried by 4 units × 1.2 = 12.00 (3.00 a unit on average)'
    """
    quantity = after.quantity - (before.quantity if before else ZERO)
    carried = _carried(after) - (_carried(before) if before else ZERO)
    if before and quantity == 0 and carried == 0:
        return Rated(amount=ZERO, steps=())
    amount = carried * price.multiplier
    times = f" × {wording.number(price.multiplier)}" if price.multiplier != 1 else ""
    text = f"{wording.amount(carried)} carried by {wording.count(quantity)}{times} = {wording.amount(amount)}"
    if quantity:
        text += f" ({_shown(price, wording, amount, quantity)} a unit on average)"
    step = Step(text=text, quantity=carried, unit_amount=price.multiplier, amount=amount)
    return Rated(amount=amount, steps=(step,))


def average(amount: Decimal, quantity: Decimal) -> Decimal:
    """The average amount of a unit: a figure to look at, so it alone may be inexact; zero without units.

    >>> average(Decimal(1), Decimal(8)), average(Decimal(1), ZERO)
    (Decimal('0.125'), Decimal('0'))
    """
    with decimal.localcontext() as context:
        context.traps[decimal.Inexact] = False
        return amount / quantity if quantity else ZERO


def _shown(price: DynamicPrice, wording: Wording, amount: Decimal, quantity: Decimal) -> str:
    """The average with so many decimals as the price asks for."""
    with decimal.localcontext() as context:
        context.traps[decimal.Inexact] = False
        unit = ONE.scaleb(-price.unit_price_decimals)
        return wording.amount(average(amount, quantity).quantize(unit, rounding=decimal.ROUND_HALF_UP))


def _carried(usage: Usage) -> Decimal:
    if usage.amount is None:
        raise InvalidInput("a dynamic price needs the amount that the events carried", code="amount_missing")
    return usage.amount
