"""Hashing in a process of its own, since an interpreter runs one thread at a time, and hashing takes long.

The process is asked for a pure function of bytes. So whatever happens to it, the answer can be had here:
while it starts, when it was killed, when it hangs, the entries are hashed by the one who asked; and it is
started again. It holds no file and no state, and it ends by itself when its starter is gone.
"""

from __future__ import annotations

import logging
import mmap
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Final

import msgspec

from steelyard.adapters.sealing.messages import (
    AREA_BYTES,
    READY,
    Asked,
    decode_hashes,
    encode,
    receive,
    send,
    wait_at_most,
)
from steelyard.record.seal import Hashes, Unsealed, hash_entries

ANSWER_SECONDS_MAX: Final = 10.0
PAUSE_SECONDS: Final = 10.0
"""So long passes between two starts at least."""

_FAILURES: Final = (OSError, EOFError, msgspec.DecodeError)

logger = logging.getLogger(__name__)


class SealingProcess:
    """Answers as `hash_entries` does, by asking the process; one thread at a time may call it.

    To be used as a context: leaving it ends the process.
    """

    def __init__(
        self,
        *,
        answer_seconds_max: float = ANSWER_SECONDS_MAX,
        pause_seconds: float = PAUSE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Starts the process and does not wait for it."""
        self._answer_seconds_max, self._pause_seconds, self._clock = answer_seconds_max, pause_seconds, clock
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._area: mmap.mmap | None = None
        self._is_ready = False
        self._start()

    @property
    def pid(self) -> int | None:
        """The number of the process, while there is one."""
        return None if self._process is None else self._process.pid

    def __call__(self, unsealed: Unsealed) -> Hashes:
        """The hashes of these entries, wherever they are computed."""
        try:
            if self.asks(unsealed):
                return self._answer(unsealed)
        except _FAILURES as failure:
            logger.warning("the hashing process failed and will be started again: %r", failure)
            self.close()
        return hash_entries(unsealed)

    def asks(self, unsealed: Unsealed) -> bool:
        """Whether the process would be asked about these: the area holds them, and it is ready.

        Starts it where there is none. Raises EOFError where it ended before it was ready.
        """
        return len(unsealed.data) <= AREA_BYTES and self._is_there()

    def _answer(self, unsealed: Unsealed) -> Hashes:
        assert self._channel is not None
        assert self._area is not None
        size = len(unsealed.data)
        self._area[:size] = unsealed.data
        asked = Asked(unsealed.first_index, unsealed.count, size, unsealed.frontier)
        send(self._channel, encode(asked))
        return decode_hashes(receive(self._channel))

    def _is_there(self) -> bool:
        if self._channel is None:
            if self._clock() - self._started_at >= self._pause_seconds:
                self._start()
            return False
        if not self._is_ready:
            try:
                if self._channel.recv(1) != READY:
                    raise EOFError("it ended while it started")
            except BlockingIOError:
                return False
            wait_at_most(self._channel, self._answer_seconds_max)
            self._is_ready = True
        return True

    def _start(self) -> None:
        self._started_at = self._clock()
        ours, theirs = socket.socketpair()
        ours.setblocking(False)  # until it is ready: nobody waits for that
        area = _nameless_file()
        os.ftruncate(area, AREA_BYTES)
        self._area = mmap.mmap(area, AREA_BYTES)
        # It shall find the modules where this process found them.
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        command = [sys.executable, "-P", "-m", "steelyard.adapters.sealing", str(area)]
        with theirs:
            self._process = subprocess.Popen(
                command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, pass_fds=(area,), env=environment
            )
        os.close(area)
        self._channel, self._is_ready = ours, False

    def close(self) -> None:
        """Ends the process, if there is one."""
        if self._channel is not None:
            self._channel.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if self._area is not None:
            self._area.close()
        self._channel = self._process = self._area = None

    def __enter__(self) -> SealingProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _nameless_file() -> int:
    """The descriptor of a file that both processes can map: in memory where the system has such files."""
    if sys.platform == "linux":
        return os.memfd_create("steelyard-sealing")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
