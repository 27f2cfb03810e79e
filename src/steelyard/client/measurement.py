"""One run of metered code, from its beginning to the event that tells of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from steelyard.client.events import now_text
from steelyard.client.tokens import TokenCount

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Sink(NamedTuple):
    """Where the events of metered code go: their type, and a client's `track`, awaited where it can be."""

    event_type: str
    record: Callable[..., object]
    record_async: Callable[..., Awaitable[object]] | None = None


class Measurement:
    """One run that is being measured; `note` adds figures to its event, `see` counts an answer's tokens."""

    def __init__(self, sink: Sink, parts: dict[str, Any], *, tokens: bool) -> None:
        self._sink = sink
        self._parts = parts
        self._tokens = TokenCount() if tokens else None
        self._noted: dict[str, Any] = dict(parts.pop("data", None) or {})
        self._began = time.perf_counter_ns()
        self._time = parts.pop("time", None) or now_text()
        self._done = False

    def note(self, **figures: Any) -> None:
        """Put figures of your own into the event's data."""
        self._noted.update(figures)

    def see(self, answer: Any) -> None:
        """Count the tokens of an answer, or of a chunk of one."""
        if self._tokens is not None:
            self._tokens.see(answer)

    def event(self, error: BaseException | None, *, complete: bool = True) -> dict[str, Any] | None:
        """The parts of the event, once; None when it was given before."""
        if self._done:
            return None
        self._done = True
        spent = time.perf_counter_ns() - self._began
        data: dict[str, Any] = {"count": 1, "seconds": seconds_text(spent), "ok": error is None}
        if error is not None:
            data["error"] = type(error).__name__
        if not complete:
            data["complete"] = False
        if self._tokens is not None:
            data.update(self._tokens.figures())
        return {**self._parts, "time": self._time, "data": {**data, **self._noted}}

    def finish(self, error: BaseException | None = None, *, complete: bool = True) -> None:
        """The run is over."""
        event = self.event(error, complete=complete)
        if event is not None:
            self._sink.record(self._sink.event_type, **event)

    async def finish_async(self, error: BaseException | None = None, *, complete: bool = True) -> None:
        """The run is over; waits for room without holding up the event loop, where the client can."""
        event = self.event(error, complete=complete)
        if event is None:
            return
        if self._sink.record_async is None:
            self._sink.record(self._sink.event_type, **event)
        else:
            await self._sink.record_async(self._sink.event_type, **event)


def seconds_text(nanoseconds: int) -> str:
    """Nanoseconds as exact seconds in decimal text.

    >>> seconds_text(1_500_000), seconds_text(61_000_000_000)
    ('0.0015', '61')
    """
    whole, rest = divmod(nanoseconds, 1_000_000_000)
    return f"{whole}.{rest:09d}".rstrip("0").rstrip(".")
