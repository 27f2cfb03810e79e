"""Metered numbers: finite decimals with at most 26 digits before the point and 12 after it."""

from __future__ import annotations

import decimal
from decimal import Decimal, InvalidOperation
from typing import Final

from steelyard.kernel import ONE, ZERO

INTEGER_DIGITS_MAX: Final = 26
FRACTION_DIGITS_MAX: Final = 12
"""A metered number has at most so many digits before and after the point: SQL's DECIMAL(38,12)."""

STEP: Final = ONE.scaleb(-FRACTION_DIGITS_MAX)
LIMIT: Final = ONE.scaleb(INTEGER_DIGITS_MAX)
_WIDE: Final = decimal.Context(prec=80, rounding=decimal.ROUND_HALF_EVEN)


def number_of(text: str | None) -> Decimal | None:
    """The metered number that a text stands for, or None where it is none that can be metered.

    >>> number_of("1.50"), number_of("NaN"), number_of("0.0000000000001")
    (Decimal('1.50'), None, None)
    """
    if text is None:
        return None
    if len(text) <= INTEGER_DIGITS_MAX and text.isdecimal():
        return Decimal(text)
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number.adjusted()) > INTEGER_DIGITS_MAX:
        return ZERO if number.is_zero() else None
    if abs(number) >= LIMIT or _fraction_digits(number) > FRACTION_DIGITS_MAX:
        return None
    return number


def _fraction_digits(number: Decimal) -> int:
    _, digits, exponent = number.as_tuple()
    places = -int(exponent)
    for digit in reversed(digits):
        if places <= 0 or digit:
            break
        places -= 1
    return places


def product_of(number: Decimal, price: Decimal | None) -> Decimal:
    """The amount of so many at a price, to 12 digits after the point; 0 where it cannot be metered.

    >>> product_of(Decimal("3"), Decimal("0.25"))
    Decimal('0.750000000000')
    """
    # The product of two metered numbers has up to 76 digits.
    product = _WIDE.multiply(number, price or ZERO)
    return _WIDE.quantize(product, STEP) if abs(product) < LIMIT else ZERO
