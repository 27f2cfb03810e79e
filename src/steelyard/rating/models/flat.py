"""Flat: the same amount each period, whatever was used."""

from __future__ import annotations

from decimal import Decimal

from steelyard.kernel import ZERO
from steelyard.rating.model import Rated, Usage
from steelyard.rating.simple_prices import FlatPrice
from steelyard.rating.wording import Wording, flat_step


def amount(price: FlatPrice, usage: Usage) -> Decimal:
    """The flat amount, unless it is not due without usage."""
    return price.amount if _is_due(price, usage) else ZERO


def rate(price: FlatPrice, usage: Usage, wording: Wording) -> Rated:
    """The flat amount, unless it is not due without usage.

    >>> from decimal import Decimal
    >>> rate(FlatPrice(amount=Decimal(500)), Usage(quantity=Decimal(0)), Wording()).steps[0].text
    '500.00 flat'
    """
    return rate_between(price, None, usage, wording)


def rate_between(price: FlatPrice, before: Usage | None, after: Usage, wording: Wording) -> Rated:
    """The flat amount if it became due between the two, else nothing."""
    if not _is_due(price, after) or (before is not None and _is_due(price, before)):
        return Rated(amount=ZERO, steps=())
    return Rated(
        amount=price.amount, steps=(flat_step(price.amount, f"{wording.amount(price.amount)} flat"),)
    )


def _is_due(price: FlatPrice, usage: Usage) -> bool:
    return price.flat_at_zero or usage.quantity != 0
