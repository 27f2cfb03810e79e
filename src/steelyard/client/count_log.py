"""The client's own count of what it tracked: lines in a file, chained by hashes, sealed by signatures.

A line is an event (its id, source, type, who and hour), a refusal that the server told of, or a seal. Each
line ends with `chain`, the SHA-256 of the chain before and the line's text, so that no line can be changed,
moved or left out; a seal signs the chain, and says per hour how many events came since the seal before, with
their fingerprint. Seals are written every hour, at every 50,000 events, on `close`, and on the next start.

The count is kept at the call, before anything is sent: it does not depend on what arrived. One process writes
one file (`1.log`, `2.log`, … in the folder); the next that starts goes on with a file that nobody holds.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from steelyard.client.count_key import CountKey, load_or_make
from steelyard.client.events import encode_json, now_text
from steelyard.client.tally import Group, fingerprint, group_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FORMAT: Final = "steelyard-count-1"
SEAL_EVENTS: Final = 50_000
SEAL_SECONDS: Final = 3600.0
_FIRST_WINDOW: Final = 1 << 16


def chained(before: str, said: dict[str, Any]) -> tuple[str, str]:
    """A line's text without its end, and the chain after it.

    >>> chained("", {"id": "1"})[1][:8]
    '5811967f'
    """
    text = encode_json(said)
    return text[:-1], sha256(f"{before}{text}".encode()).hexdigest()


def seal_message(chain: str) -> bytes:
    """What a seal signs."""
    return f"{FORMAT}\n{chain}\n".encode()


def hours_said(groups: dict[Group, set[str]]) -> list[list[Any]]:
    """The groups as a seal says them: source, who, type, hour, count, fingerprint; in order."""
    return [[*group, len(ids), fingerprint(group.source, ids)] for group, ids in sorted(groups.items())]


class CountLog:
    """Counts events into a file of its own; threads may share it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._key: CountKey = load_or_make(folder)
        self._begin()

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._descriptor = -1
        self._chain = ""
        self._unsealed: dict[Group, set[str]] = {}
        self._since_seal = 0
        self._sealed_at = time.monotonic()

    def note(self, event: dict[str, Any]) -> None:
        """Count an event that is about to be taken in."""
        group = group_of(event)
        with self._lock:
            self._open()
            self._append({"id": event["id"], **group._asdict()})
            self._unsealed.setdefault(group, set()).add(event["id"])
            self._since_seal += 1
            if self._since_seal >= SEAL_EVENTS or time.monotonic() - self._sealed_at > SEAL_SECONDS:
                self._seal()

    def note_refused(self, refused: Iterable[tuple[dict[str, Any], str]]) -> None:
        """These events were counted, and the server said with a code why it will not store them."""
        with self._lock:
            self._open()
            for event, code in refused:
                self._append({"refused": event["id"], **group_of(event)._asdict(), "code": code})

    def close(self) -> None:
        """Seal what was counted, and let go of the file."""
        with self._lock:
            if self._descriptor >= 0:
                self._seal()
                os.close(self._descriptor)
                self._descriptor = -1

    def abandon(self) -> None:
        """Leave the file to the process that this one is a copy of; a count that follows has its own."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._begin()

    def _append(self, said: dict[str, Any], more: str = "") -> None:
        text, chain = chained(self._chain, said)
        line = f'{text},"chain":"{chain}"{more}}}\n'.encode()
        written = os.write(self._descriptor, line)
        if written < len(line):
            os.ftruncate(self._descriptor, os.fstat(self._descriptor).st_size - written)
            raise OSError(28, "no space left for the count", str(self._folder))
        self._chain = chain

    def _seal(self) -> None:
        said = {"sealed": now_text(), "hours": hours_said(self._unsealed)}
        _, chain = chained(self._chain, said)
        self._append(said, f',"signature":"{self._key.sign(seal_message(chain))}"')
        os.fdatasync(self._descriptor)
        self._unsealed.clear()
        self._since_seal = 0
        self._sealed_at = time.monotonic()

    def _open(self) -> None:
        number = 0
        while self._descriptor < 0:
            number += 1
            path = self._folder / f"{number}.log"
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._descriptor = descriptor
                self._go_on()
            except (OSError, ValueError, KeyError):
                # Another process counts there, or the end is not readable: `reconcile` will say so.
                os.close(descriptor)
                self._begin_file()

    def _begin_file(self) -> None:
        self._descriptor, self._chain = -1, ""
        self._unsealed.clear()

    def _go_on(self) -> None:
        """Go on at the end of the file: cut off half a line, and seal what a crash left unsealed."""
        size = os.fstat(self._descriptor).st_size
        lines = self._last_lines(size)
        if not lines:
            os.ftruncate(self._descriptor, 0)
            self._append({"log": FORMAT, "signer": self._key.kind, "key": self._key.public})
            return
        whole = [json.loads(line) for line in lines]
        self._chain = whole[-1]["chain"]
        for said in whole:
            if "id" in said:
                group = Group(said["source"], said["who"], said["type"], said["hour"])
                self._unsealed.setdefault(group, set()).add(said["id"])
        if self._unsealed:
            self._seal()

    def _last_lines(self, size: int) -> list[bytes]:
        """The whole lines after the last seal (that of the seal included), or all; half a line is cut off."""
        window = _FIRST_WINDOW
        while True:
            start = max(0, size - window)
            data = os.pread(self._descriptor, size - start, start)
            if b"\n" in data or start == 0:
                keep = data.rfind(b"\n") + 1
                os.ftruncate(self._descriptor, start + keep)
                lines = data[:keep].splitlines()[0 if start == 0 else 1 :]
                for place in range(len(lines) - 1, -1, -1):
                    if lines[place].startswith(b'{"sealed":'):
                        return lines[place:]
                if start == 0:
                    return lines
            window *= 4
