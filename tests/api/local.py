"""The API asked without a network or another process: quick, for tests that need no real server."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from steelyard.entrypoints.api.app import Api
from steelyard.entrypoints.bootstrap import Workspace, init_workspace, open_workspace
from tests.api.conftest import Answer


class Local:
    """An open workspace (made where there is none) and its ASGI application, asked as over HTTP."""

    def __init__(self, folder: Path) -> None:
        if not (folder / "workspace.json").exists():
            init_workspace(folder)
        self.folder = folder
        self.key = (folder / "owner.key").read_text().strip()
        self.workspace: Workspace = open_workspace(folder)
        self._api = Api(self.workspace)

    def reopen(self) -> None:
        """Closes the workspace and opens it again."""
        self.workspace.close()
        self.workspace = open_workspace(self.folder)
        self._api = Api(self.workspace)

    def close(self) -> None:
        """Lets go of the folder."""
        self.workspace.close()

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content: bytes = b"",
        key: str | None = None,
        **headers: str,
    ) -> Answer:
        """One request; header names are written with underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["authorization"] = f"Bearer {self.key if key is None else key}"
        sent.setdefault("content-type", "application/json")
        if body is not None:
            content = json.dumps(body).encode()
        return asyncio.run(self._ask(method, path, content, sent))

    def done(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, **headers: str
    ) -> Any:
        """What a request that must succeed answers, decoded."""
        answer = self.ask(method, path, body, content=b"", key=key, **headers)
        assert answer.status < 300, answer.content
        return answer.json

    async def _ask(self, method: str, path: str, content: bytes, headers: dict[str, str]) -> Answer:
        plain, _, query = path.partition("?")
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": plain,
            "raw_path": plain.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 1),
        }
        waiting = [{"type": "http.request", "body": content, "more_body": False}]
        told: list[Any] = []

        async def receive() -> Any:
            return waiting.pop(0) if waiting else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            told.append(message)

        await self._api(scope, receive, send)
        start = next(one for one in told if one["type"] == "http.response.start")
        named = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        parts = [one.get("body", b"") for one in told if one["type"] == "http.response.body"]
        return Answer(start["status"], named, b"".join(parts))

    def publish(self, text: str) -> None:
        """Publishes a catalog."""
        files = {"files": [{"name": "c.yaml", "text": text}], "note": ""}
        assert self.ask("POST", "/api/v1/catalog/versions", files).status == 201

    def customer(self, key: str, *subjects: str) -> None:
        """Makes a customer."""
        body = {"key": key, "name": key.title(), "currency": "USD", "subjects": list(subjects)}
        assert self.ask("POST", "/api/v1/customers", body).status == 201
