"""The metering client for asyncio: the same delivery, without ever holding up the event loop.

Delivery stays on a thread of its own: it goes on while the loop is busy, and after it has ended. What can
take time (waiting for room, for a flush, for the end) is awaited.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Unpack

from steelyard.client.courier import Left, Stats
from steelyard.client.limits import Limits
from steelyard.client.scope import Scope
from steelyard.client.steelyard import Steelyard
from steelyard.client.waiting import QueueFullError

if TYPE_CHECKING:
    from types import TracebackType

    from steelyard.client.events import Parts
    from steelyard.client.measure import Measure

_STEP_SECONDS = 1.0


class AsyncSteelyard:
    """As `Steelyard`, with the same arguments; `track`, `flush` and `close` are awaited.

    >>> async def run() -> int:
    ...     async with AsyncSteelyard("http://127.0.0.1:8420", "sk_secret") as meter:
    ...         return meter.stats().tracked
    >>> asyncio.run(run())
    0
    """

    def __init__(self, url: str = "", key: str = "", *, limits: Limits | None = None, **options: Any) -> None:
        self.limits = limits or Limits()
        # The thread that is asked must never wait: waiting for room is done here, between two tries.
        self._inner = Steelyard(url, key, limits=self.limits._replace(when_full="raise"), **options)

    async def track(self, event_type: str, **parts: Unpack[Parts]) -> str:
        """Take an event in, and give its id; waits for room unless the limits say to raise."""
        deadline: float | None = None
        while True:
            try:
                return self._inner.track(event_type, **parts)
            except QueueFullError:
                if self.limits.when_full == "raise":
                    raise
                if deadline is None and self.limits.block_seconds is not None:
                    deadline = time.monotonic() + self.limits.block_seconds
                if deadline is not None and time.monotonic() >= deadline:
                    raise
            await asyncio.to_thread(self._inner.wait_for_room, _STEP_SECONDS)

    def subject(self, subject: str, /, **parts: Unpack[Parts]) -> Scope:
        """A `with` block whose events are this subject's, unless they say otherwise."""
        return Scope({**parts, "subject": subject})

    def scope(self, **parts: Unpack[Parts]) -> Scope:
        """A `with` block whose events have these parts, unless they say otherwise."""
        return Scope(parts)

    def measure(self, event_type: str, *, tokens: bool = False, **parts: Any) -> Measure:
        """A decorator, or an `async with` block, as `Steelyard.measure`.

        On functions that are not async the event is taken in at once, and QueueFullError raised where there
        is no room: such a function cannot await.
        """
        from steelyard.client.measure import Measure

        return Measure(self._inner.track, event_type, parts, tokens=tokens, record_async=self.track)

    async def flush(self, timeout: float | None = None) -> bool:
        """Wait until everything tracked so far has the server's answer; False when the time is over first."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:  # In short steps, so that a task that is cancelled leaves no thread waiting.
            left = _STEP_SECONDS if deadline is None else max(0.0, deadline - time.monotonic())
            if await asyncio.to_thread(self._inner.flush, min(left, _STEP_SECONDS)):
                return True
            if deadline is not None and time.monotonic() >= deadline:
                return False

    def stats(self) -> Stats:
        """What was tracked, delivered, refused and waits."""
        return self._inner.stats()

    async def close(self, timeout: float | None = None) -> Left:
        """Deliver what can be delivered in that time; says what is left."""
        return await asyncio.to_thread(self._inner.close, timeout)

    async def __aenter__(self) -> AsyncSteelyard:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self._inner.__exit__, kind, error, where)
