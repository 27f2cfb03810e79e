"""The command line in processes of their own that begin with its modules loaded.

Python takes a second or two to read the product's modules, and the suite starts hundreds of processes. Here
one process reads them once and waits; each process that a test asks for is a fork of it. What runs there is
what `python -m steelyard` runs, with its own memory, files, environment and exit code, and it can be killed.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from functools import cache
from tempfile import TemporaryFile
from typing import Any, TextIO

REQUEST_BYTES_MAX = 1 << 17


class Forked:
    """A running process; it is asked like one of `subprocess.Popen`."""

    def __init__(self, pid: int, told: TextIO, stdout: TextIO | None) -> None:
        self.pid, self.stdout = pid, stdout
        self.returncode: int | None = None
        self._told = told

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, or the negative number of the signal that ended it."""
        if self.returncode is None:
            if not select.select([self._told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
            self.returncode = int(self._told.readline())
            self._told.close()
        return self.returncode

    def poll(self) -> int | None:
        """The same if it has ended."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, number: int) -> None:
        """Sends a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Ends it at once."""
        self.send_signal(signal.SIGKILL)


def begin(words: list[str], environment: Mapping[str, str]) -> Forked:
    """`steelyard` with these words; what it says on either stream can be read from `stdout`."""
    reading, writing = os.pipe()
    with open(os.devnull, "rb") as nothing, os.fdopen(writing, "wb") as said:
        forked = _fork(words, environment, [nothing.fileno(), said.fileno(), said.fileno()])
    forked.stdout = os.fdopen(reading, "r")
    return forked


def run(
    words: list[str], environment: Mapping[str, str], *, stdin: bytes, timeout: float
) -> subprocess.CompletedProcess[bytes]:
    """`steelyard` with these words, waited for."""
    reading, writing = os.pipe()
    with ExitStack() as stack:
        out, err = stack.enter_context(TemporaryFile()), stack.enter_context(TemporaryFile())
        with os.fdopen(reading, "rb") as source:
            forked = _fork(words, environment, [source.fileno(), out.fileno(), err.fileno()])
        writer = threading.Thread(target=_feed, args=(writing, stdin))
        writer.start()
        try:
            code = forked.wait(timeout)
        finally:
            forked.kill()
            writer.join()
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(words, code, out.read(), err.read())


def _feed(descriptor: int, content: bytes) -> None:
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except BrokenPipeError:
        return


def _fork(words: list[str], environment: Mapping[str, str], streams: list[int]) -> Forked:
    request = json.dumps({"words": words, "environment": dict(environment), "folder": os.getcwd()}).encode()
    assert len(request) <= REQUEST_BYTES_MAX
    reading, writing = os.pipe()
    socket.send_fds(_waiting(), [request], [*streams, writing])
    os.close(writing)
    told = os.fdopen(reading, "r", buffering=1)
    return Forked(int(told.readline()), told, None)


@cache
def _waiting() -> socket.socket:
    """The process that has read the modules, one for a whole run; it ends with this one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        command = [sys.executable, "-m", "tests.api.forked", str(theirs.fileno())]
        path = os.pathsep.join(str(one) for one in sys.path if one)
        subprocess.Popen(
            command,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path, "COLUMNS": "100", "NO_COLOR": "1"},
        )
    return ours


def _read_modules() -> None:
    import steelyard.entrypoints as room

    for found in pkgutil.walk_packages(room.__path__, room.__name__ + "."):
        importlib.import_module(found.name)


def _serve(asked: socket.socket) -> None:
    """Waits for requests, and returns in each process that shall run one."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        request, descriptors, _, _ = socket.recv_fds(asked, REQUEST_BYTES_MAX, 4)
        if not request:
            os._exit(0)
        if os.fork() == 0:
            asked.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            return _become(json.loads(request), descriptors)
        for one in descriptors:
            os.close(one)


def _become(request: Any, descriptors: list[int]) -> None:
    """Returns in the process asked for; its parent says which it is and, in the end, how it ended."""
    *streams, telling = descriptors
    pid = os.fork()
    if pid:
        for one in streams:
            os.close(one)
        os.write(telling, f"{pid}\n".encode())
        _, status = os.waitpid(pid, 0)
        os.write(telling, f"{os.waitstatus_to_exitcode(status)}\n".encode())
        os._exit(0)
    for target, one in enumerate(streams):
        os.dup2(one, target)
    for one in {*streams, telling}:
        os.close(one)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    sys.argv = ["steelyard", *request["words"]]


if __name__ == "__main__":
    _read_modules()
    _serve(socket.socket(fileno=int(sys.argv[1])))
    from steelyard.__main__ import main

    main()
