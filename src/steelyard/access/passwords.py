"""Passwords: kept as scrypt (RFC 7914) with a salt for each person and the cost, compared in constant time.

Someone unknown costs the same time as a wrong password, so that nobody learns who has an account.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from steelyard.kernel import InvalidInput, Problem

LENGTH_MIN: Final = 12
LENGTH_MAX: Final = 256
SALT_BYTES: Final = 16
_HASH_BYTES: Final = 32
_DIFFERENT_MIN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """How hard scrypt works: `n` (a power of two) and `r` for memory (128·n·r bytes), `p` for time."""

    n: int = 2**15
    r: int = 8
    p: int = 3


COST: Final = Cost()
"""32 MiB and about a quarter of a second on one core; one of the settings that OWASP's cheat sheet names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A person's password at rest: salt and hash in hexadecimal, and the cost they were made with."""

    person: str
    salt: str
    hash: str
    n: int
    r: int
    p: int
    set_at: datetime

    @property
    def cost(self) -> Cost:
        """The cost it was made with, which may be an older one than today's."""
        return Cost(n=self.n, r=self.r, p=self.p)


def make_credential(
    person: str, password: str, *, salt: bytes, at: datetime, cost: Cost = COST
) -> Credential:
    """What is kept of a person's password; `salt` is 16 random bytes, used for nothing else.

    >>> from steelyard.kernel import instant
    >>> kept = make_credential(
    ...     "person_1",
    ...     "correct horse battery",
    ...     salt=bytes(16),
    ...     at=instant("2026-01-01T00:00Z"),
    ...     cost=Cost(n=16),
    ... )
    >>> (
    ...     is_right(kept, "correct horse battery"),
    ...     is_right(kept, "correct horse"),
    ...     is_right(None, "x", Cost(n=16)),
    ... )
    (True, False, False)
    """
    if len(salt) < SALT_BYTES:
        raise InvalidInput(f"a salt needs {SALT_BYTES} random bytes", code="too_little_entropy")
    hashed = _hashed(password, salt, cost)
    return Credential(
        person=person, salt=salt.hex(), hash=hashed.hex(), n=cost.n, r=cost.r, p=cost.p, set_at=at
    )


def is_right(credential: Credential | None, password: str, cost: Cost = COST) -> bool:
    """Whether this is the password; for somebody without one it takes as long, and is not."""
    if credential is None:
        _hashed(password, bytes(SALT_BYTES), cost)
        return False
    given = _hashed(password, bytes.fromhex(credential.salt), credential.cost)
    return hmac.compare_digest(given, bytes.fromhex(credential.hash))


def password_problems(password: str, *, name: str = "", email: str = "") -> tuple[Problem, ...]:
    """Why this will not do as a password; empty where it will.

    Length is what counts (NIST SP 800-63B, 3.1.1.2): no rules about kinds of characters.

    >>> [problem.code for problem in password_problems("short")], password_problems("correct horse battery")
    (['weak_password'], ())
    """
    allowed = f"{LENGTH_MIN} to {LENGTH_MAX} characters, not your name or address"
    lowered = password.lower()
    own = [part for part in (name.lower(), email.lower(), email.lower().partition("@")[0]) if len(part) > 3]
    message = ""
    if not LENGTH_MIN <= len(password) <= LENGTH_MAX:
        message = f"the password has {len(password)} characters"
    elif len(set(lowered)) < _DIFFERENT_MIN:
        message = "the password repeats the same few characters"
    elif any(len(lowered.replace(part, "")) < _DIFFERENT_MIN for part in own):
        message = "the password is little more than your name or address"
    if not message:
        return ()
    return (Problem(code="weak_password", message=message, field="password", allowed=allowed),)


def _hashed(password: str, salt: bytes, cost: Cost) -> bytes:
    memory = 128 * cost.n * cost.r * 2 + 2**20
    text = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(text, salt=salt, n=cost.n, r=cost.r, p=cost.p, maxmem=memory, dklen=_HASH_BYTES)
