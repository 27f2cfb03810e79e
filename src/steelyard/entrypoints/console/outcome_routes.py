"""The addresses of the pages about outcomes: what waits for a decision, one of them, and deciding."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from steelyard.entrypoints.console.answers import Asker
from steelyard.entrypoints.console.forms import asked_for, read_form
from steelyard.entrypoints.console.pages import Page, outcomes
from steelyard.entrypoints.console.responses import moved
from steelyard.entrypoints.console.usage_routes import Show


async def _outcomes(ask: Asker, request: Request) -> Page:
    return await outcomes.load(ask, asked_for(request), datetime.now(UTC))


async def _claim(ask: Asker, request: Request) -> Page | Response:
    done = await outcomes.claim(ask, await read_form(request), datetime.now(UTC))
    return moved(done) if isinstance(done, str) else done


async def _settle(ask: Asker, _: Request) -> Response:
    return moved(await outcomes.settle(ask))


async def _outcome(ask: Asker, request: Request) -> Page:
    return await outcomes.load_one(ask, request.path_params["id"], asked_for(request), datetime.now(UTC))


async def _decide(ask: Asker, request: Request) -> Response:
    return moved(await outcomes.decide(ask, request.path_params["id"], await read_form(request)))


SHOWN: Final[tuple[tuple[str, str, Show], ...]] = (
    ("GET", "/console/outcomes", _outcomes),
    ("POST", "/console/outcomes", _claim),
    ("POST", "/console/outcomes/settle", _settle),
    ("GET", "/console/outcomes/{id}", _outcome),
    ("POST", "/console/outcomes/{id}", _decide),
)
