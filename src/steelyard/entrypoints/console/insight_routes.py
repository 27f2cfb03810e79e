"""The addresses of the pages about what prices mean, and what should be charged for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from steelyard.entrypoints.console.answers import Asker
from steelyard.entrypoints.console.forms import asked_for, read_form
from steelyard.entrypoints.console.pages import (
    Page,
    impact,
    metrics,
    price_budget,
    price_curve,
    price_ladder,
    price_plans,
    prices,
)
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


async def _prices(ask: Asker, request: Request) -> Page:
    return await prices.load(ask, asked_for(request))


async def _budget(ask: Asker, request: Request) -> Page:
    return await price_budget.load(ask, asked_for(request))


async def _curve(ask: Asker, request: Request) -> Page:
    return await price_curve.load(ask, asked_for(request))


async def _ladder(ask: Asker, request: Request) -> Page:
    return await price_ladder.load(ask, asked_for(request))


async def _plans(ask: Asker, request: Request) -> Page:
    return await price_plans.load(ask, asked_for(request))


SHOWN: Final[tuple[tuple[str, str, Show], ...]] = (
    ("GET", "/console/impact", _impact),
    ("GET", "/console/impact/progress", _progress),
    ("GET", "/console/metrics", _metrics),
    ("POST", "/console/metrics/take", _take),
    ("GET", "/console/prices", _prices),
    ("GET", "/console/prices/budget", _budget),
    ("GET", "/console/prices/curve", _curve),
    ("GET", "/console/prices/ladder", _ladder),
    ("GET", "/console/prices/plans", _plans),
)
