"""Stairstep: one amount for everything, that of the first step that holds the usage."""

from __future__ import annotations

from decimal import Decimal

from steelyard.kernel import ZERO, InvalidInput
from steelyard.rating.model import Rated, Usage
from steelyard.rating.prices import Stair, StairstepPrice
from steelyard.rating.wording import Wording, flat_step


def amount(price: StairstepPrice, usage: Usage) -> Decimal:
    """What the first step that holds the usage costs.

    >>> price = StairstepPrice(stairs=(Stair(amount=Decimal(5), up_to=Decimal(10)), Stair(amount=Decimal(8))))
    >>> amount(price, Usage(quantity=Decimal(10))), amount(price, Usage(quantity=Decimal(11)))
    (Decimal('5'), Decimal('8'))
    """
    if not price.flat_at_zero and usage.quantity == 0:
        return ZERO
    return _stair_of(price, usage)[1].amount


def rate(price: StairstepPrice, usage: Usage, wording: Wording) -> Rated:
    """The amount of that step, naming it.

    >>> price = StairstepPrice(stairs=(Stair(amount=Decimal(5), up_to=Decimal(10)), Stair(amount=Decimal(8))))
    >>> rate(price, Usage(quantity=Decimal(12)), Wording()).steps[0].text
    '8.00 for 12 units (step 2: above 10)'
    """
    if not price.flat_at_zero and usage.quantity == 0:
        return Rated(amount=ZERO, steps=())
    number, stair = _stair_of(price, usage)
    name = _name(price, number, stair, wording)
    text = f"{wording.amount(stair.amount)} for {wording.count(usage.quantity)} ({name})"
    return Rated(amount=stair.amount, steps=(flat_step(stair.amount, text),))


def holds(price: StairstepPrice, usage: Usage) -> bool:
    """Whether some step holds the usage.

    >>> holds(StairstepPrice(stairs=(Stair(amount=ZERO, up_to=Decimal(10)),)), Usage(quantity=Decimal(11)))
    False
    """
    return any(_is_on(stair, usage) for stair in price.stairs)


def _stair_of(price: StairstepPrice, usage: Usage) -> tuple[int, Stair]:
    for number, stair in enumerate(price.stairs, start=1):
        if _is_on(stair, usage):
            return number, stair
    raise InvalidInput("the usage lies above the last step", code="above_last_tier")


def _is_on(stair: Stair, usage: Usage) -> bool:
    if stair.limits:
        return all(part.quantity <= stair.limits.get(part.at[0], ZERO) for part in usage.parts)
    return stair.up_to is None or usage.quantity <= stair.up_to


def _name(price: StairstepPrice, number: int, stair: Stair, wording: Wording) -> str:
    if stair.limits:
        limits = ", ".join(f"{name} up to {wording.number(limit)}" for name, limit in stair.limits.items())
        return f"step {number}: {limits}"
    if stair.up_to is not None:
        return f"step {number}: up to {wording.number(stair.up_to)}"
    below = price.stairs[number - 2].up_to if number > 1 else None
    return f"step {number}: all" if below is None else f"step {number}: above {wording.number(below)}"
