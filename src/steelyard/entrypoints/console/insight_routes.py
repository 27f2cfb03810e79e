"""The addresses of the pages about what prices mean, and what should be charged for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from steelyard.entrypoints.console.answers import Asker
from steelyard.entrypoints.console.forms import asked_for, read_form
from steelyard.entrypoints.console.pages import Page, impact, metrics
from steelyard.entrypoints.console.responses import HEADERS, moved
from steelyard.entrypoints.console.usage_routes import Show


async def _impact(ask: Asker, request: Request) -> Page:
    return await impact.load(ask, asked_for(request), datetime.now(UTC))


async def _progress(ask: Asker, _: Request) -> Response:
    return JSONResponse(await ask.get("/api/v1/impact/progress"), headers=HEADERS)


async def _metrics(ask: Asker, request: Request) -> Page:
    return await metrics.load(ask, asked_for(request), datetime.now(UTC))


async def _take(ask: Asker, request: Request) -> Response:
    return moved(await metrics.take(ask, await read_form(request)))


SHOWN: Final[tuple[tuple[str, str, Show], ...]] = (
    ("GET", "/console/impact", _impact),
    ("GET", "/console/impact/progress", _progress),
    ("GET", "/console/metrics", _metrics),
    ("POST", "/console/metrics/take", _take),
)
