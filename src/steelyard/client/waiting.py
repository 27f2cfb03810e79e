"""Events that wait to be sent, in memory: a queue with two bounds, in events and in bytes.

Every queue keeps to the same contract. An event is either taken in or refused with `QueueFullError`; none is
ever dropped. `take` gives the oldest events without forgetting them; `settle` forgets them, once the server
has answered for each. At most one `take` is open at a time.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

EVENT_OVERHEAD = 64
"""What a waiting event costs beside its own bytes, roughly: an object's head and its place in the queue."""


class QueueFullError(Exception):
    """The queue has no room for this event: it was not taken. Try again later, or make the queue larger."""


class Queue(Protocol):
    """Where events wait between `track` and the server's answer. Callers hold the client's lock."""

    @property
    def events(self) -> int:
        """How many events wait, those that are on their way included."""
        ...

    @property
    def size(self) -> int:
        """How many bytes they have."""
        ...

    @property
    def adopted(self) -> int:
        """How many of the waiting events another process left behind."""
        ...

    @property
    def kept(self) -> bool:
        """Whether waiting events outlive the process."""
        ...

    def make_room(self, size: int) -> None:
        """Nothing, if an event of so many bytes may be put in; raises QueueFullError else."""
        ...

    def put(self, line: bytes) -> None:
        """Take an event in, after `make_room`; raises OSError where it could not be written down."""
        ...

    def take(self, events: int, size: int) -> list[bytes]:
        """The oldest events, at most so many and, unless it is only one, at most so many bytes."""
        ...

    def settle(self) -> int:
        """Forget what was taken; gives how many of these were put in by this process."""
        ...

    def look_for_orphans(self, told: Callable[[str], None]) -> bool:
        """Adopt what a process left that is no more; whether there was any. `told` hears of damage."""
        ...

    def sync(self) -> None:
        """Bring what was written to the disk itself."""
        ...

    def abandon(self) -> None:
        """Let go of everything without a trace: this process is a copy of the one that owns it."""
        ...

    def close(self) -> None:
        """Let go of files; what waits in them stays for the next start."""
        ...


class MemoryQueue:
    """The queue in memory alone: quick, and gone with the process.

    >>> queue = MemoryQueue(events_max=2, bytes_max=1000)
    >>> queue.put(b"a"), queue.put(b"b"), queue.take(10, 1000), queue.settle(), queue.events
    (None, None, [b'a', b'b'], 2, 0)
    """

    kept = False
    adopted = 0

    def __init__(self, *, events_max: int, bytes_max: int) -> None:
        self._lines: deque[bytes] = deque()
        self._events_max, self._bytes_max = events_max, bytes_max
        self._size = 0
        self._taken = 0

    @property
    def events(self) -> int:
        """How many events wait."""
        return len(self._lines)

    @property
    def size(self) -> int:
        """How much memory they hold, roughly."""
        return self._size

    def make_room(self, size: int) -> None:
        """Nothing, if there is room."""
        if len(self._lines) >= self._events_max or (self._lines and self._size + size > self._bytes_max):
            waiting = f"{len(self._lines)} events of {self._size} bytes wait already"
            raise QueueFullError(f"{waiting}; the server is slower than this program, or gone")

    def put(self, line: bytes) -> None:
        """Take an event in."""
        self._lines.append(line)
        self._size += len(line) + EVENT_OVERHEAD

    def take(self, events: int, size: int) -> list[bytes]:
        """The oldest events."""
        taken: list[bytes] = []
        for line in islice(self._lines, events):
            size -= len(line)
            if size < 0 and taken:
                break
            taken.append(line)
        self._taken = len(taken)
        return taken

    def settle(self) -> int:
        """Forget what was taken."""
        for _ in range(self._taken):
            self._size -= len(self._lines.popleft()) + EVENT_OVERHEAD
        settled, self._taken = self._taken, 0
        return settled

    def look_for_orphans(self, told: Callable[[str], None]) -> bool:
        """Memory leaves nothing behind."""
        return False

    def sync(self) -> None:
        """Memory has no disk."""

    def abandon(self) -> None:
        """Forget the copies."""
        self._lines.clear()
        self._size = self._taken = 0

    def close(self) -> None:
        """Nothing is held."""
