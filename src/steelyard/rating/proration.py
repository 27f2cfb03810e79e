"""Proration: the share of an amount that belongs to a part of a period.

The amount is multiplied before it is divided, so that the only inexact step is the last one; cents are
rounded where a document is drafted.
"""

from __future__ import annotations

from decimal import Decimal

from steelyard.kernel import InvalidInput


def prorate(amount: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """The amount times part over whole, to 38 digits; raises InvalidInput for an empty whole.

    >>> prorate(Decimal(91000), Decimal(32), Decimal(91))
    Decimal('32000')
    """
    if whole <= 0:
        raise InvalidInput("the period that is divided must not be empty", code="empty_period")
    return amount * part / whole
