"""What the two processes say to each other: a length of eight bytes, then MessagePack."""

from __future__ import annotations

import socket
from typing import Final, TypeVar

import msgspec

from steelyard.record.seal import Hashes, Unsealed

T = TypeVar("T", Unsealed, Hashes)

READY: Final = b"R"
"""The first byte that the hashing process sends: from here on it answers."""

_LENGTH_BYTES: Final = 8

encode: Final = msgspec.msgpack.Encoder().encode
decode_unsealed: Final = msgspec.msgpack.Decoder(Unsealed).decode
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
