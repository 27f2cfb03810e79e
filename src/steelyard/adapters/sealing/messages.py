"""What the two processes say to each other: a length of eight bytes, then MessagePack.

The laid out bytes themselves lie in an area of memory that both see, so that they are copied once.
"""

from __future__ import annotations

import socket
import struct
from typing import Final

import msgspec

from steelyard.record.merkle import Frontier
from steelyard.record.seal import Hashes

AREA_BYTES: Final = 64 << 20
"""As large as any group commit; memory is taken only where something was written."""

READY: Final = b"R"
"""The first byte that the hashing process sends: from here on it answers."""

_LENGTH_BYTES: Final = 8
_AT_ONCE_BYTES: Final = 1 << 20


class Asked(msgspec.Struct, frozen=True, array_like=True):
    """Which entries are to be hashed: their laid out bytes are the first `size` of the area."""

    first_index: int
    count: int
    size: int
    frontier: Frontier


encode: Final = msgspec.msgpack.Encoder().encode
decode_asked: Final = msgspec.msgpack.Decoder(Asked).decode
decode_hashes: Final = msgspec.msgpack.Decoder(Hashes).decode


def wait_at_most(channel: socket.socket, seconds: float) -> None:
    """From here on, what blocks for longer raises OSError.

    The kernel counts: Python's own time-out asks before each call whether it would block, and each time
    another thread may take the interpreter.
    """
    whole = int(seconds)
    limit = struct.pack("@ll", whole, int((seconds - whole) * 1_000_000))
    channel.setblocking(True)
    channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
    channel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)


def send(channel: socket.socket, message: bytes) -> None:
    """Sends one message; raises OSError where the other side is gone or takes too long."""
    channel.sendall(len(message).to_bytes(_LENGTH_BYTES) + message)


def receive(channel: socket.socket) -> bytes:
    """The next message; raises EOFError where the other side is gone, OSError where it takes too long.

    One follows upon the other, so that nothing of a next message can be there already.
    """
    taken = _some(channel)
    while len(taken) < _LENGTH_BYTES or len(taken) < _LENGTH_BYTES + int.from_bytes(taken[:_LENGTH_BYTES]):
        taken += _some(channel)
    return taken[_LENGTH_BYTES:]


def _some(channel: socket.socket) -> bytes:
    taken = channel.recv(_AT_ONCE_BYTES)
    if not taken:
        raise EOFError("the other process is gone")
    return taken
