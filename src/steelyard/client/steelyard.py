"""The client that meters: `track` says what happened, and the client sees to it that it arrives, once."""

from __future__ import annotations

import atexit
import os
import sys
from typing import TYPE_CHECKING, Any, Unpack

from steelyard.client.courier import Courier, Left, Stats, Trouble
from steelyard.client.events import Parts, encoded, made
from steelyard.client.limits import Limits, checked
from steelyard.client.scope import Scope, parts_in_scope
from steelyard.client.telling import Teller
from steelyard.client.waiting import MemoryQueue, Queue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from steelyard.client.answers import Refused
    from steelyard.client.count_log import CountLog
    from steelyard.client.measure import Measure
    from steelyard.client.transport import Answer, Transport

_open: set[Steelyard] = set()
_ORDINARY_BYTES = 1024
_EVENTS = "application/cloudevents-batch+json"


class Steelyard:
    """Meters a program: takes events in, sends them from its own thread, repeats until they are stored.

    `url` and `key` are taken from STEELYARD_URL and STEELYARD_KEY when absent. `source` says who speaks: ids
    are unique within it. `spool` is a folder in which events wait, so that a crash loses none; `count` one in
    which the client keeps its own signed count. `defaults` are parts of every event. `on_refused` hears of
    events that the server will not store, `on_trouble` of tries that failed; by default both are logged.
    Threads may share one; a forked process goes on with its own.

    >>> with Steelyard("http://127.0.0.1:8420", "sk_secret", source="app") as meter:
    ...     meter.stats().tracked
    0
    """

    def __init__(  # noqa: PLR0913 - all but the address and the key have defaults and are named
        self,
        url: str = "",
        key: str = "",
        *,
        source: str = "default",
        spool: str | Path | None = None,
        count: str | Path | None = None,
        defaults: Mapping[str, Any] | None = None,
        limits: Limits | None = None,
        compress: bool = False,
        on_refused: Callable[[Sequence[Refused]], None] | None = None,
        on_trouble: Callable[[Trouble], None] | None = None,
    ) -> None:
        self.url = url or os.environ.get("STEELYARD_URL", "http://127.0.0.1:8420")
        self._key = key or os.environ.get("STEELYARD_KEY", "")
        if not self.url.startswith(("http://", "https://")):
            raise ValueError(f"{self.url!r} is not an http or https address")
        self.limits = checked(limits or Limits())
        self._defaults: dict[str, Any] = {"source": source, **(defaults or {})}
        self._compress = compress
        self._transport: Transport | None = None
        self._teller = Teller(on_refused, on_trouble, self._refusals_counted)
        self._count = _count_log(count)
        self._courier = Courier(
            _queue(spool, self.limits),
            self.limits,
            post=self._post,
            on_refused=self._teller.refused,
            on_trouble=self._teller.trouble,
            on_damage=self._teller.damage,
        )
        _open.add(self)
        if spool is not None:
            self._courier.start()

    def track(self, event_type: str, **parts: Unpack[Parts]) -> str:
        """Take an event in, and give its id. With a spool it outlives the process from here on.

        Raises ValueError or TypeError for an event that the server would refuse, QueueFullError when there is
        no room and the limits say so, ClosedError after `close`. What was raised about was not taken.
        """
        event = made(event_type, {**self._defaults, **parts_in_scope(), **parts})
        count = self._count
        before = None if count is None else lambda: count.note(event)
        self._courier.put(encoded(event), before)
        return event["id"]

    def subject(self, subject: str, /, **parts: Unpack[Parts]) -> Scope:
        """A `with` block whose events are this subject's, unless they say otherwise."""
        return Scope({**parts, "subject": subject})

    def scope(self, **parts: Unpack[Parts]) -> Scope:
        """A `with` block whose events have these parts, unless they say otherwise."""
        return Scope(parts)

    def measure(self, event_type: str, *, tokens: bool = False, **parts: Any) -> Measure:
        """A decorator, or a `with` block: one event for each call, with its count, duration, and errors.

        With `tokens`, also the tokens of the answer that a call gives, be it whole or a stream. Each part may
        be a function of the call's arguments.
        """
        from steelyard.client.measure import Measure

        return Measure(self.track, event_type, parts, tokens=tokens)

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until everything tracked so far has the server's answer; False when the time is over first."""
        return self._courier.flush(timeout)

    def wait_for_room(self, timeout: float) -> bool:
        """Wait until an ordinary event would find room; False when the time is over first."""
        return self._courier.wait_for_room(_ORDINARY_BYTES, timeout)

    def stats(self) -> Stats:
        """What was tracked, delivered, refused and waits."""
        return self._courier.stats()

    def close(self, timeout: float | None = None) -> Left:
        """Deliver what can be delivered in that time (`exit_seconds` if not given); says what is left."""
        left = self._courier.close(self.limits.exit_seconds if timeout is None else timeout)
        if self._count is not None:
            self._count.close()
        _open.discard(self)
        return left

    def __enter__(self) -> Steelyard:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        left = self.close()
        if left:
            self._teller.left(left)

    def _post(self, lines: Sequence[bytes]) -> Answer:
        from steelyard.client.transport import ProblemError, Transport

        if self._transport is None:
            self._transport = Transport(self.url, self._key, timeout=self.limits.request_seconds)
        content = b"[" + b",".join(lines) + b"]"
        headers = {"content-type": _EVENTS}
        if self._compress:
            import gzip

            content = gzip.compress(content, 1)
            headers["content-encoding"] = "gzip"
        try:
            return self._transport.send("POST", "/api/v1/events", content=content, headers=headers)
        except ProblemError as error:
            raise ConnectionError(error.detail) from error

    def _refusals_counted(self, refused: Sequence[Refused]) -> None:
        if self._count is not None:
            with self._courier.section:  # So that a finalizer that tracks does not meet the count half done.
                self._count.note_refused([(one.event, one.code) for one in refused])

    def _after_fork(self) -> None:
        self._transport = None
        if self._count is not None:
            self._count.abandon()
        self._courier.abandon()


def _queue(spool: str | Path | None, limits: Limits) -> Queue:
    if spool is None:
        return MemoryQueue(events_max=limits.waiting_events, bytes_max=limits.waiting_bytes)
    from pathlib import Path

    from steelyard.client.spool import SpoolQueue

    return SpoolQueue(Path(spool), bytes_max=limits.spool_bytes)


def _count_log(folder: str | Path | None) -> CountLog | None:
    if folder is None:
        return None
    from pathlib import Path

    from steelyard.client.count_log import CountLog

    return CountLog(Path(folder))


def _forked() -> None:
    for one in tuple(_open):
        one._after_fork()


def _at_exit() -> None:
    for one in tuple(_open):
        left = one.close()
        if left:
            sys.stderr.write(f"steelyard: {left}\n")


atexit.register(_at_exit)
os.register_at_fork(after_in_child=_forked)
