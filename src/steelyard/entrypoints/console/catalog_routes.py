"""The addresses of the pages about the catalog and about migrations."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from steelyard.entrypoints.console.answers import Asker, Refusal
from steelyard.entrypoints.console.forms import asked_for, read_form
from steelyard.entrypoints.console.pages import Page, catalog, catalog_edit, migrations
from steelyard.entrypoints.console.responses import download, moved
from steelyard.entrypoints.console.usage_routes import Show

CATALOG_BYTES_MAX: Final = 4 * 1024 * 1024
"""So much a form with the files of a catalog may carry."""


async def _catalog(ask: Asker, request: Request) -> Page:
    return await catalog.load(ask, asked_for(request))


async def _edit(ask: Asker, request: Request) -> Page:
    return await catalog_edit.load(ask, asked_for(request))


async def _go_on(ask: Asker, request: Request) -> Page:
    return await catalog_edit.load(ask, await read_form(request, CATALOG_BYTES_MAX))


async def _preview(ask: Asker, request: Request) -> Page:
    form = await read_form(request, CATALOG_BYTES_MAX)
    return await catalog_edit.preview(ask, form)


async def _publish(ask: Asker, request: Request) -> Page | Response:
    form = await read_form(request, CATALOG_BYTES_MAX)
    try:
        return moved(await catalog_edit.publish(ask, form))
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        return await catalog_edit.preview(ask, form, refusal.reasons)


async def _rollback(ask: Asker, request: Request) -> Response:
    return moved(await catalog.roll_back(ask, await read_form(request)))


async def _release(ask: Asker, request: Request) -> Page:
    return await catalog.release(ask, request.path_params["number"], asked_for(request))


async def _look_back(ask: Asker, request: Request) -> Response:
    return moved(await catalog.look_back(ask, request.path_params["number"], await read_form(request)))


async def _proposal(ask: Asker, request: Request) -> Page:
    return await catalog.proposal(ask, request.path_params["id"], asked_for(request))


async def _publish_proposal(ask: Asker, request: Request) -> Response:
    return moved(await catalog.publish_proposal(ask, request.path_params["id"]))


async def _migrations(ask: Asker, request: Request) -> Page:
    return await migrations.load(ask, asked_for(request))


async def _announce(ask: Asker, request: Request) -> Response:
    return moved(await migrations.announce(ask, await read_form(request)))


async def _migration(ask: Asker, request: Request) -> Page:
    return await migrations.one(ask, request.path_params["id"], asked_for(request))


async def _reverse(ask: Asker, request: Request) -> Response:
    return moved(await migrations.reverse(ask, request.path_params["id"], await read_form(request)))


async def _notice(ask: Asker, request: Request) -> Response:
    return moved(await migrations.notice(ask, request.path_params["id"], await read_form(request)))


async def _documents(ask: Asker, request: Request) -> Page:
    path = request.path_params
    return await migrations.documents(ask, path["id"], path["customer"], asked_for(request))


async def _document(ask: Asker, request: Request) -> Response:
    path = request.path_params
    form = asked_for(request)
    found = await migrations.document(ask, path["id"], path["customer"], form)
    return download(found, f"{path['customer']}-{form.one('side')}.pdf", inline=True)


SHOWN: Final[tuple[tuple[str, str, Show], ...]] = (
    ("GET", "/console/catalog", _catalog),
    ("GET", "/console/catalog/edit", _edit),
    ("POST", "/console/catalog/edit", _go_on),
    ("POST", "/console/catalog/preview", _preview),
    ("POST", "/console/catalog/publish", _publish),
    ("POST", "/console/catalog/rollback", _rollback),
    ("GET", "/console/catalog/releases/{number}", _release),
    ("POST", "/console/catalog/releases/{number}", _look_back),
    ("GET", "/console/catalog/proposals/{id}", _proposal),
    ("POST", "/console/catalog/proposals/{id}", _publish_proposal),
    ("GET", "/console/migrations", _migrations),
    ("POST", "/console/migrations", _announce),
    ("GET", "/console/migrations/{id}", _migration),
    ("POST", "/console/migrations/{id}", _reverse),
    ("POST", "/console/migrations/{id}/notices", _notice),
    ("GET", "/console/migrations/{id}/{customer}.pdf", _document),
    ("GET", "/console/migrations/{id}/{customer}", _documents),
)
