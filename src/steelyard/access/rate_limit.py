"""How much a key may send: a token bucket in whole numbers, told the time and never asking for it."""

from __future__ import annotations

from dataclasses import dataclass

from steelyard.kernel import InvalidInput, Problem

_MICRO = 1_000_000
_MOST = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """What a key may send: events a second in the long run, `burst` of them at once, bytes a body.

    `burst` is by default what ten seconds bring. A request with more events than the burst is taken when the
    bucket is full, and paid for afterwards, so that no batch is refused for ever.

    >>> RateLimit(events_per_second=100).burst
    1000
    """

    events_per_second: int
    burst: int = 0
    body_bytes: int | None = None

    def __post_init__(self) -> None:
        if problems := tuple(_problems(self)):
            raise InvalidInput("the rate limit is not valid", code="invalid_limit", problems=problems)
        if not self.burst:
            object.__setattr__(self, "burst", 10 * self.events_per_second)

    @property
    def window_seconds(self) -> int:
        """How long an empty bucket takes to fill, rounded up."""
        return -(-self.burst // self.events_per_second)


def _problems(limit: RateLimit) -> list[Problem]:
    found: list[Problem] = []
    for name, least in (("events_per_second", 1), ("burst", 0), ("body_bytes", 1)):
        value: int | None = getattr(limit, name)
        if value is not None and not least <= value <= _MOST:
            allowed = f"{max(least, 1)} to {_MOST}"
            found.append(
                Problem(code="invalid_limit", message=f"{value} is no limit", field=name, allowed=allowed)
            )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """How many events a key may still send, in millionths, at a moment in microseconds.

    Below zero the key has sent ahead of its rate and waits until that is paid for.
    """

    level: int
    at: int

    def remaining(self) -> int:
        """Whole events that may be sent now."""
        return max(0, self.level // _MICRO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Whether events may go on, the bucket afterwards, and how long to wait before asking again."""

    allowed: bool
    bucket: Bucket
    wait_micros: int = 0

    @property
    def wait_seconds(self) -> int:
        """The wait in whole seconds, rounded up."""
        return -(-self.wait_micros // _MICRO)


def full_bucket(limit: RateLimit, at: int) -> Bucket:
    """The bucket of a key that has sent nothing yet."""
    return Bucket(level=limit.burst * _MICRO, at=at)


def take(limit: RateLimit, bucket: Bucket, count: int, at: int) -> Taken:
    """Whether `count` events may go on at this moment (microseconds, any origin); a clock may stand still.

    >>> limit = RateLimit(events_per_second=10, burst=20)
    >>> first = take(limit, full_bucket(limit, 0), 20, 0)
    >>> second = take(limit, first.bucket, 5, 100_000)
    >>> first.allowed, second.allowed, second.wait_micros, second.wait_seconds
    (True, False, 400000, 1)
    """
    elapsed = max(0, at - bucket.at)
    level = min(limit.burst * _MICRO, bucket.level + elapsed * limit.events_per_second)
    now = max(at, bucket.at)
    needed = min(count, limit.burst) * _MICRO
    if level >= needed:
        return Taken(allowed=True, bucket=Bucket(level=level - count * _MICRO, at=now))
    wait = -(-(needed - level) // limit.events_per_second)
    return Taken(allowed=False, bucket=Bucket(level=level, at=now), wait_micros=wait)
