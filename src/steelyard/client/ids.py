"""Names for events, made at the call, so that sending an event again can never count it twice."""

from __future__ import annotations

import os
import time


def new_id(clock_ms: int | None = None) -> str:
    """A new UUID of version 7 (RFC 9562, section 5.7): it begins with the time, the rest is random.

    The random part comes from the system at each call, so that neither threads nor forked processes meet.

    >>> new_id(0x018BCFE56800)[:15]
    '018bcfe5-6800-7'
    """
    now = time.time_ns() // 1_000_000 if clock_ms is None else clock_ms
    chance = int.from_bytes(os.urandom(10), "big")
    number = now << 80 | chance
    number = number & ~(0xF << 76) | 0x7 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
