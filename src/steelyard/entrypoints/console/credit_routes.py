"""The addresses of the pages about credit."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request

from steelyard.entrypoints.console.answers import Asker
from steelyard.entrypoints.console.pages import Page, credit
from steelyard.entrypoints.console.usage_routes import Show


async def _credit(ask: Asker, request: Request) -> Page:
    return await credit.load(ask, request.query_params.get("cursor", ""))


async def _of_customer(ask: Asker, request: Request) -> Page:
    return await credit.load_customer(ask, request.path_params["key"], datetime.now(UTC))


SHOWN: Final[tuple[tuple[str, str, Show], ...]] = (
    ("GET", "/console/credit", _credit),
    ("GET", "/console/credit/{key:path}", _of_customer),
)
