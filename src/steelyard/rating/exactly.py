"""The context in which amounts are calculated: an inexact step is an error, never a rounding."""

from __future__ import annotations

import decimal
from collections.abc import Generator
from contextlib import contextmanager

from steelyard.kernel import InvalidInput


@contextmanager
def exactly() -> Generator[None]:
    """Calculates exactly; raises InvalidInput `too_many_digits` where 38 digits do not hold the result.

    >>> with exactly():
    ...     decimal.Decimal(1) / 3
    Traceback (most recent call last):
    ...
    steelyard.kernel.errors.InvalidInput: the amount has more than 38 digits
    """
    try:
        with decimal.localcontext() as context:
            context.traps[decimal.Inexact] = True
            yield
    except (decimal.Inexact, decimal.InvalidOperation):
        raise InvalidInput("the amount has more than 38 digits", code="too_many_digits") from None
