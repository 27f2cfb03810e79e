"""Seconds since 1970, as other products write times, to the microseconds of usage events."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from steelyard.metering.items import ItemProblem
from steelyard.metering.model import RefusalCode

_SECONDS_MAX: Final = 253_402_300_800
"""The year 10000: what lies beyond is milliseconds taken for seconds."""


def micros_of_seconds(seconds: int | Decimal, field: str) -> int:
    """Microseconds since 1970, cut after the sixth digit of the fraction.

    Raises ItemProblem `not_a_time`, naming the field, for what is no moment between 1970 and 10000.

    >>> micros_of_seconds(Decimal("1700000000.123"), "timestamp")
    1700000000123000
    """
    finite = isinstance(seconds, int) or seconds.is_finite()
    if not finite or not 0 <= seconds < _SECONDS_MAX:
        message = f"{field} must be seconds since 1970, as a number or the text of one"
        raise ItemProblem(RefusalCode.NOT_A_TIME, message, field)
    return int(seconds * 1_000_000)
