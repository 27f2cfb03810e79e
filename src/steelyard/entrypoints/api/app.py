"""The ASGI application that the table of endpoints becomes."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import cache, partial
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

import anyio.to_thread
import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from steelyard.access import Principal, Role
from steelyard.entrypoints.api import body as bodies
from steelyard.entrypoints.api.auth import admit, narrowed, require_for
from steelyard.entrypoints.api.checking import Check
from steelyard.entrypoints.api.dialects import DIALECTS, REFUSALS
from steelyard.entrypoints.api.endpoint import Blob, Call, Endpoint, carried_out, scoped_key
from steelyard.entrypoints.api.endpoints import ENDPOINTS
from steelyard.entrypoints.api.ingest import Ingest
from steelyard.entrypoints.api.limits import Gate, Hold, body_limit
from steelyard.entrypoints.api.metrics import Metrics
from steelyard.entrypoints.api.openapi import build
from steelyard.entrypoints.api.problems import (
    MEDIA_TYPE,
    ProblemAnswer,
    from_error,
    headers_of,
    internal,
    problem,
)
from steelyard.entrypoints.api.products import Products, not_offered
from steelyard.entrypoints.api.reading import read_body, read_query
from steelyard.kernel.errors import Conflict, InvalidInput, SteelyardError

if TYPE_CHECKING:
    from steelyard.entrypoints.bootstrap import Workspace

_log: Final = logging.getLogger("steelyard.api")
_ANYBODY: Final = Principal(key_id="", name="anybody", role=Role.KEY, scopes=frozenset())
FORM: Final = "application/x-www-form-urlencoded"
_encode: Final = msgspec.json.Encoder().encode


class Api:
    """The HTTP interface of one open workspace.

    Events take a way of their own, without router or middleware in between; all else goes through the
    routes of the table.
    """

    def __init__(self, workspace: Workspace, more_routes: tuple[BaseRoute, ...] = ()) -> None:
        self.workspace = workspace
        self.metrics = Metrics(workspace.levels())
        workspace.render_metrics = self.metrics.render
        self.gate = Gate()
        ways = {"events.send": Ingest, "events.check": Check, **dict.fromkeys(DIALECTS, Ingest)}
        self._ingests = {
            row.path: ways[row.name](workspace, self.metrics, row, self.gate, DIALECTS.get(row.name))
            for row in ENDPOINTS
            if row.name in ways
        }
        own = _routes(self)
        self._products = Products(own)
        routes = [Route("/openapi.json", _openapi), *own, *more_routes]
        self._routed: ASGIApp = Starlette(
            routes=routes, exception_handlers={404: _missing, 405: _wrong_method}
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._routed(scope, receive, send)
            return
        ingest = self._ingests.get(scope["path"]) if scope["method"] == "POST" else None
        if ingest is None:
            sent = self._products.sent(scope)
            if sent is not None and not sent.is_served:
                refused = not_offered(sent.product, scope["method"], sent.path)
                await refusal_response(refused, REFUSALS.get(sent.product))(scope, receive, send)
                return
            if sent is not None:
                scope = {**scope, "path": sent.path, "raw_path": sent.path.encode()}
                ingest = self._ingests.get(sent.path) if scope["method"] == "POST" else None
        await (ingest or self._routed)(scope, receive, send)

    async def answer(self, endpoint: Endpoint, request: Request) -> Response:
        """The answer of one endpoint to one request; never raises."""
        started = perf_counter()
        try:
            with self.gate.in_flight.hold() as hold:
                response = await self._answer(endpoint, request, hold)
        except SteelyardError as error:
            response = refusal_response(from_error(error), endpoint.refuse)
            response.headers.update(getattr(error, "headers", {}))
        except Exception:  # noqa: BLE001 - answered as 500, told in the log
            reference = hashlib.sha256(str(started).encode()).hexdigest()[:12]
            _log.exception("request %s to %s failed", reference, endpoint.name)
            response = refusal_response(internal(reference), endpoint.refuse)
        self.metrics.observe(endpoint.name, response.status_code, perf_counter() - started)
        return response

    async def _answer(self, endpoint: Endpoint, request: Request, hold: Hold) -> Response:
        call = await self._call(endpoint, request, hold)
        if call.idempotency_key:
            kept = await anyio.to_thread.run_sync(
                self.workspace.state.idempotent_answer, call.idempotency_key
            )
            if kept is not None:
                return replay(kept, call, endpoint)
        try:
            if endpoint.at_once:
                result = carried_out(endpoint, call)
            else:
                result = await anyio.to_thread.run_sync(carried_out, endpoint, call)
        except Conflict as error:
            return await self._after_conflict(error, call, endpoint)
        return response_of(endpoint, result)

    async def _after_conflict(self, error: Conflict, call: Call, endpoint: Endpoint) -> Response:
        """A twin of this request may have won the race: then its answer is ours."""
        if call.idempotency_key:
            kept = await anyio.to_thread.run_sync(
                self.workspace.state.idempotent_answer, call.idempotency_key
            )
            if kept is not None:
                return replay(kept, call, endpoint)
        raise error

    async def _call(self, endpoint: Endpoint, request: Request, hold: Hold) -> Call:
        now = datetime.now(UTC)
        principal = self._principal(endpoint, request, now)
        query = read_query(parse_query(request.scope["query_string"]), endpoint.query)
        content = b""
        parsed: Any = None
        if endpoint.method in ("POST", "PUT"):
            limit = body_limit(principal)
            content = await bodies.read(request.receive, dict(request.scope["headers"]), hold, limit=limit)
            if endpoint.body is not None:
                parsed = _parsed(endpoint, content)
        repeatable = endpoint.method == "POST" and not endpoint.public
        key = request.headers.get("idempotency-key", "") if repeatable else ""
        path = {name: str(value) for name, value in request.path_params.items()}
        return Call(
            workspace=self.workspace,
            principal=narrowed(
                self.workspace, principal, endpoint, path=path, query=query, body=parsed, now=now
            ),
            now=now,
            path=path,
            query=query,
            body=parsed,
            idempotency_key=scoped_key(principal, endpoint, request.url.path, key),
            request_hash=hashlib.sha256(content).digest(),
            accept=request.headers.get("accept", ""),
            did=endpoint.name,
            address=request.url.path,
            client=request.client.host if request.client else "",
        )

    def _principal(self, endpoint: Endpoint, request: Request, now: datetime) -> Principal:
        if endpoint.public:
            return _ANYBODY
        header = request.headers.get("authorization", "").encode("latin-1")
        principal = admit(self.workspace, header, now)
        require_for(principal, endpoint)
        return principal


def parse_query(raw: bytes) -> list[tuple[str, str]]:
    """The query's names and values.

    Raises InvalidInput `invalid_parameter` when they are not UTF-8 or too many.
    """
    try:
        return parse_qsl(
            raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=1000, separator="&"
        )
    except ValueError:
        raise InvalidInput("the query is not readable", code="invalid_parameter") from None


def _parsed(endpoint: Endpoint, content: bytes) -> Any:
    """The body in the endpoint's shape; forms are read as queries are."""
    if endpoint.body_media == (FORM,):
        return read_query(parse_query(content), endpoint.body)
    return read_body(content, endpoint.body)


