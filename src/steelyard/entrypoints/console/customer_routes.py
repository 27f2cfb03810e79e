"""The addresses of the pages about customers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response

from steelyard.entrypoints.console.answers import Asker, Refusal
from steelyard.entrypoints.console.forms import Form, read_form
from steelyard.entrypoints.console.pages import Page, customer, customer_forms, customers
from steelyard.entrypoints.console.pages.trying import Tried
from steelyard.entrypoints.console.responses import moved
from steelyard.entrypoints.console.usage_routes import Show
from steelyard.kernel import InvalidInput


async def _customers(ask: Asker, request: Request) -> Page:
    query = request.query_params
    return await customers.load(ask, query.get("q", ""), query.get("cursor", ""), datetime.now(UTC))


async def _customer(ask: Asker, request: Request) -> Page:
    query = request.query_params
    period, metric = query.get("period", ""), query.get("metric", "")
    return await customer.load(
        ask, request.path_params["key"], period, metric, datetime.now(UTC), done=query.get("done", "")
    )


async def _make(ask: Asker, request: Request) -> Page | Response:
    form = await read_form(request)
    try:
        return moved(_address(await customer_forms.made(ask, form), "made"))
    except Refusal as refusal:
        return await customers.load(ask, "", "", datetime.now(UTC), _refused(form, refusal.reasons))


async def _write(ask: Asker, request: Request) -> Page | Response:
    """What a form on the page of a customer asks for: a subscription, or changes of the customer itself."""
    key, form, now = request.path_params["key"], await read_form(request), datetime.now(UTC)
    try:
        if form.one("what") == "change":
            await customer_forms.changed(ask, key, form, now)
            return moved(_address(key, "changed"))
        await customer_forms.begun(ask, key, form)
        return moved(_address(key, "begun", period=form.one("start")[:7]))
    except (Refusal, InvalidInput) as error:
        reasons = error.reasons if isinstance(error, Refusal) else (str(error),)
        return await customer.load(ask, key, "", "", now, refused=_refused(form, reasons))


def _refused(form: Form, reasons: tuple[str, ...]) -> Tried:
    return Tried(fields=form.fields, refused=reasons)


def _address(key: str, done: str, **more: str) -> str:
    """The page of a customer, with what was done.

    >>> _address("a b", "made")
    '/console/customers/a%20b?done=made'
    """
    return f"/console/customers/{quote(key, safe='')}?{urlencode({'done': done, **more})}"


SHOWN: Final[tuple[tuple[str, str, Show], ...]] = (
    ("GET", "/console/customers", _customers),
    ("POST", "/console/customers", _make),
    ("GET", "/console/customers/{key:path}", _customer),
    ("POST", "/console/customers/{key:path}", _write),
)
