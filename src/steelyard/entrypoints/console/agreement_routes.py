"""The addresses of the pages about trees of customers, commitments and discounts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request

from steelyard.entrypoints.console.answers import Asker
from steelyard.entrypoints.console.pages import Page, commitments, discounts, hierarchy
from steelyard.entrypoints.console.usage_routes import Show


async def _hierarchy(ask: Asker, request: Request) -> Page:
    period = request.query_params.get("period", "")
    return await hierarchy.load(ask, request.path_params["key"], period, datetime.now(UTC))


async def _commitments(ask: Asker, request: Request) -> Page:
    query = request.query_params
    return await commitments.load(ask, query.get("period", ""), query.get("cursor", ""), datetime.now(UTC))


async def _commitment(ask: Asker, request: Request) -> Page:
    names, period = request.path_params, request.query_params.get("period", "")
    return await commitments.load_one(ask, names["id"], names["key"], period, datetime.now(UTC))


async def _discounts(ask: Asker, request: Request) -> Page:
    return await discounts.load(ask, request.query_params.get("cursor", ""))


SHOWN: Final[tuple[tuple[str, str, Show], ...]] = (
    ("GET", "/console/hierarchy/{key:path}", _hierarchy),
    ("GET", "/console/commitments", _commitments),
    ("GET", "/console/commitments/{id}/{key:path}", _commitment),
    ("GET", "/console/discounts", _discounts),
)
