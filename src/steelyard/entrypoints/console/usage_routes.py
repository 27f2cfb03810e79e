"""The addresses of the pages about usage: meters, events, and what becomes of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from steelyard.entrypoints.console.answers import Asker, Download
from steelyard.entrypoints.console.forms import asked_for, read_form
from steelyard.entrypoints.console.pages import (
    Page,
    backfill,
    changes,
    event,
    event_type,
    events,
    health,
    meter,
    meter_file,
    meter_new,
    meters,
    queue_waiting,
    queues,
    reconciliation,
)
from steelyard.entrypoints.console.responses import download, moved, server_of
from steelyard.kernel import NotFound

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
    return await event.load(ask, str(request.path_params["index"]), asked_for(request))


async def _event_correct(ask: Asker, request: Request) -> Response:
    return moved(await event.correct(ask, str(request.path_params["index"]), await read_form(request)))


async def _event_type(ask: Asker, request: Request) -> Page:
    name, derive = request.path_params["type"], bool(request.query_params.get("derive"))
    return await event_type.load(ask, name, derive)


async def _health(ask: Asker, _: Request) -> Page:
    return await health.load(ask)


async def _reconciliation(ask: Asker, request: Request) -> Page:
    return await reconciliation.load(ask, asked_for(request))


async def _reconcile(ask: Asker, _: Request) -> Response:
    return moved(await reconciliation.run(ask))


async def _queues(ask: Asker, request: Request) -> Page:
    return await queues.load(ask, asked_for(request))


async def _replay(ask: Asker, request: Request) -> Response:
    return moved(await queue_waiting.replay(ask, await read_form(request)))


async def _retire_rule(ask: Asker, request: Request) -> Response:
    return moved(await queue_waiting.retire_rule(ask, await read_form(request)))


async def _changes(ask: Asker, request: Request) -> Page:
    return await changes.load(ask, asked_for(request))


async def _backfill(ask: Asker, request: Request) -> Page:
    return await backfill.load(ask, request.path_params["id"], asked_for(request))


async def _backfill_open(ask: Asker, request: Request) -> Response:
    return moved(await changes.open_backfill(ask, await read_form(request)))


async def _backfill_step(ask: Asker, request: Request) -> Response:
    id, step, form = request.path_params["id"], request.path_params["step"], await read_form(request)
    if step == "events":
        return moved(await backfill.add_events(ask, id, form))
    if step == "ranges":
        return moved(await backfill.add_range(ask, id, form))
    if step in ("commit", "revert", "abandon"):
        return moved(await backfill.step(ask, id, step, form))
    raise NotFound(f"a backfill has no step {step[:40]!r}", code="not_found")


SHOWN: Final[tuple[tuple[str, str, Show], ...]] = (
    ("GET", "/console/meters", _meters),
    ("GET", "/console/meters/new", _meter_new),
    ("POST", "/console/meters/new", _meter_publish),
    ("GET", "/console/meters/{slug}.csv", _meter_file),
    ("GET", "/console/meters/{slug}", _meter),
    ("GET", "/console/events", _events),
    ("GET", "/console/events/rows", _event_rows),
    ("GET", "/console/events/{index:int}", _event),
    ("POST", "/console/events/{index:int}/correct", _event_correct),
    ("GET", "/console/queues", _queues),
    ("POST", "/console/queues/replay", _replay),
    ("POST", "/console/queues/rules/retire", _retire_rule),
    ("GET", "/console/changes", _changes),
    ("POST", "/console/changes/backfills", _backfill_open),
    ("GET", "/console/changes/backfills/{id}", _backfill),
    ("POST", "/console/changes/backfills/{id}/{step}", _backfill_step),
    ("GET", "/console/health", _health),
    ("GET", "/console/reconciliation", _reconciliation),
    ("POST", "/console/reconciliation", _reconcile),
    ("GET", "/console/health/types/{type:path}", _event_type),
)
