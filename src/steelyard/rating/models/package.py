"""Package: whole packages of units, as many as were begun (or filled)."""

from __future__ import annotations

from decimal import Decimal

from steelyard.kernel import ONE, ZERO
from steelyard.rating.model import Rated, Step, Usage
from steelyard.rating.simple_prices import PackagePrice, PackageRounding
from steelyard.rating.wording import Wording


def amount(price: PackagePrice, usage: Usage) -> Decimal:
    """The packages that hold the units beyond the included ones, each at the amount."""
    return packages(price, usage.quantity) * price.amount


def rate(price: PackagePrice, usage: Usage, wording: Wording) -> Rated:
    """The packages that hold the units beyond the included ones, each at the amount.

    >>> price = PackagePrice(size=Decimal(10), amount=Decimal(100))
    >>> rate(price, Usage(quantity=Decimal(121)), Wording()).steps[0].text
    '13 packages × 100.00 = 1,300.00 (121 units in packages of 10, rounded up)'
    """
    return rate_between(price, None, usage, wording)


def rate_between(price: PackagePrice, before: Usage | None, after: Usage, wording: Wording) -> Rated:
    """The packages that were begun since: a package once paid for is filled before the next is charged."""
    earlier = packages(price, before.quantity) if before else ZERO
    count = packages(price, after.quantity) - earlier
    if before and count == 0:
        return Rated(amount=ZERO, steps=())
    amount = count * price.amount
    words = Wording(unit="packages")
    paid = f", less {words.count(earlier)} charged before" if earlier else ""
    free = f" after {wording.number(price.included)} included" if price.included else ""
    why = (
        f"{wording.count(after.quantity)}{free} in packages of {wording.number(price.size)}, "
        f"rounded {price.round.value}{paid}"
    )
    text = f"{words.count(count)} × {wording.amount(price.amount)} = {wording.amount(amount)} ({why})"
    return Rated(
        amount=amount,
        steps=(Step(text=text, quantity=count, unit_amount=price.amount, amount=amount),),
    )


def packages(price: PackagePrice, quantity: Decimal) -> Decimal:
    """How many packages the quantity takes, by whole numbers, so that no quotient is ever rounded wrongly.

    >>> packages(PackagePrice(size=Decimal(10), amount=ONE), Decimal("10.000000000001"))
    Decimal('2')
    """
    whole, rest = divmod(max(ZERO, quantity - price.included), price.size)
    return whole + ONE if rest and price.round is PackageRounding.UP else whole
