"""The context in which amounts are calculated: an inexact step is an error, never a rounding."""

from __future__ import annotations

import decimal
from types import TracebackType

from steelyard.kernel import InvalidInput


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
