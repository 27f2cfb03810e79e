"""Unpacking bodies step by step, so that a small packet that unpacks to gigabytes is refused early."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final

from steelyard.kernel.errors import InvalidInput

ENCODINGS: Final = ("identity", "", "gzip", "zstd")
_STEP_BYTES: Final = 256 * 1024
_FRAME: Final = 0xFD2FB528
_SKIPPABLE: Final = 0x184D2A50
_ZSTD_WINDOW_BYTES: Final = 8 * 1024 * 1024
"""The most memory that a zstd frame may ask for (RFC 9659); what asks for more is refused."""


def unpack(encoding: str, packed: bytes, limit: int, grow: Callable[[int], None]) -> bytes:
    """What the bytes unpack to; `grow` is told of each step before the next is taken.

    Raises InvalidInput `too_large` past the limit, `not_readable` for what is not one whole packet.

    >>> import gzip
    >>> unpack("gzip", gzip.compress(b"abc"), 10, lambda size: None)
    b'abc'
    """
    parts: list[bytes] = []
    size = 0
    for part in _gunzipped(packed) if encoding == "gzip" else _unzstd(packed):
        size += len(part)
        if size > limit:
            mib = f"{limit // 1024 // 1024} MiB" if limit >= 1024 * 1024 else f"{limit} bytes"
            raise InvalidInput(f"the body unpacks to more than {mib}", code="too_large")
        grow(len(part))
        parts.append(part)
    return b"".join(parts)


def _gunzipped(packed: bytes) -> Iterator[bytes]:
    machine = zlib.decompressobj(wbits=31)
    rest = packed
    try:
        while not machine.eof:
            part = machine.decompress(rest, _STEP_BYTES)
            rest = machine.unconsumed_tail
            if not part and not rest:
                break
            yield part
    except zlib.error:
        raise InvalidInput("the body is not readable as gzip", code="not_readable") from None
    if not machine.eof or machine.unused_data:
        raise InvalidInput("the body is not one whole gzip stream", code="not_readable")


def _unzstd(packed: bytes) -> Iterator[bytes]:
    import zstandard

    if not _is_whole_zstd(packed):
        raise InvalidInput("the body is not readable as zstd, or not whole", code="not_readable")
    machine: Any = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES)
    try:
        with machine.stream_reader(packed, read_size=_STEP_BYTES, read_across_frames=True) as reader:
            while part := reader.read(_STEP_BYTES):
                yield part
    except zstandard.ZstdError:
        raise InvalidInput("the body is not readable as zstd", code="not_readable") from None


def _is_whole_zstd(packed: bytes) -> bool:
    """Whether the bytes are frames from end to end (RFC 8878); the reader passes over a cut-off end."""
    place = 0
    while place < len(packed):
        magic = int.from_bytes(packed[place : place + 4], "little")
        if magic & 0xFFFFFFF0 == _SKIPPABLE:
            place += 8 + int.from_bytes(packed[place + 4 : place + 8], "little")
        elif magic == _FRAME and place + 5 < len(packed):
            place = _end_of_frame(packed, place)
        else:
            return False
    return place == len(packed) and place > 0


def _end_of_frame(packed: bytes, place: int) -> int:
    descriptor = packed[place + 4]
    single = descriptor >> 5 & 1
    size_bytes = (single, 2, 4, 8)[descriptor >> 6]
    place += 5 + (1 - single) + (0, 1, 2, 4)[descriptor & 3] + size_bytes
    while place + 3 <= len(packed):
        block = int.from_bytes(packed[place : place + 3], "little")
        # A block of repeats says how often in its size, and has one byte of content.
        place += 3 + (1 if block >> 1 & 3 == 1 else block >> 3)
        if block & 1:
            return place + (4 if descriptor >> 2 & 1 else 0)
    return len(packed) + 1
