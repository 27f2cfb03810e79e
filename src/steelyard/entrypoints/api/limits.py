"""What keeps the server's memory and its keys within bounds: buckets of the keys, and bytes in flight.

Every body counts from its first byte until its answer leaves. When too many wait, the next ones are told to
come back (429) instead of being taken in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic_ns
from types import TracebackType
from typing import Final

from steelyard.access import Bucket, Principal, RateLimit, Taken, full_bucket, take
from steelyard.kernel import Unavailable

BODY_BYTES_MAX: Final = 16 * 1024 * 1024
IN_FLIGHT_BYTES_MAX: Final = 128 * 1024 * 1024
"""Bytes of bodies, as unpacked, that may wait for their answer at once."""


class Busy(Unavailable):
    """Too much at once; `headers` say when to come back."""

    def __init__(self, message: str, *, code: str, headers: dict[str, str]) -> None:
        super().__init__(message, code=code)
        self.headers = headers


class InFlight:
    """Counts the bytes of bodies that wait for their answer; only the event loop's thread asks it."""

    def __init__(self, limit: int = IN_FLIGHT_BYTES_MAX) -> None:
        self._limit = limit
        self.held = 0

    def hold(self) -> Hold:
        """The share of one request; to be used as a context."""
        return Hold(self)

    def grow(self, size: int) -> None:
        """Takes bytes in; raises Busy `too_busy` when that would be too many."""
        if self.held + size > self._limit:
            raise Busy(
                f"{self.held // 1024 // 1024} MiB of requests wait for their answers already",
                code="too_busy",
                headers={"retry-after": "1"},
            )
        self.held += size

    def shrink(self, size: int) -> None:
        """Lets bytes go."""
        self.held -= size


class Hold:
    """What one request holds of the bytes in flight."""

    __slots__ = ("_all", "_size")

    def __init__(self, all_of_them: InFlight) -> None:
        self._all, self._size = all_of_them, 0

    def grow(self, size: int) -> None:
        """Takes further bytes in; raises Busy `too_busy` when that would be too many."""
        self._all.grow(size)
        self._size += size

    def shrink(self, size: int) -> None:
        """Lets some bytes go before the request is over."""
        self._all.shrink(size)
        self._size -= size

    def __enter__(self) -> Hold:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._all.shrink(self._size)
        self._size = 0


def body_limit(principal: Principal) -> int:
    """The most bytes that a body of this asker may have, as sent and as unpacked."""
    limit = principal.rate_limit
    own = None if limit is None else limit.body_bytes
    return BODY_BYTES_MAX if own is None else min(own, BODY_BYTES_MAX)


def now_micros() -> int:
    """A clock that never runs back, in microseconds."""
    return monotonic_ns() // 1000


class KeyLimits:
    """The buckets of the keys that have a rate limit, in memory; a start fills them all."""

    def __init__(self, clock: Callable[[], int] = now_micros) -> None:
        self._clock = clock
        self._buckets: dict[str, tuple[RateLimit, Bucket]] = {}

    def refuse_if_empty(self, principal: Principal) -> None:
        """Raises Busy `rate_limited` when not even one event may go on; asked before a body is read."""
        limit = principal.rate_limit
        if limit is not None:
            tried = take(limit, self._bucket(principal.key_id, limit), 1, self._clock())
            if not tried.allowed:
                raise _limited(principal, limit, tried)

    def take(self, principal: Principal, count: int) -> dict[str, str]:
        """Counts events against the key's bucket; gives the header fields that tell what is left.

        Raises Busy `rate_limited` when they must wait.
        """
        limit = principal.rate_limit
        if limit is None:
            return {}
        taken = take(limit, self._bucket(principal.key_id, limit), count, self._clock())
        self._buckets[principal.key_id] = (limit, taken.bucket)
        if not taken.allowed:
            raise _limited(principal, limit, taken)
        return fields_of(limit, taken.bucket)

    def _bucket(self, key_id: str, limit: RateLimit) -> Bucket:
        known = self._buckets.get(key_id)
        return full_bucket(limit, self._clock()) if known is None or known[0] != limit else known[1]


@dataclass(slots=True)
class Gate:
    """All limits of one server."""

    in_flight: InFlight = field(default_factory=InFlight)
    keys: KeyLimits = field(default_factory=KeyLimits)


def fields_of(limit: RateLimit, bucket: Bucket, *, wait: int | None = None) -> dict[str, str]:
    """The RateLimit fields (draft-ietf-httpapi-ratelimit-headers), and the older ones that Lago reads.

    >>> limit = RateLimit(events_per_second=10, burst=100)
    >>> fields_of(limit, full_bucket(limit, 0))["ratelimit"]
    '"default";r=100;t=0'
    """
    left = bucket.remaining()
    until_full = -(-(limit.burst - left) // limit.events_per_second)
    reset = until_full if wait is None else wait
    return {
        "ratelimit-policy": f'"default";q={limit.burst};w={limit.window_seconds}',
        "ratelimit": f'"default";r={left};t={reset}',
        "x-ratelimit-limit": str(limit.burst),
        "x-ratelimit-remaining": str(left),
        "x-ratelimit-reset": str(reset),
    }


def _limited(principal: Principal, limit: RateLimit, taken: Taken) -> Busy:
    wait = max(1, taken.wait_seconds)
    return Busy(
        f"the key {principal.name} may send {limit.events_per_second} events a second; "
        f"the next ones are taken in {wait} s",
        code="rate_limited",
        headers={"retry-after": str(wait), **fields_of(limit, taken.bucket, wait=wait)},
    )
