"""The addresses of the pages about credit."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from steelyard.entrypoints.console.answers import Asker
from steelyard.entrypoints.console.forms import read_form
from steelyard.entrypoints.console.pages import Page, credit, credit_forms
from steelyard.entrypoints.console.responses import moved
from steelyard.entrypoints.console.usage_routes import Show


async def _credit(ask: Asker, request: Request) -> Page:
    return await credit.load(ask, request.query_params.get("cursor", ""))


async def _of_customer(ask: Asker, request: Request) -> Page:
    return await credit.load_customer(ask, request.path_params["key"], datetime.now(UTC))


async def _try_out(ask: Asker, request: Request) -> Page | Response:
    key, form = request.path_params["key"], await read_form(request)
    if form.one("sure") != "yes":
        return await credit.load_customer(ask, key, datetime.now(UTC), form)
    await credit_forms.carried_out(ask, key, form)
    return moved(f"/console/credit/{quote(key)}")


SHOWN: Final[tuple[tuple[str, str, Show], ...]] = (
    ("GET", "/console/credit", _credit),
    ("GET", "/console/credit/{key:path}", _of_customer),
    ("POST", "/console/credit/{key:path}", _try_out),
)
