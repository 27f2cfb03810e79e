"""The addresses of the pages about usage: meters, events, and what becomes of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from steelyard.entrypoints.console.answers import Asker
from steelyard.entrypoints.console.pages import Page, events

Show = Callable[[Asker, Request], Awaitable[Page | Response]]


async def _events(ask: Asker, request: Request) -> Page:
    return await events.load(ask, {k: v for k in events.NAMED if (v := request.query_params.get(k))})


SHOWN: Final[tuple[tuple[str, str, Show], ...]] = (("GET", "/console/events", _events),)
