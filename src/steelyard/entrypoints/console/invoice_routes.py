"""The addresses of the pages about invoices and the billing run."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from steelyard.entrypoints.console.answers import Asker
from steelyard.entrypoints.console.forms import read_form
from steelyard.entrypoints.console.pages import Page, invoice, invoices
from steelyard.entrypoints.console.responses import download, moved
from steelyard.entrypoints.console.usage_routes import Show


async def _invoices(ask: Asker, request: Request) -> Page:
    named = ("customer", "period", "kind", "cursor")
    query = {k: v for k in named if (v := request.query_params.get(k))}
    return await invoices.load(ask, query, datetime.now(UTC), done=request.query_params.get("done", ""))


async def _run(ask: Asker, request: Request) -> Page | Response:
    form = await read_form(request)
    if form.one("sure") != "yes":
        return await invoices.load(ask, {}, datetime.now(UTC), form)
    return moved(await invoices.billed(ask, form))


async def _invoice(ask: Asker, request: Request) -> Page:
    query = request.query_params
    event = query.get("event", "")
    return await invoice.load(
        ask,
        request.path_params["id"],
        query.get("line", ""),
        query.get("cursor", ""),
        int(event) if event.isdecimal() and len(event) < 19 else None,
    )


async def _pdf(ask: Asker, request: Request) -> Response:
    names = {"id": request.path_params["id"]}
    number = (await ask.get("/api/v1/invoices/{id}", names))["number"]
    return download(await ask.download("/api/v1/invoices/{id}.pdf", names), f"{number}.pdf", inline=True)


async def _evidence(ask: Asker, request: Request) -> Response:
    names = {"id": request.path_params["id"]}
    number = (await ask.get("/api/v1/invoices/{id}", names))["number"]
    return download(await ask.download("/api/v1/invoices/{id}/evidence", names), f"{number}.evidence.json")


SHOWN: Final[tuple[tuple[str, str, Show], ...]] = (
    ("GET", "/console/invoices", _invoices),
    ("POST", "/console/invoices", _run),
    ("GET", "/console/invoices/{id}.pdf", _pdf),
    ("GET", "/console/invoices/{id}/evidence", _evidence),
    ("GET", "/console/invoices/{id}", _invoice),
)
