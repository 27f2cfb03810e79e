"""A console over answers from files that listens on this machine, and a small visitor of it."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

import uvicorn

from steelyard.entrypoints.console.answers import Answers
from steelyard.entrypoints.console.sessions import Sessions
from tests.console.preview import FileAnswers, build


class Served:
    """A console that listens on a free port of this machine."""

    def __init__(
        self, answers: Answers | None = None, sessions: Sessions | None = None, app: Any = None
    ) -> None:
        self.sessions = sessions or Sessions()
        app = app or build(answers or FileAnswers(), self.sessions)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        config = uvicorn.Config(app, log_level="critical", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._listener],), daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    def sign_in_link(self) -> str:
        return self.address + self.sign_in_path()

    def sign_in_path(self) -> str:
        return f"/console/sign-in?token={self.sessions.link()}"

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What came back; names of headers are lower case."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()


class Visitor:
    """A browser without eyes: it sends paths as they are and keeps cookies."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.cookies: dict[str, str] = {}

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Seen:
        return self._send("GET", path, headers or {})

    def post(
        self, path: str, headers: Mapping[str, str] | None = None, form: Mapping[str, Any] | None = None
    ) -> Seen:
        body = urlencode(form or {}, doseq=True).encode()
        return self._send("POST", path, headers or {}, body)

    def sign_in(self) -> Visitor:
        assert self.get(self.served.sign_in_path()).status == 200
        return self

    def _send(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Seen:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection = http.client.HTTPConnection("127.0.0.1", self.served.port, timeout=10)
        sent = {**headers, **({"cookie": cookies} if cookies else {})}
        connection.request(method, path, body=body, headers=sent)
        answer = connection.getresponse()
        seen = Seen(
            status=answer.status,
            headers={name.lower(): value for name, value in answer.getheaders()},
            content=answer.read(),
        )
        connection.close()
        for name, morsel in SimpleCookie(seen.headers.get("set-cookie", "")).items():
            self.cookies[name] = morsel.value
        return seen
