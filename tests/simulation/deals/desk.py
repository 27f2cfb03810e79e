"""A real workspace in a folder, asked as over HTTP by a clock that is set from outside, and made to crash.

A crash is what the disk held at that moment: before the so-manieth write of a request is sealed, after it is
durable and before anybody is told, or after the answer. The folder is copied then; the process's objects are
thrown away, whatever they did since, and the copy is opened as the next process would open it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from steelyard.access import Principal
from steelyard.adapters.sqlite import verify_record
from steelyard.entrypoints.api.app import replay
from steelyard.entrypoints.api.endpoint import Blob, Call, Endpoint, carried_out, scoped_key
from steelyard.entrypoints.api.endpoints import ENDPOINTS
from steelyard.entrypoints.api.inside import OWNER
from steelyard.entrypoints.api.reading import read_body, read_query
from steelyard.entrypoints.bootstrap import Workspace, open_workspace
from steelyard.entrypoints.rotating import first_key
from steelyard.kernel import Conflict, InvalidInput, NotFound, Refused, from_micros
from steelyard.metering import admit, decode
from steelyard.record import Bundle, Write

POINTS = ("seal", "told", "quiet")
"""Before a write is sealed; after it is durable and before anybody is told; after the answer."""

_ROWS = {row.name: row for row in ENDPOINTS}
_FRESH_SECONDS = 30.0
_LOST = shutil.ignore_patterns("*-shm", "quality.sqlite*", "lock")


class Crashed(Exception):
    """The process is no more; the next one has been started on what the disk held."""


class Crash(NamedTuple):
    """At which point of the so-manieth write of a request the process ends; at none where it is empty."""

    point: str = ""
    write: int = 1

    def __str__(self) -> str:
        return f", crash at {self.point} of write {self.write}" if self.point else ""


NOWHERE = Crash()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request: the endpoint's name, what fills its path, its body and its query."""

    name: str
    path: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Any = None
    query: Mapping[str, str] = field(default_factory=dict[str, str])

    def __str__(self) -> str:
        said = {name: value for name, value in (self.body or {}).items() if name != "catalog"}
        return f"{self.name} {' '.join(self.path.values())} {json.dumps(said)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: the body of what was done, or why it was refused."""

    body: bytes = b""
    refused: str = ""
    why: str = ""

    @property
    def json(self) -> Any:
        """The decoded body."""
        return json.loads(self.body)


class Desk:
    """One process after another on one folder."""

    def __init__(self, folder: Path, now_micros: int) -> None:
        self.folder, self.now_micros = folder, now_micros
        self._image = folder.with_name(f"{folder.name}-image")
        self._armed = NOWHERE
        self._open()

    def _open(self) -> None:
        self._writes = {"seal": 0, "told": 0}
        self.workspace: Workspace = open_workspace(self.folder, clock=self._clock)
        self.workspace.writer.subscribers.append(self._told)
        self.fresh()

    def close(self) -> None:
        """End the process in order."""
        self.workspace.close()

    def restart(self) -> None:
        """End the process in order and start the next."""
        self.close()
        self._open()

    def fresh(self) -> None:
        """Wait until everything that is recorded is folded: no answer depends on how busy the machine is."""
        size = self.workspace.reader.size
        assert not size or self.workspace.usage.wait_for(size - 1, _FRESH_SECONDS), "usage stays behind"

    def verified(self) -> list[str]:
        """What is wrong with the record on the disk, from the first of its keys on."""
        workspace = self.workspace
        first = first_key(workspace.state, workspace.reader.vkey)
        return [str(one) for one in verify_record(self.folder, first).problems]

    def arm(self, crash: Crash) -> None:
        """Crash at this point of what follows."""
        self._writes = {"seal": 0, "told": 0}
        self._armed = crash

    def survive(self) -> None:
        """Go on; raises Crashed after starting the next process, if this one crashed or was armed to."""
        if self._armed.point:
            # The request had not so many writes, or was to crash after its answer.
            self._copy()
        if not self._image.exists():
            return
        self.close()
        shutil.rmtree(self.folder)
        self._image.rename(self.folder)
        self._open()
        raise Crashed

    def _clock(self) -> int:
        self._reached("seal")
        return self.now_micros

    def _told(self, bundle: Bundle) -> None:
        self._reached("told")

    def _reached(self, point: str) -> None:
        self._writes[point] += 1
        if (point, self._writes[point]) == self._armed:
            self._copy()

    def _copy(self) -> None:
        self._armed = NOWHERE
        self.fresh()
        shutil.copytree(self.folder, self._image, ignore=_LOST)

    def ask(self, ask: Ask, *, key: str = "") -> Answer:
        """The answer to a request: refusals are values, and anything unforeseen is raised."""
        self.fresh()
        try:
            return Answer(body=self._answered(_ROWS[ask.name], ask, key))
        except (InvalidInput, NotFound, Conflict, Refused) as error:
            return Answer(refused=error.detail_code, why=error.message)

    def _answered(self, row: Endpoint, ask: Ask, key: str) -> bytes:
        """What the application does with a request, step by step, but at this world's moment."""
        call = self._call(row, ask, key)
        kept = self._kept(call)
        if kept is not None:
            return bytes(replay(kept, call, row).body)
        try:
            result = carried_out(row, call)
        except Conflict:
            kept = self._kept(call)
            if kept is None:
                raise
            return bytes(replay(kept, call, row).body)
        if isinstance(result, Blob):
            return result.content
        return b"null" if row.status == 204 else msgspec.json.encode(result)

    def _kept(self, call: Call) -> tuple[bytes, bytes] | None:
        return self.workspace.state.idempotent_answer(call.idempotency_key) if call.idempotency_key else None

    def _call(self, row: Endpoint, ask: Ask, key: str) -> Call:
        content = json.dumps(ask.body).encode()
        address = row.path.format(**ask.path)
        who: Principal = OWNER
        return Call(
            workspace=self.workspace,
            principal=who,
            now=from_micros(self.now_micros),
            path=dict(ask.path),
            query=read_query(list(ask.query.items()), row.query),
            body=None if row.body is None else read_body(content, row.body),
            idempotency_key=scoped_key(who, row, address, key),
            request_hash=hashlib.sha256(content).digest(),
            did=row.name,
            address=address,
        )

    def receive(self, events: list[dict[str, Any]]) -> int:
        """Events in one request; gives how many were new."""
        decoded = decode(json.dumps(events).encode(), "application/json", {}, from_micros(self.now_micros))
        admitted = admit(
            decoded.events, self.workspace.directory, self.workspace.shapes, from_micros(self.now_micros)
        )
        assert not decoded.refusals, decoded.refusals
        assert not admitted.refusals, admitted.refusals
        written = self.workspace.writer.submit(Write(batches=(admitted.batch,))).result(30)
        assert not written.conflicts, "an event came with another content"
        return len(events) - len(written.duplicates)
