"""What carries events to the server: one thread that takes from a queue, sends, and settles.

Everything that producers and the courier share lies behind one lock. The queue forgets events only after
the server's answer for each of them, so that stopping at any point repeats at worst, and never loses.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

from steelyard.client.answers import Apart, Later, Refused, Stored, Verdict, judge, refused_alone
from steelyard.client.backoff import pause
from steelyard.client.section import Section
from steelyard.client.waiting import QueueFullError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from steelyard.client.limits import Limits
    from steelyard.client.transport import Answer
    from steelyard.client.waiting import Queue

ORPHAN_SECONDS: Final = 30.0
"""How often an idle courier looks for the spool of a process that is no more."""

_STEP_SECONDS: Final = 1.0


class ClosedError(Exception):
    """The client was closed: this event was not taken."""


class Trouble(NamedTuple):
    """A try that failed: nothing is lost, it will be tried again after `seconds`. `waiting` events wait."""

    code: str
    message: str
    attempt: int
    seconds: float
    waiting: int


class Stats(NamedTuple):
    """Figures of a client since it began.

    `tracked` events were taken in here, `adopted` came from a process that is no more. Of them `settled` have
    the server's word: stored (or known already), except `refused`. `waiting` are left, in `waiting_bytes`.
    """

    tracked: int
    adopted: int
    settled: int
    refused: int
    waiting: int
    waiting_bytes: int
    requests: int
    failures: int
    trouble: Trouble | None


class Left(NamedTuple):
    """What a closed client could not deliver, and whether it is kept for the next start.

    >>> str(Left(2, True)), bool(Left(0, True))
    ('2 events are left; the spool keeps them for the next start', False)
    """

    events: int
    kept: bool

    def __bool__(self) -> bool:
        return self.events > 0

    def __str__(self) -> str:
        if not self.events:
            return "nothing is left"
        many = f"{self.events} event{'s are' if self.events > 1 else ' is'} left"
        fate = "the spool keeps them for the next start" if self.kept else "without a spool they are lost"
        return f"{many}; {fate}"


class Courier:
    """Takes events in on any thread and delivers them on its own.

    `post` sends one body and gives the answer; it raises OSError, or what it knows as unreachable, when there
    is none. `on_refused`, `on_trouble` and `on_damage` are told what a person should know.
    """

    def __init__(
        self,
        queue: Queue,
        limits: Limits,
        *,
        post: Callable[[Sequence[bytes]], Answer],
        on_refused: Callable[[Sequence[Refused]], None],
        on_trouble: Callable[[Trouble], None],
        on_damage: Callable[[str], None],
    ) -> None:
        self._queue, self._limits = queue, limits
        self._post = post
        self._on_refused, self._on_trouble, self._on_damage = on_refused, on_trouble, on_damage
        self._begin()

    def _begin(self) -> None:
        self.section = Section()
        self._work = threading.Condition(self.section.lock)
        self._moved = threading.Condition(self.section.lock)
        self._put_off: deque[tuple[bytes, Callable[[], None] | None]] = deque()
        self._thread: threading.Thread | None = None
        self._looked = not self._queue.kept
        self._looked_at = 0.0
        self._since = 0.0
        self._wanted = 0
        self._urgent = self._closing = self._stopped = self._shut = False
        self._tracked = self._mine_settled = self._adopted = self._settled = 0
        self._refused = self._requests = self._failures = 0
        self._trouble: Trouble | None = None

    def abandon(self) -> None:
        """Start afresh in a forked process: what waited belongs to the parent, which still has it."""
        self._queue.abandon()
        self._begin()

    def start(self) -> None:
        """Begin to carry, if that has not begun."""
        with self.section:
            self._start()

    def _start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="steelyard-courier", daemon=True)
            self._thread.start()

    def put(self, line: bytes, before: Callable[[], None] | None = None) -> None:
        """Take an event in; `before` runs first, once it is sure that there is room.

        Raises QueueFullError where there is none, ClosedError after `close`, OSError when the disk is full:
        then the event was not taken. A signal handler or a finalizer that interrupted this very work has its
        event taken in as soon as that is done.
        """
        if self.section.is_inside:
            self._put_off.append((line, before))
            return
        self._put(line, before, may_wait=self._limits.when_full == "block")
        if self._put_off:
            self._catch_up()

    def _catch_up(self) -> None:
        """Take in what was put off; what finds no room waits for the next time."""
        while self._put_off:
            line, before = self._put_off.popleft()
            try:
                self._put(line, before, may_wait=False)
            except QueueFullError:
                self._put_off.appendleft((line, before))
                return

    def _put(self, line: bytes, before: Callable[[], None] | None, *, may_wait: bool) -> None:
        with self.section:
            self._wait_for_room(len(line), may_wait=may_wait)
            if before is not None:
                before()
            self._queue.put(line)
            self._tracked += 1
            waiting = self._queue.events
            if waiting == 1 or not self._since:
                self._since = time.monotonic()
                self._work.notify()
            elif waiting == self._limits.batch_events or self._queue.size >= self._limits.batch_bytes:
                self._work.notify()
            if self._thread is None:
                self._start()
            if self._limits.fsync == "always":
                self._queue.sync()

    def _wait_for_room(self, size: int, *, may_wait: bool) -> None:
        deadline: float | None = None
        while True:
            if self._closing:
                raise ClosedError("this client is closed; make another")
            try:
                self._queue.make_room(size)
            except QueueFullError:
                if not may_wait:
                    raise
                if deadline is None and self._limits.block_seconds is not None:
                    deadline = time.monotonic() + self._limits.block_seconds
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    raise
                self._start()
                self._moved.wait(left)
            else:
                return

    def wait_for_room(self, size: int, seconds: float) -> bool:
        """Wait until an event of so many bytes would be taken, or the time is over."""

        def has_room() -> bool:
            try:
                self._queue.make_room(size)
            except QueueFullError:
                return self._closing
            return True

        with self.section:
            return self._moved.wait_for(has_room, seconds)

    def flush(self, seconds: float | None) -> bool:
        """Deliver everything that was taken in so far; False when the time is over before that."""
        if not self._closing:
            self._catch_up()
        with self.section:
            mark = self._tracked
            if self._stopped or (self._thread is None and not self._queue.events and self._looked):
                return not self._queue.events
            self._wanted += 1
            self._urgent = True
            try:
                self._start()
                self._work.notify()
                return self._moved.wait_for(lambda: self._is_through(mark), seconds)
            finally:
                self._wanted -= 1

    def _is_through(self, mark: int) -> bool:
        return self._mine_settled >= mark and self._looked and not self._queue.adopted

    def close(self, seconds: float) -> Left:
        """Deliver what can be delivered in that time, take nothing more, and say what is left."""
        if not self._closing:
            self._catch_up()
        with self.section:
            if self._stopped:
                return Left(self._queue.events, self._queue.kept)
            self._closing = True
            self._moved.notify_all()
        deadline = time.monotonic() + seconds
        self.flush(seconds)
        with self.section:
            self._stopped = True
            self._work.notify_all()
            self._moved.notify_all()
            thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join(max(0.2, deadline - time.monotonic()) if seconds else 0.2)
        with self.section:
            left = Left(self._queue.events, self._queue.kept)
            self._shut = True
            self._queue.close()
            return left

    def stats(self) -> Stats:
        """The figures of this moment."""
        with self.section:
            return Stats(
                tracked=self._tracked,
                adopted=self._adopted,
                settled=self._settled,
                refused=self._refused,
                waiting=self._queue.events,
                waiting_bytes=self._queue.size,
                requests=self._requests,
                failures=self._failures,
                trouble=self._trouble,
            )

    def _run(self) -> None:
        while not self._stopped:
            try:
                if not self._closing:
                    self._catch_up()
                self._look()
                with self.section:
                    lines = self._next_batch()
                if lines:
                    self._carry(lines)
            except Exception as error:  # noqa: BLE001 - told; the thread must outlive a full disk and the like
                self._tell_trouble(Later(type(error).__name__, str(error) or repr(error)), 1)
                self._rest(_STEP_SECONDS, asked=_STEP_SECONDS)

    def _look(self) -> None:
        if not self._queue.kept or (self._looked and time.monotonic() - self._looked_at < ORPHAN_SECONDS):
            return
        before = self._queue.adopted
        self._queue.look_for_orphans(self._on_damage)
        with self.section:
            self._adopted += self._queue.adopted - before
            self._looked, self._looked_at = True, time.monotonic()
            self._moved.notify_all()

    def _next_batch(self) -> list[bytes]:
        """The next events, once they are due; none when it is time to look around."""
        due = self._limits.flush_seconds
        while not self._stopped:
            waiting = self._queue.events
            left = self._since + due - time.monotonic()
            full = waiting >= self._limits.batch_events or self._queue.size >= self._limits.batch_bytes
            if waiting and (full or self._wanted or self._closing or left <= 0 or self._queue.adopted):
                self._since = time.monotonic()
                return self._queue.take(self._limits.batch_events, self._limits.batch_bytes)
            if not self._work.wait(left if waiting else ORPHAN_SECONDS) and not waiting:
                return []
        return []

    def _carry(self, lines: list[bytes]) -> None:
        """Send the events, in parts where the server asks for that, until each has its answer."""
        parts = [lines]
        refused: list[Refused] = []
        attempt = 0
        if self._limits.fsync == "interval":
            self._queue.sync()
        while parts and not self._stopped:
            part = parts[-1]
            verdict = self._ask(part)
            if isinstance(verdict, Later):
                attempt += 1
                self._rest(self._tell_trouble(verdict, attempt), asked=verdict.seconds)
                continue
            attempt = 0
            parts.pop()
            if isinstance(verdict, Stored):
                refused += verdict.refused
            elif len(part) == 1:
                refused.append(refused_alone(part[0], verdict))
            else:
                parts += [part[len(part) // 2 :], part[: len(part) // 2]]
        if not parts:
            self._settle(len(lines), refused)

    def _ask(self, part: Sequence[bytes]) -> Verdict:
        self._requests += 1
        self._urgent = False
        try:
            answer = self._post(part)
        except OSError as error:
            return Later("unreachable", str(error) or type(error).__name__)
        return judge(answer.status, answer.headers, answer.content, part)

    def _settle(self, count: int, refused: list[Refused]) -> None:
        if refused:
            self._on_refused(refused)
        with self.section:
            if self._shut:
                return
            self._mine_settled += self._queue.settle()
            self._settled += count
            self._refused += len(refused)
            self._trouble = None
            self._moved.notify_all()

    def _tell_trouble(self, verdict: Later | Apart, attempt: int) -> float:
        asked = verdict.seconds if isinstance(verdict, Later) else 0.0
        seconds = pause(attempt, asked=asked, most=self._limits.retry_seconds)
        with self.section:
            self._failures += 1
            trouble = Trouble(verdict.code, verdict.message, attempt, seconds, self._queue.events)
            self._trouble = trouble
        self._on_trouble(trouble)
        return seconds

    def _rest(self, seconds: float, *, asked: float) -> None:
        """Wait before the next try. Who flushes or closes cuts it short, but not below what was asked for."""
        began = time.monotonic()
        while not self._stopped:
            if self._limits.fsync == "interval":
                self._queue.sync()
            with self.section:
                spent = time.monotonic() - began
                limit = asked if self._urgent else seconds
                if spent >= limit or self._stopped:
                    return
                self._work.wait(min(limit - spent, _STEP_SECONDS))
