"""One file of the spool: records behind a checksum each, only ever appended to, owned by one process.

    file    = "SYSPOOL1" record*
    record  = F5 9D, kind (1 byte: E an event, D settled), length u32, CRC-32 u32 of kind and content, content

Numbers are little endian. The content of E is the event as it is sent, in ASCII, so that the two marking
bytes never stand in it; that of D is a u64: everything before that place of the file is settled. A record
that ends early, as after a power cut, ends the file; damage in its midst costs only what is damaged.

Who owns a file holds an exclusive `flock` on it. The system lets go of it with the process, however that
ended; then another may adopt the file, send what is left, and remove it.
"""

from __future__ import annotations

import fcntl
import os
import struct
import time
import zlib
from typing import TYPE_CHECKING, Final, NamedTuple

from steelyard.client.events import EVENT_BYTES_MAX

if TYPE_CHECKING:
    from pathlib import Path

MAGIC: Final = b"SYSPOOL1"
SUFFIX: Final = ".spool"
_MARK: Final = b"\xf5\x9d"
_HEAD: Final = struct.Struct("<2scII")
_PLACE: Final = struct.Struct("<Q")
_EVENT, _SETTLED = b"E", b"D"


class Parsed(NamedTuple):
    """What a stretch of a segment holds: events with the place after each, the end, what was damaged.

    `settled` is the farthest place before which everything is settled.
    """

    events: list[tuple[bytes, int]]
    end: int
    settled: int
    damaged: int


def framed(kind: bytes, content: bytes) -> bytes:
    """One record as it is written.

    >>> framed(b"E", b"{}").hex()
    'f59d4502000000853b6f6b7b7d'
    """
    return _HEAD.pack(_MARK, kind, len(content), zlib.crc32(content, zlib.crc32(kind))) + content


def parse(data: bytes, start: int, *, whole: bool, most: int = 1 << 62) -> Parsed:
    """The records of bytes that begin at the place `start` of the file; never raises, whatever they are.

    `whole`: the file ends with these bytes, so that a record that goes beyond them was cut off. At most
    `most` events are read.

    >>> two = framed(b"E", b"one") + framed(b"E", b"two")
    >>> [line for line, _ in parse(two, 8, whole=True).events], parse(two[:-1], 8, whole=True).damaged
    ([b'one', b'two'], 13)
    >>> parse(b"?" + two, 8, whole=True).damaged
    1
    """
    events: list[tuple[bytes, int]] = []
    at = settled = damaged = 0
    while at < len(data) and len(events) < most:
        length = _length_at(data, at)
        if length is None and not whole and len(data) - at < _HEAD.size + EVENT_BYTES_MAX:
            break  # The rest of this record lies beyond what was read.
        if length is None:
            following = _next_record(data, at + 1)
            damaged += following - at
            at = following
            continue
        kind = data[at + 2 : at + 3]
        content = data[at + _HEAD.size : at + _HEAD.size + length]
        at += _HEAD.size + length
        if kind == _EVENT:
            events.append((content, start + at))
        elif len(content) == _PLACE.size:
            settled = max(settled, _PLACE.unpack(content)[0])
    return Parsed(events, start + at, settled, damaged)


def _length_at(data: bytes, at: int) -> int | None:
    """The length of the sound record at this place; None where there is none, or not all of it."""
    if len(data) - at < _HEAD.size:
        return None
    mark, kind, length, checksum = _HEAD.unpack_from(data, at)
    content = data[at + _HEAD.size : at + _HEAD.size + length] if length <= EVENT_BYTES_MAX else b""
    sound = mark == _MARK and len(content) == length and zlib.crc32(content, zlib.crc32(kind)) == checksum
    return length if sound else None


def _next_record(data: bytes, at: int) -> int:
    while True:
        at = data.find(_MARK, at)
        if at < 0:
            return len(data)
        if _length_at(data, at) is not None:
            return at
        at += 1


class Segment:
    """One open file of the spool, held by this process; made by `create` or `adopt`."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor
        self.end = os.fstat(descriptor).st_size
        self.events = 0
        self.read_to = self.settled_to = len(MAGIC)
        self.taken = 0
        self._taken_to = self.read_to
        self._unsynced = False

    @property
    def size(self) -> int:
        """How many bytes of the file are not settled."""
        return self.end - self.settled_to

    def append(self, line: bytes) -> None:
        """Write an event down; then it outlives the process. Raises OSError and leaves no part of it."""
        self._write(framed(_EVENT, line))
        self.events += 1

    def _write(self, record: bytes) -> None:
        try:
            written = os.write(self._descriptor, record)
            if written < len(record):
                raise OSError(28, "no space left for the spool", str(self.path))
        except OSError:
            os.ftruncate(self._descriptor, self.end)
            raise
        self.end += written
        self._unsynced = True

    def take(self, events: int, size: int) -> list[bytes]:
        """The next events, without settling them."""
        while True:
            reach = min(self.end, self.settled_to + max(size, 4096))
            data = os.pread(self._descriptor, reach - self.settled_to, self.settled_to)
            found = parse(data, self.settled_to, whole=reach >= self.end, most=events)
            if found.events or reach >= self.end:
                break
            size *= 2
        self.taken = len(found.events)
        self._taken_to = found.events[-1][1] if found.events else self.end
        return [line for line, _ in found.events]

    def settle(self) -> None:
        """What was taken is settled, and the file says so."""
        self.events -= self.taken
        self.taken = 0
        self.settled_to = self._taken_to
        before = self.end
        try:
            self._write(framed(_SETTLED, _PLACE.pack(self.settled_to)))
        except OSError:
            return  # Without the note these events are sent again, and the server knows them.
        if self.settled_to == before:
            self.settled_to = self.end

    def sync(self) -> None:
        """Bring what was written to the disk itself."""
        if self._unsynced:
            self._unsynced = False
            os.fdatasync(self._descriptor)

    def remove(self) -> None:
        """Take the file away: nothing waits in it."""
        self.path.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Let go of the file, and of the lock on it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def take_stock(self) -> int:
        """Find out what waits in an adopted file; gives how many of its bytes are damaged."""
        data = os.pread(self._descriptor, self.end, 0)
        if not data.startswith(MAGIC):
            self.settled_to = self.end
            return len(data)
        found = parse(data[len(MAGIC) :], len(MAGIC), whole=True)
        self.settled_to = max(found.settled, len(MAGIC))
        self.events = sum(1 for _, end in found.events if end > self.settled_to)
        return found.damaged


def create(folder: Path) -> Segment:
    """A new file of this process, mode 0600."""
    while True:
        path = folder / f"{time.time_ns():020d}-{os.getpid()}-{os.urandom(3).hex()}{SUFFIX}"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        if _held(descriptor):
            os.write(descriptor, MAGIC)
            return Segment(path, descriptor)
        os.close(descriptor)  # Another process saw the file before it was ours, and took it for an orphan.


def adopt(path: Path) -> Segment | None:
    """The file, if no living process holds it; None else, or when it is gone."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    if _held(descriptor):
        return Segment(path, descriptor)
    os.close(descriptor)
    return None


def _held(descriptor: int) -> bool:
    """Whether the file is ours now, and still has a name."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return os.fstat(descriptor).st_nlink > 0
