"""Slowing down who guesses: a few tries are free, then each failure doubles the wait.

A try is counted before it is judged, so that guesses at the same moment do not slip through together; the one
that succeeds takes its count back. Clock and keys (an address, a hash of an e-mail) are the caller's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

_SECOND: Final = 1_000_000
_WAIT_MAX_SECONDS: Final = 300
_FORGET_SECONDS: Final = 3600
_KEYS_MAX: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """How often somebody tried without success, and when last, in microseconds since 1970."""

    count: int
    at: int


def wait_micros(tries: Tries, free: int, now: int) -> int:
    """How long a further try must wait: nothing for the free ones, then 1 s, 2 s, 4 s … 5 minutes.

    >>> [wait_micros(Tries(count=count, at=0), 5, 0) // 1_000_000 for count in (0, 4, 5, 6, 20)]
    [0, 0, 1, 2, 300]
    """
    if tries.count < free:
        return 0
    seconds = min(2 ** min(tries.count - free, 20), _WAIT_MAX_SECONDS)
    # A clock that was put back does not let anybody wait longer than the rule says.
    return max(0, min(tries.at - now, 0) + seconds * _SECOND)


_NOBODY: Final[Mapping[str, Tries]] = MappingProxyType({})


class Throttle:
    """The tries of everybody who tried lately, in memory; at most ten thousand, the oldest are forgotten.

    `known` are tries from before, the oldest first.

    >>> throttle = Throttle(free=1)
    >>> throttle.attempt("ada", 0), throttle.attempt("ada", 0), throttle.attempt("bob", 0)
    (0, 1, 0)
    """

    __slots__ = ("_free", "_tries")

    def __init__(self, *, free: int, known: Mapping[str, Tries] = _NOBODY) -> None:
        self._free = free
        self._tries: dict[str, Tries] = dict(known)

    def tries(self, key: str) -> Tries | None:
        """How often somebody tried, where they did."""
        return self._tries.get(key)

    def attempt(self, key: str, now: int) -> int:
        """Counts a try and gives 0, or gives the seconds to wait (rounded up) and counts nothing."""
        before = self._tries.get(key, Tries(count=0, at=now))
        if now - before.at > _FORGET_SECONDS * _SECOND:
            before = Tries(count=0, at=now)
        wait = wait_micros(before, self._free, now)
        if wait:
            return -(-wait // _SECOND)
        self._tries.pop(key, None)
        while len(self._tries) >= _KEYS_MAX:
            del self._tries[next(iter(self._tries))]
        self._tries[key] = Tries(count=before.count + 1, at=now)
        return 0

    def succeeded(self, key: str) -> None:
        """Forgets the tries of somebody who showed who they are."""
        self._tries.pop(key, None)
