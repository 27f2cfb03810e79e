"""How much a client may hold, how long it may wait: one record, checked when it is made."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

BATCH_EVENTS_MAX: Final = 1000


class Limits(NamedTuple):
    """Bounds of one client; each has a default that suits a service.

    `batch_events`, `batch_bytes`, `flush_seconds`: a request leaves as soon as one of them is reached.
    `waiting_events`, `waiting_bytes`: what may wait in memory; `spool_bytes`: what may wait in the spool.
    `when_full`: `block` until there is room (at most `block_seconds`, if given) or `raise` QueueFullError.
    `fsync`: when the spool goes to the disk itself: `always` before `track` returns, `interval` about every
    `flush_seconds`, `never` (the system decides). All three outlive the end of the process by any signal.
    `request_seconds`: patience with one request. `retry_seconds`: the longest pause between two tries.
    `exit_seconds`: how long the end of the program may wait for what is left.
    """

    batch_events: int = BATCH_EVENTS_MAX
    batch_bytes: int = 1 << 20
    flush_seconds: float = 1.0
    waiting_events: int = 100_000
    waiting_bytes: int = 64 << 20
    spool_bytes: int = 1 << 30
    when_full: Literal["block", "raise"] = "block"
    block_seconds: float | None = None
    fsync: Literal["always", "interval", "never"] = "interval"
    request_seconds: float = 30.0
    retry_seconds: float = 30.0
    exit_seconds: float = 5.0


def checked(limits: Limits) -> Limits:
    """The same limits; raises ValueError for what cannot be kept.

    >>> checked(Limits(batch_events=5000))
    Traceback (most recent call last):
        ...
    ValueError: batch_events is from 1 to 1000, not 5000
    """
    if not 1 <= limits.batch_events <= BATCH_EVENTS_MAX:
        raise ValueError(f"batch_events is from 1 to {BATCH_EVENTS_MAX}, not {limits.batch_events}")
    for name in ("batch_bytes", "flush_seconds", "waiting_events", "waiting_bytes", "spool_bytes"):
        if getattr(limits, name) <= 0:
            raise ValueError(f"{name} must be more than nothing")
    if limits.when_full not in ("block", "raise"):
        raise ValueError(f"when_full is block or raise, not {limits.when_full!r}")
    if limits.fsync not in ("always", "interval", "never"):
        raise ValueError(f"fsync is always, interval or never, not {limits.fsync!r}")
    return limits
