"""How long to wait before the next try: exponential, with full jitter, and never sooner than was asked."""

from __future__ import annotations

import os
import time
from typing import Final

FIRST_SECONDS: Final = 0.2
MAX_SECONDS: Final = 30.0
ASKED_SECONDS_MAX: Final = 300.0
"""A server may ask for patience, but not for ever."""


def pause(
    attempt: int, *, asked: float = 0.0, most: float = MAX_SECONDS, chance: float | None = None
) -> float:
    """Seconds to wait after the attempt with this number (1 is the first).

    Full jitter: anywhere between nothing and the doubled limit, so that many senders that failed together
    do not come back together (Brooker, "Exponential Backoff And Jitter", 2015). `asked` is Retry-After.

    >>> pause(1, chance=1.0), pause(3, chance=0.5), pause(50, chance=1.0), pause(1, asked=7, chance=1.0)
    (0.2, 0.4, 30.0, 7.2)
    """
    portion = int.from_bytes(os.urandom(4), "big") / 0xFFFFFFFF if chance is None else chance
    limit = min(most, FIRST_SECONDS * 2 ** min(attempt - 1, 30))
    return min(asked, ASKED_SECONDS_MAX) + portion * limit


def asked_seconds(retry_after: str, now: float | None = None) -> float:
    """What a Retry-After header asks for, in seconds: a number, or a date (RFC 9110, section 10.2.3).

    >>> asked_seconds("3"), asked_seconds(""), asked_seconds("soon")
    (3.0, 0.0, 0.0)
    >>> asked_seconds("Sun, 06 Nov 1994 08:49:37 GMT", now=784111770.0)
    7.0
    """
    text = retry_after.strip()
    if text.isdigit():
        return float(text)
    if not text.endswith("GMT"):
        return 0.0
    from email.utils import parsedate_to_datetime

    try:
        then = parsedate_to_datetime(text).timestamp()
    except ValueError:
        return 0.0
    return max(0.0, then - (time.time() if now is None else now))
