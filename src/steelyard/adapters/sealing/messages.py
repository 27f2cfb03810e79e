"""What the two processes say to each other: a length of eight bytes, then MessagePack.

The laid out bytes themselves lie in an area of memory that both see, so that they are copied once.
"""

from __future__ import annotations

import socket
from typing import Final

import msgspec

from steelyard.record.merkle import Frontier
from steelyard.record.seal import Hashes

AREA_BYTES: Final = 64 << 20
"""As large as any group commit; memory is taken only where something was written."""

READY: Final = b"R"
"""The first byte that the hashing process sends: from here on it answers."""

_LENGTH_BYTES: Final = 8


class Asked(msgspec.Struct, frozen=True, array_like=True):
    """Which entries are to be hashed: their laid out bytes are the first `size` of the area."""

    first_index: int
    count: int
    size: int
    frontier: Frontier


encode: Final = msgspec.msgpack.Encoder().encode
decode_asked: Final = msgspec.msgpack.Decoder(Asked).decode
decode_hashes: Final = msgspec.msgpack.Decoder(Hashes).decode


def send(channel: socket.socket, message: bytes) -> None:
    """Sends one message; raises OSError where the other side is gone or takes too long."""
    channel.sendall(len(message).to_bytes(_LENGTH_BYTES))
    channel.sendall(message)


def receive(channel: socket.socket) -> bytearray:
    """The next message; raises EOFError where the other side is gone, OSError where it takes too long."""
    return _exactly(channel, int.from_bytes(_exactly(channel, _LENGTH_BYTES)))


def _exactly(channel: socket.socket, size: int) -> bytearray:
    taken = bytearray(size)
    view = memoryview(taken)
    while view:
        count = channel.recv_into(view)
        if not count:
            raise EOFError("the other process is gone")
        view = view[count:]
    return taken
