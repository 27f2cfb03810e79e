"""The addresses of the pages about usage: meters, events, and what becomes of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from steelyard.entrypoints.console.answers import Asker, Download
from steelyard.entrypoints.console.forms import asked_for, read_form
from steelyard.entrypoints.console.pages import Page, event, events, meter, meter_file, meter_new, meters
from steelyard.entrypoints.console.responses import download, moved, server_of

Show = Callable[[Asker, Request], Awaitable[Page | Response]]


def _now() -> datetime:
    return datetime.now(UTC)


async def _meters(ask: Asker, request: Request) -> Page:
    return await meters.load(ask, request.query_params.get("period", ""), _now())


async def _meter(ask: Asker, request: Request) -> Page:
    slug = request.path_params["slug"]
    return await meter.load(ask, slug, asked_for(request), server_of(request), _now())


async def _meter_file(ask: Asker, request: Request) -> Response:
    slug = request.path_params["slug"]
    text = await meter_file.load(ask, slug, asked_for(request), _now())
    return download(Download(content=text.encode(), media_type="text/csv; charset=utf-8"), f"{slug}.csv")


async def _meter_new(ask: Asker, request: Request) -> Page:
    return await meter_new.load(ask, asked_for(request), ask.principal.name, _now())


async def _meter_publish(ask: Asker, request: Request) -> Response:
    return moved(await meter_new.publish(ask, await read_form(request)))


async def _events(ask: Asker, request: Request) -> Page:
    return await events.load(ask, {k: v for k in events.NAMED if (v := request.query_params.get(k))})


async def _event_rows(ask: Asker, request: Request) -> Page:
    return await events.load_rows(ask, {k: v for k in events.NAMED if (v := request.query_params.get(k))})


async def _event(ask: Asker, request: Request) -> Page:
    return await event.load(ask, str(request.path_params["index"]))


SHOWN: Final[tuple[tuple[str, str, Show], ...]] = (
    ("GET", "/console/meters", _meters),
    ("GET", "/console/meters/new", _meter_new),
    ("POST", "/console/meters/new", _meter_publish),
    ("GET", "/console/meters/{slug}.csv", _meter_file),
    ("GET", "/console/meters/{slug}", _meter),
    ("GET", "/console/events", _events),
    ("GET", "/console/events/rows", _event_rows),
    ("GET", "/console/events/{index:int}", _event),
)
