"""The context in which amounts are calculated: an inexact step is an error, never a rounding.

A quotient without end is the one number that must be cut somewhere: `kept` does that, in one place.
"""

from __future__ import annotations

import decimal
from decimal import ROUND_HALF_EVEN, Decimal
from types import TracebackType
from typing import Final

from steelyard.kernel import ONE, InvalidInput

EXACT_DECIMALS: Final = 18
"""Exact amounts are kept with at most so many decimals, so that sums of many of them stay exact in 38 digits.

Metered prices never reach that many; quotients do (a third of a month's fee has no end).
"""


def kept(number: Decimal, decimals: int = EXACT_DECIMALS) -> Decimal:
    """The number with at most so many decimals, half to even; as it is where it has no more of them.

    >>> kept(Decimal(10) / 3), kept(Decimal("0.000001"))
    (Decimal('3.333333333333333333'), Decimal('0.000001'))
    """
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -decimals:
        return number.quantize(ONE.scaleb(-decimals), rounding=ROUND_HALF_EVEN)
    return number


class exactly:  # noqa: N801 - it reads as a word: with exactly()
    """Calculates exactly; raises InvalidInput `too_many_digits` where 38 digits do not hold the result.

    >>> with exactly():
    ...     decimal.Decimal(1) / 3
    Traceback (most recent call last):
    ...
    steelyard.kernel.errors.InvalidInput: the amount has more than 38 digits
    """

    __slots__ = ("_outside",)

    def __enter__(self) -> None:
        self._outside = decimal.getcontext()
        context = self._outside.copy()
        context.traps[decimal.Inexact] = True
        decimal.setcontext(context)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        decimal.setcontext(self._outside)
        if isinstance(error, (decimal.Inexact, decimal.InvalidOperation)):
            raise InvalidInput("the amount has more than 38 digits", code="too_many_digits") from None
