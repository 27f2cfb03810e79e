"""Exact decimal numbers: one context for the whole program, strict parsing, plain printing.

Prices and quantities have at most 38 significant digits (what SQL's DECIMAL holds). The context traps
everything that would silently give a wrong number; mixing in a `float` is an error, not a conversion.
"""

from __future__ import annotations

import decimal
from decimal import Decimal
from typing import Final

from steelyard.kernel.errors import InvalidInput

DIGITS_MAX: Final = 38
ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)

_TRAPS = [decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow, decimal.FloatOperation]


def _make_exact(context: decimal.Context) -> None:
    context.prec = DIGITS_MAX
    context.rounding = decimal.ROUND_HALF_EVEN
    for signal in _TRAPS:
        context.traps[signal] = True


# New threads copy the default context; the importing thread already has a context of its own.
_make_exact(decimal.DefaultContext)
_make_exact(decimal.getcontext())


def parse_decimal(value: str | int | Decimal) -> Decimal:
    """The exact number that a text, whole number or Decimal stands for.

    Refuses (InvalidInput) floats, NaN, infinities, blanks and more than 38 significant digits.

    >>> parse_decimal("12.50")
    Decimal('12.50')
    >>> parse_decimal("NaN")
    Traceback (most recent call last):
    ...
    steelyard.kernel.errors.InvalidInput: 'NaN' is not a finite decimal number
    """
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidInput(f"{value!r} is not a decimal number; write it as text", code="not_a_number")
    try:
        number = Decimal(value)
    except (decimal.InvalidOperation, ValueError):
        raise InvalidInput(f"{value!r} is not a decimal number", code="not_a_number") from None
    if not number.is_finite():
        raise InvalidInput(f"{str(value)!r} is not a finite decimal number", code="not_a_number")
    if len(number.as_tuple().digits) > DIGITS_MAX or abs(number.adjusted()) >= DIGITS_MAX:
        raise InvalidInput(f"{str(value)[:60]!r} has more than {DIGITS_MAX} digits", code="too_many_digits")
    return number


def plain(number: Decimal) -> str:
    """The number as text without exponent and without zeros that say nothing.

    >>> plain(Decimal("1E+3")), plain(Decimal("2.500")), plain(Decimal("-0"))
    ('1000', '2.5', '0')
    """
    text = str(number)
    if "E" in text:
        text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
