"""The one place where exact amounts become minor units, and how exact an exact amount is kept."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from steelyard.kernel import minor_digits, round_minor

EXACT_DECIMALS: Final = 18
"""Exact amounts are kept with at most so many decimals, so that sums of many of them stay exact in 38 digits.

Metered prices never reach that many; quotients do (a third of a month's fee has no end).
"""

QUANTITY_DECIMALS: Final = 12
"""Quantities are billed with at most so many decimals, as metered numbers; an average may have no end."""

_QUANTITY_UNIT: Final = Decimal(1).scaleb(-QUANTITY_DECIMALS)
_EXACT_UNIT: Final = Decimal(1).scaleb(-EXACT_DECIMALS)


def billable(quantity: Decimal) -> Decimal:
    """The quantity with at most 12 decimals.

    >>> billable(Decimal(10) / 3), billable(Decimal("0.5"))
    (Decimal('3.333333333333'), Decimal('0.5'))
    """
    exponent = quantity.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -QUANTITY_DECIMALS:
        return quantity.quantize(_QUANTITY_UNIT, rounding=ROUND_HALF_EVEN)
    return quantity


def kept(amount: Decimal) -> Decimal:
    """The amount with at most 18 decimals.

    >>> kept(Decimal(10) / 3), kept(Decimal("0.000001"))
    (Decimal('3.333333333333333333'), Decimal('0.000001'))
    """
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -EXACT_DECIMALS:
        return amount.quantize(_EXACT_UNIT, rounding=ROUND_HALF_EVEN)
    return amount


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
