"""The server of the demo: a process of its own on loopback, or the one that holds the folder already."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, Final

from steelyard.client import Client, ProblemError
from steelyard.kernel import Unavailable

_START_SECONDS_MAX: Final = 60
_STOP_SECONDS_MAX: Final = 60


class Server:
    """A running server: its address, the owner's key, and what it said when it started."""

    def __init__(self, folder: Path, host: str, port: int) -> None:
        self.folder = folder
        self.said: list[str] = []
        self._process: subprocess.Popen[str] | None = None
        address = running_server(folder)
        if address is None:
            address = self._start(host, port)
        self.address = address
        self.key = (folder / "owner.key").read_text().strip()

    @property
    def is_ours(self) -> bool:
        """Whether this process started it."""
        return self._process is not None

    @property
    def sign_in(self) -> str:
        """The one-time link into the console, or nothing where the server was running before."""
        words = [word for line in self.said for word in line.split() if "/console/sign-in?" in word]
        return words[0] if words else ""

    def stop(self) -> None:
        """Ends the server if it was started here, after it has finished what it accepted."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def wait(self) -> None:
        """Stays until the server ends, a person interrupts it, or this process is asked to end."""
        if self._process is None:
            return
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            self._process.wait()
        except KeyboardInterrupt:
            self.stop()

    def _start(self, host: str, port: int) -> str:
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        command = [
            sys.executable, "-m", "steelyard", "serve", "--dir", str(self.folder),
            "--host", host, "--port", str(port),
        ]  # fmt: skip
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self._process = process
        errors: list[str] = []
        for stream, lines in ((process.stdout, self.said), (process.stderr, errors)):
            assert stream is not None
            threading.Thread(target=_collect, args=(stream, lines), daemon=True).start()
        deadline = time.monotonic() + _START_SECONDS_MAX
        while time.monotonic() < deadline and process.poll() is None:
            address = running_server(self.folder)
            if address is not None and self.said:
                return address
            time.sleep(0.02)
        self.stop()
        time.sleep(0.05)
        reason = errors[-1].strip() if errors else "it said nothing"
        raise Unavailable(f"the server did not start: {reason}", code="no_server")


def running_server(folder: Path) -> str | None:
    """The address of the server that holds the folder, if one answers there."""
    try:
        said = json.loads((folder / "server.json").read_text())
        os.kill(said["pid"], 0)
        Client(said["address"], timeout=10.0).health.live()
    except (FileNotFoundError, ValueError, ProcessLookupError, ProblemError):
        return None
    return said["address"]


def _collect(stream: IO[str], lines: list[str]) -> None:
    for line in stream:
        lines.append(line.rstrip())