def replay(kept: tuple[bytes, bytes], call: Call, endpoint: Endpoint) -> Response:
    """The answer that this very request got before.

    Raises Conflict `idempotency_conflict` when the same key came with another body.
    """
    request_hash, answer = kept
    if request_hash != call.request_hash:
        raise Conflict(
            "this Idempotency-Key was used with another body; use a new key", code="idempotency_conflict"
        )
    return Response(
        answer if endpoint.status != 204 else b"",
        status_code=endpoint.status,
        media_type=endpoint.media_type,
        headers={"idempotency-replayed": "true"},
    )


def response_of(endpoint: Endpoint, result: Any) -> Response:
    """A handler's result as HTTP."""
    if isinstance(result, Response):
        return result
    if isinstance(result, Blob):
        return Response(
            result.content,
            status_code=endpoint.status,
            media_type=result.media_type,
            headers=dict(result.headers),
        )
    if endpoint.status == 204:
        return Response(status_code=204)
    return Response(_encode(result), status_code=endpoint.status, media_type=endpoint.media_type)


def problem_response(answer: ProblemAnswer) -> Response:
    """A problem answer as HTTP."""
    return Response(
        _encode(answer), status_code=answer.status, media_type=MEDIA_TYPE, headers=headers_of(answer)
    )


def refusal_response(
    answer: ProblemAnswer, refuse: Callable[[ProblemAnswer], tuple[int, Any]] | None
) -> Response:
    """A problem answer as HTTP, in another product's words where its client asked."""
    if refuse is None:
        return problem_response(answer)
    status, said = refuse(answer)
    return Response(
        _encode(said), status_code=status, media_type="application/json", headers=headers_of(answer)
    )


def _routes(api: Api) -> list[Route]:
    async def endpoint_of(endpoint: Endpoint, request: Request) -> Response:
        return await api.answer(endpoint, request)

    rows = sorted(ENDPOINTS, key=lambda row: row.path.count("{"))
    return [
        Route(row.route, _bind(endpoint_of, row), methods=[row.method], name=row.name)
        for row in rows
        if row.handler is not None
    ]


def _bind(
    function: Callable[[Endpoint, Request], Awaitable[Response]], row: Endpoint
) -> Callable[[Request], Awaitable[Response]]:
    return partial(function, row)


async def _openapi(_: Request) -> Response:
    return Response(document(), media_type="application/json")


@cache
def document() -> bytes:
    """The OpenAPI document as JSON bytes."""
    return msgspec.json.format(_encode(build(ENDPOINTS)), indent=1)


async def _missing(request: Request, _: Exception) -> Response:
    detail = f"there is nothing at {request.url.path}; /openapi.json lists what there is"
    return problem_response(problem(status=404, code="not_found", detail=detail))


async def _wrong_method(request: Request, error: Exception) -> Response:
    detail = f"{request.method} does not go with {request.url.path}"
    response = problem_response(problem(status=405, code="method_not_allowed", detail=detail))
    response.headers.update(getattr(error, "headers", None) or {})
    return response
