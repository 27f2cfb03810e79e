"""The hashing process: answers one request after the other until whoever started it is gone.

    python -m steelyard.adapters.sealing AREA

Its standard input is the socket to its starter, AREA the descriptor of the memory that both see.

It keeps nothing and writes nothing, so it may be killed at any moment.
"""

from __future__ import annotations

import mmap
import signal
import socket
import sys

from steelyard.adapters.sealing.messages import AREA_BYTES, READY, decode_asked, encode, receive, send
from steelyard.record.seal import Unsealed, hash_entries


def main(area: int) -> None:
    """Answers until the socket is closed, which a starter that was killed does as well."""
    # An interrupt at the terminal reaches every process there; the starter ends this one when it is done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    seen = memoryview(mmap.mmap(area, AREA_BYTES, access=mmap.ACCESS_READ))
    with socket.socket(fileno=sys.stdin.fileno()) as channel:
        channel.sendall(READY)
        while True:
            try:
                asked = decode_asked(receive(channel))
            except (EOFError, ConnectionError):
                return
            unsealed = Unsealed(
                first_index=asked.first_index,
                count=asked.count,
                data=seen[: asked.size],
                frontier=asked.frontier,
            )
            send(channel, encode(hash_entries(unsealed)))


if __name__ == "__main__":
    main(int(sys.argv[1]))
