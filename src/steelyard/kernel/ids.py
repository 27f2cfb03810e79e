"""Identifiers: sortable by time where things are made, equal by content where things are the same.

Both are pure: the clock and the randomness are the caller's.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final

from steelyard.kernel.period import micros

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, lower case
ENTROPY_BYTES: Final = 10


def _base32(number: int, length: int) -> str:
    digits: list[str] = []
    for _ in range(length):
        number, digit = divmod(number, 32)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def make_id(prefix: str, at: datetime, entropy: bytes) -> str:
    """A new id that sorts by the time it was made: prefix, milliseconds, 80 random bits (as a ULID).

    >>> from steelyard.kernel.period import instant
    >>> make_id("run", instant("2026-11-01T00:00:00Z"), bytes(10))
    'run_01m6a6ft000000000000000000'
    """
    if len(entropy) < ENTROPY_BYTES:
        raise ValueError(f"an id needs {ENTROPY_BYTES} random bytes, got {len(entropy)}")
    random_part = int.from_bytes(entropy[:ENTROPY_BYTES])
    return f"{prefix}_{_base32(micros(at) // 1000, 10)}{_base32(random_part, 16)}"


def content_id(prefix: str, data: bytes) -> str:
    """The id of this very content: prefix and the first 128 bits of its SHA-256.

    >>> content_id("cat", b"same") == content_id("cat", b"same")
    True
    """
    return f"{prefix}_{hashlib.sha256(data).hexdigest()[:32]}"
