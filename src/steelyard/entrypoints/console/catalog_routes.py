"""The addresses of the page about the catalog."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from steelyard.entrypoints.console.answers import Asker
from steelyard.entrypoints.console.forms import asked_for, read_form
from steelyard.entrypoints.console.pages import Page, catalog
from steelyard.entrypoints.console.responses import moved
from steelyard.entrypoints.console.usage_routes import Show


async def _catalog(ask: Asker, request: Request) -> Page:
    return await catalog.load(ask, asked_for(request))


async def _preview(ask: Asker, request: Request) -> Page:
    return await catalog.preview(ask, await read_form(request))


async def _publish(ask: Asker, request: Request) -> Response:
    return moved(await catalog.publish(ask, await read_form(request)))


async def _rollback(ask: Asker, request: Request) -> Response:
    return moved(await catalog.roll_back(ask, await read_form(request)))


async def _proposal(ask: Asker, request: Request) -> Response:
    return moved(await catalog.publish_proposal(ask, request.path_params["id"]))


SHOWN: Final[tuple[tuple[str, str, Show], ...]] = (
    ("GET", "/console/catalog", _catalog),
    ("POST", "/console/catalog/preview", _preview),
    ("POST", "/console/catalog/publish", _publish),
    ("POST", "/console/catalog/rollback", _rollback),
    ("POST", "/console/catalog/proposals/{id}", _proposal),
)
