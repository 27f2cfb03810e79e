"""Requests over kept-alive connections, one a thread; problem answers become one exception."""

from __future__ import annotations

import http.client
import json
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

_STALE = (
    http.client.RemoteDisconnected,
    BrokenPipeError,
    ConnectionResetError,
    http.client.CannotSendRequest,
)


class ProblemError(Exception):
    """A request that was not carried out: `status`, stable `code`, `detail` in words, `errors` one by one.

    `code` is `unreachable` and `status` 0 when no server answered.
    """

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.code: str = str(problem.get("code", "unknown"))
        self.detail: str = str(problem.get("detail", ""))
        self.errors: list[dict[str, Any]] = list(problem.get("errors", []))
        self.retryable = bool(problem.get("retryable", False))
        self.problem = dict(problem)
        super().__init__(f"{self.detail} ({self.code})")


class Answer(NamedTuple):
    """What a server answered: status, headers with lower-case names, bytes."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Transport:
    """Sends one request at a time per thread and reads its answer.

    Every POST carries an Idempotency-Key, so that a connection that broke can be tried again without fear
    that something happens twice.
    """

    def __init__(self, base_url: str, key: str, *, timeout: float = 60.0) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{base_url!r} is not an http or https address")
        self._secure = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port
        self._prefix = parts.path.rstrip("/")
        self._key = key
        self._timeout = timeout
        self._local = threading.local()

    def json(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The decoded answer; None when there is no content.

        Raises ProblemError when the request was not carried out.
        """
        content = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
        sent = dict(headers or {})
        if body is not None:
            sent.setdefault("content-type", "application/json")
        answer = self.raw(method, path, query=query, content=content, headers=sent)
        return json.loads(answer) if answer else None

    def raw(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """The answer's bytes.

        Raises ProblemError when the request was not carried out.
        """
        sent = dict(headers or {})
        if method == "POST":
            sent.setdefault("idempotency-key", secrets.token_hex(16))
        answer = self.send(method, path + _query_text(query or {}), content=content, headers=sent)
        if answer.status >= 400:
            raise ProblemError(answer.status, _problem_of(answer.status, answer.content))
        return answer.content

    def send(
        self, method: str, path: str, *, content: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request and its answer, whatever its status says.

        Raises ProblemError `unreachable` when no server answered.
        """
        sent = {"accept": "*/*", **(headers or {})}
        if self._key:
            sent["authorization"] = f"Bearer {self._key}"
        if method == "POST":
            sent["content-length"] = str(len(content))
        return self._exchange(method, self._prefix + path, content, sent)

    def close(self) -> None:
        """Let go of this thread's connection."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    def _exchange(self, method: str, target: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        for attempt in (1, 2):
            connection, fresh = self._connection()
            try:
                connection.request(method, target, body=content or None, headers=dict(headers))
                response = connection.getresponse()
                named = {name.lower(): value for name, value in response.getheaders()}
                return Answer(response.status, named, response.read())
            except _STALE as error:
                self.close()
                if fresh or attempt == 2:
                    raise self._unreachable(error) from error
            except (OSError, http.client.HTTPException) as error:
                self.close()
                raise self._unreachable(error) from error
        raise AssertionError("both attempts either answer or raise")

    def _connection(self) -> tuple[http.client.HTTPConnection, bool]:
        kept: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if kept is not None:
            return kept, False
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        made = kind(self._host, self._port, timeout=self._timeout)
        self._local.connection = made
        return made, True

    def _unreachable(self, error: Exception) -> ProblemError:
        place = f"{self._host}:{self._port}" if self._port else self._host
        detail = f"no answer from {place}: {error or type(error).__name__}; does the server run?"
        return ProblemError(0, {"code": "unreachable", "detail": detail, "retryable": True})


def path_part(value: str | int) -> str:
    """A value as one part of a path.

    >>> path_part("a/b c")
    'a%2Fb%20c'
    """
    return quote(str(value), safe="")


def without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that were given."""
    return {name: value for name, value in values.items() if value is not None}


def follow(read: Callable[[str | None], Mapping[str, Any]]) -> Iterator[Any]:
    """Every item of a list, page after page."""
    cursor: str | None = None
    while True:
        page = read(cursor)
        yield from page["items"]
        cursor = page["next"]
        if cursor is None:
            return


def _query_text(query: Mapping[str, Any]) -> str:
    pairs: list[tuple[str, str]] = []
    for name, value in query.items():
        if value is None:
            continue
        if isinstance(value, Mapping):
            pairs += [(f"{name}[{key}]", str(one)) for key, one in value.items()]
        elif isinstance(value, (list, tuple)):
            pairs += [(name, str(one)) for one in value]
        else:
            pairs.append((name, str(value).lower() if isinstance(value, bool) else str(value)))
    return "?" + urlencode(pairs) if pairs else ""


def _problem_of(status: int, answer: bytes) -> Mapping[str, Any]:
    try:
        problem = json.loads(answer)
    except ValueError:
        problem = None
    if isinstance(problem, dict):
        return problem
    return {"code": f"http_{status}", "detail": f"the server answered {status} without saying why"}
