"""The one place where exact amounts become minor units, and how exact an exact amount is kept."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from steelyard.kernel import minor_digits, round_minor
from steelyard.rating.exactly import kept

QUANTITY_DECIMALS: Final = 12
"""Quantities are billed with at most so many decimals, as metered numbers; an average may have no end."""


def billable(quantity: Decimal) -> Decimal:
    """The quantity with at most 12 decimals.

    >>> billable(Decimal(10) / 3), billable(Decimal("0.5"))
    (Decimal('3.333333333333'), Decimal('0.5'))
    """
    return kept(quantity, QUANTITY_DECIMALS)


def rounded(amount: Decimal, currency: str) -> Decimal:
    """The amount in whole minor units, half away from zero: what a line of a document says.

    >>> rounded(Decimal("0.125"), "USD"), rounded(Decimal("-2.5"), "JPY")
    (Decimal('0.13'), Decimal('-3'))
    """
    return round_minor(amount, currency)


def nothing(currency: str) -> Decimal:
    """Zero in the currency's minor units, so that sums show their decimals.

    >>> nothing("USD"), nothing("JPY")
    (Decimal('0.00'), Decimal('0'))
    """
    return Decimal(0).scaleb(-minor_digits(currency))
