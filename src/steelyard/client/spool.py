"""Events that wait to be sent, in a folder: what `track` returned for outlives the process.

The folder may be shared by any number of processes on one machine. Each writes files of its own; a file
whose process is gone is adopted by whoever looks next, sent, and removed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from steelyard.client.segment import SUFFIX, Segment, adopt, create
from steelyard.client.waiting import QueueFullError

if TYPE_CHECKING:
    from collections.abc import Callable

SEGMENT_BYTES: Final = 8 << 20
"""A file that has grown beyond this is followed by another; it is what adopting reads at once."""

RECORD_OVERHEAD: Final = 12


class SpoolQueue:
    """The queue in files; it holds no event in memory."""

    kept = True

    def __init__(self, folder: Path, *, bytes_max: int, segment_bytes: int = SEGMENT_BYTES) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._bytes_max, self._segment_bytes = bytes_max, segment_bytes
        self._own: list[Segment] = []
        self._orphans: list[Segment] = []
        self._open: Segment | None = None
        self._events = self._size = 0

    @property
    def events(self) -> int:
        """How many events wait, those of orphans included."""
        return self._events + self.adopted

    @property
    def adopted(self) -> int:
        """How many of them another process left behind."""
        return sum(segment.events for segment in self._orphans)

    @property
    def size(self) -> int:
        """How many bytes of the files are not settled."""
        return self._size + sum(segment.size for segment in self._orphans)

    def make_room(self, size: int) -> None:
        """Nothing, if there is room."""
        if self._events and self.size + size > self._bytes_max:
            waiting = f"{self.events} events of {self.size} bytes wait in {self._folder} already"
            raise QueueFullError(f"{waiting}; the server is slower than this program, or gone")

    def put(self, line: bytes) -> None:
        """Write an event down; it outlives the process from here on."""
        if not self._own or self._own[-1].end >= self._segment_bytes:
            self._own.append(create(self._folder))
        self._own[-1].append(line)
        self._events += 1
        self._size += len(line) + RECORD_OVERHEAD

    def take(self, events: int, size: int) -> list[bytes]:
        """The oldest events: first those that others left, then our own."""
        for segment in (*self._orphans, *self._own):
            lines = segment.take(events, size)
            if lines:
                self._open = segment
                return lines
            if segment in self._orphans:
                self._orphans.remove(segment)
                segment.remove()
        return []

    def settle(self) -> int:
        """Forget what was taken; a file in which nothing waits any more goes."""
        segment, self._open = self._open, None
        if segment is None:
            return 0
        count = segment.taken
        segment.settle()
        if segment in self._orphans:
            if not segment.events:
                self._orphans.remove(segment)
                segment.remove()
            return 0
        if not segment.events and (segment is not self._own[-1] or segment.end >= self._segment_bytes // 8):
            self._own.remove(segment)
            segment.remove()
        self._events -= count
        self._size = sum(one.size for one in self._own)
        return count

    def look_for_orphans(self, told: Callable[[str], None]) -> bool:
        """Adopt what a process left that is no more. The one thread that takes and settles calls this."""
        before = len(self._orphans)
        held = {segment.path for segment in (*self._own, *self._orphans)}
        for path in sorted(self._folder.glob(f"*{SUFFIX}")):
            segment = None if path in held else adopt(path)
            if segment is None:
                continue
            damaged = segment.take_stock()
            if damaged:
                cause = "an event that a power cut cut off, or a bad disk"
                told(f"{damaged} bytes of {path.name} are damaged: {cause}")
            if segment.events:
                self._orphans.append(segment)
            else:
                segment.remove()
        return len(self._orphans) > before

    def sync(self) -> None:
        """Bring what was written to the disk itself."""
        for segment in tuple(self._own):
            segment.sync()

    def abandon(self) -> None:
        """Let go of the files without a trace: they are those of the process that this one is a copy of."""
        for segment in (*self._own, *self._orphans):
            segment.close()
        self._own, self._orphans, self._open = [], [], None
        self._events = self._size = 0

    def close(self) -> None:
        """Let go of the files; what waits in them stays for the next start."""
        for segment in (*self._own, *self._orphans):
            if segment.events:
                segment.sync()
                segment.close()
            else:
                segment.remove()
        self._own, self._orphans = [], []
