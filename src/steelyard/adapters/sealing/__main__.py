"""The hashing process: answers one request after the other until whoever started it is gone.

    python -m steelyard.adapters.sealing     (its standard input is the socket to its starter)

It keeps nothing and writes nothing, so it may be killed at any moment.
"""

from __future__ import annotations

import signal
import socket
import sys

from steelyard.adapters.sealing.messages import READY, decode_unsealed, encode, receive, send
from steelyard.record.seal import hash_entries


def main() -> None:
    """Answers until the socket is closed, which a starter that was killed does as well."""
    # An interrupt at the terminal reaches every process there; the starter ends this one when it is done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(fileno=sys.stdin.fileno()) as channel:
        channel.sendall(READY)
        while True:
            try:
                asked = receive(channel)
            except (EOFError, ConnectionError):
                return
            send(channel, encode(hash_entries(decode_unsealed(asked))))


if __name__ == "__main__":
    main()
