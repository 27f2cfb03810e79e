"""How commands reach a workspace: through its running server, else by opening the folder themselves."""

from __future__ import annotations

import json
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote

from cyclopts import Parameter

from steelyard.client import ProblemError
from steelyard.client.transport import Transport
from steelyard.entrypoints.reach import owner_key, running_server
from steelyard.entrypoints.terminal import print_json, say
from steelyard.kernel.errors import NotFound, Unavailable

DEFAULT_FOLDER: Final = Path("./steelyard-data")
Folder = Annotated[Path, Parameter(name="--dir", help="The workspace's folder.")]
Json = Annotated[bool, Parameter(name="--json", negative="", help="Print one JSON document.")]
DryRun = Annotated[bool, Parameter(negative="", help="Show what would be, and write nothing.")]
_PATIENCE_SECONDS: Final = 5.0
_NOTHING: Mapping[str, Any] = {}


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What every command that writes asks for beside its own."""

    dry_run: DryRun = False
    folder: Folder = DEFAULT_FOLDER
    json: Json = False

    @property
    def would(self) -> str:
        """What stands before a deed that is only shown."""
        return "would have " if self.dry_run else ""


AS_USUAL: Final = Writing()


def tell_done(answer: Any, how: Writing, done: str) -> None:
    """What was done, or would have been: the answer as JSON, or these words."""
    print_json(answer) if how.json else say(f"{how.would}{done}")


class Talk(ABC):
    """Asks endpoints of a workspace, wherever it is."""

    def ask(
        self,
        method: str,
        path: str,
        *,
        names: Mapping[str, str] = _NOTHING,
        query: Mapping[str, str] = _NOTHING,
        body: Any = None,
    ) -> Any:
        """The decoded answer of an endpoint, named by its template; raises what it refuses with.

        A body of bytes is JSON already and goes as it is, with all digits of its numbers.
        """
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        answer = self._answer(method, path, names, query, content)
        return json.loads(answer) if answer else None

    def ask_bytes(
        self,
        method: str,
        path: str,
        *,
        names: Mapping[str, str] = _NOTHING,
        query: Mapping[str, str] = _NOTHING,
    ) -> bytes:
        """The answer's bytes."""
        return self._answer(method, path, names, query, b"")

    @abstractmethod
    def _answer(
        self, method: str, path: str, names: Mapping[str, str], query: Mapping[str, str], content: bytes
    ) -> bytes:
        """The answer's bytes; `content` is the body as JSON, or empty."""

    @abstractmethod
    def as_holder_of(self, token: str) -> Talk:
        """The same workspace, asked by whoever holds the token of a session."""

    @abstractmethod
    def send_events(self, content: bytes, content_type: str) -> tuple[int, int]:
        """Store encoded events: how many were accepted, and how many were duplicates.

        Raises ProblemError `events_refused` when some were refused; the others are stored.
        """

    @abstractmethod
    def check_events(self, content: bytes, content_type: str) -> dict[str, Any]:
        """What would become of encoded events; nothing is stored."""


class OverHttp(Talk):
    """A workspace behind an address."""

    def __init__(self, address: str, key: str) -> None:
        self._address = address
        self._transport = Transport(address, key, timeout=600.0)

    def as_holder_of(self, token: str) -> Talk:
        return OverHttp(self._address, token)

    def _answer(
        self, method: str, path: str, names: Mapping[str, str], query: Mapping[str, str], content: bytes
    ) -> bytes:
        headers = {"content-type": "application/json"} if content else {}
        filled = path.format(**{name: quote(value, safe="") for name, value in names.items()})
        return self._transport.raw(method, filled, query=query, content=content, headers=headers)

    def send_events(self, content: bytes, content_type: str) -> tuple[int, int]:
        headers = {"content-type": content_type, "prefer": "return=minimal"}
        answer = json.loads(self._transport.raw("POST", "/api/v1/events", content=content, headers=headers))
        return answer["accepted"], answer["duplicates"]

    def check_events(self, content: bytes, content_type: str) -> dict[str, Any]:
        headers = {"content-type": content_type}
        return json.loads(
            self._transport.raw("POST", "/api/v1/events/check", content=content, headers=headers)
        )


class InProcess(Talk):
    """A workspace that this process holds open."""

    def __init__(self, workspace: Any, principal: Any = None) -> None:
        self._workspace, self._principal = workspace, principal

    def as_holder_of(self, token: str) -> Talk:
        from datetime import UTC, datetime

        from steelyard.entrypoints.api.auth import admit

        principal = admit(self._workspace, f"Bearer {token}".encode(), datetime.now(UTC))
        return InProcess(self._workspace, principal)

    def _answer(
        self, method: str, path: str, names: Mapping[str, str], query: Mapping[str, str], content: bytes
    ) -> bytes:
        import msgspec

        from steelyard.entrypoints.api import inside

        body = msgspec.Raw(content) if content else None
        principal = self._principal or inside.OWNER
        return inside.ask(self._workspace, principal, method, path, names, query, body).content

    def send_events(self, content: bytes, content_type: str) -> tuple[int, int]:
        import msgspec

        from steelyard.entrypoints.api import ingest

        outcome = ingest.store(self._workspace, content, content_type)
        if outcome.refusals:
            answer = ingest.refused_answer(outcome)
            raise ProblemError(answer.status, msgspec.to_builtins(answer))
        return outcome.accepted, outcome.duplicates

    def check_events(self, content: bytes, content_type: str) -> dict[str, Any]:
        import msgspec

        from steelyard.entrypoints.api import checking

        return msgspec.to_builtins(checking.check(self._workspace, content, content_type))


def elsewhere(address: str) -> Talk:
    """A workspace at another address, with the key in STEELYARD_KEY; ProblemError where there is none."""
    key = os.environ.get("STEELYARD_KEY", "")
    if not key:
        raise ProblemError(401, {"code": "no_key", "detail": "set STEELYARD_KEY to a key of that workspace"})
    return OverHttp(address, key)


@contextmanager
def talk(folder: Path) -> Iterator[Talk]:
    """The way to a workspace, for as long as it is needed.

    Raises NotFound for a folder that is no workspace, Unavailable when another process holds it.
    """
    if not (folder / "workspace.json").is_file():
        raise NotFound(f"{folder} is no workspace; make one with: steelyard init --dir {folder}")
    server, workspace = _holder(folder)
    if workspace is None:
        yield OverHttp(server, owner_key(folder))
        return
    try:
        yield InProcess(workspace)
    finally:
        workspace.close()


def _holder(folder: Path) -> tuple[str, Any]:
    """The server's address, or the workspace opened here; waits a little for who is starting or ending."""
    from steelyard.entrypoints.bootstrap import open_workspace

    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        server = running_server(folder)
        if server is not None:
            return server, None
        try:
            return "", open_workspace(folder)
        except Unavailable as error:
            if error.detail_code != "held" or time.monotonic() > deadline:
                raise
        time.sleep(0.1)
