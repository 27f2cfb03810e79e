"""The addresses of the pages about contracts and subscriptions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from steelyard.entrypoints.console.answers import Asker
from steelyard.entrypoints.console.forms import Form, asked_for, read_form
from steelyard.entrypoints.console.pages import (
    Page,
    agreed_forms,
    contract,
    contract_forms,
    contract_new,
    contracts,
    subscription,
    subscription_forms,
)
from steelyard.entrypoints.console.responses import moved
from steelyard.entrypoints.console.usage_routes import Show


async def _contracts(ask: Asker, request: Request) -> Page:
    query = request.query_params
    return await contracts.load(ask, query.get("customer", ""), query.get("cursor", ""), datetime.now(UTC))


async def _make(ask: Asker, request: Request) -> Page | Response:
    form = await read_form(request)
    if form.one("sure") != "yes":
        return await contracts.load(ask, "", "", datetime.now(UTC), form)
    return moved(f"/console/contracts/{quote(await contract_new.made(ask, form), safe='')}?done=made")


async def _contract(ask: Asker, request: Request) -> Page:
    return await contract.load(ask, request.path_params["id"], asked_for(request), datetime.now(UTC))


async def _notice(ask: Asker, request: Request) -> Response:
    return moved(await contract.give_notice(ask, request.path_params["id"], await read_form(request)))


async def _renew(ask: Asker, request: Request) -> Response:
    return moved(await contract.renew(ask, request.path_params["id"], await read_form(request)))


async def _subscription(ask: Asker, request: Request) -> Page:
    return await subscription.load(ask, request.path_params["id"], asked_for(request), datetime.now(UTC))


async def _change(ask: Asker, request: Request) -> Page | Response:
    id, form = request.path_params["id"], await read_form(request)
    if form.one("sure") != "yes":
        return await subscription.load(ask, id, Form(), datetime.now(UTC), form)
    await subscription_forms.carried_out(ask, id, form)
    done = "withdrawn" if form.one("withdraw") else "changed"
    return moved(f"/console/subscriptions/{quote(id, safe='')}?done={done}")


async def _agree(ask: Asker, request: Request) -> Page | Response:
    id, form, kind = request.path_params["id"], await read_form(request), request.url.path.rpartition("/")[2]
    if form.one("sure") != "yes":
        return await subscription.load(ask, id, Form(), datetime.now(UTC), agree=(kind, form))
    await agreed_forms.carried_out(ask, id, kind, form)
    return moved(f"/console/subscriptions/{quote(id, safe='')}?done={kind}")


async def _amend(ask: Asker, request: Request) -> Page | Response:
    id, form = request.path_params["id"], await read_form(request)
    if form.one("sure") != "yes":
        return await contract.load(ask, id, Form(), datetime.now(UTC), form)
    await contract_forms.carried_out(ask, id, form)
    return moved(f"/console/contracts/{quote(id, safe='')}?done=amended")


SHOWN: Final[tuple[tuple[str, str, Show], ...]] = (
    ("GET", "/console/contracts", _contracts),
    ("POST", "/console/contracts", _make),
    ("GET", "/console/contracts/{id}", _contract),
    ("POST", "/console/contracts/{id}/notice", _notice),
    ("POST", "/console/contracts/{id}/renew", _renew),
    ("POST", "/console/contracts/{id}/amend", _amend),
    ("GET", "/console/subscriptions/{id}", _subscription),
    ("POST", "/console/subscriptions/{id}", _change),
    *(("POST", f"/console/subscriptions/{{id}}/{kind}", _agree) for kind in agreed_forms.PATHS),
)
