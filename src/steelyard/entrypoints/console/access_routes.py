"""The addresses of the pages about people and reviews: who may do what, and what waits for an agreement."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from steelyard.entrypoints.console.answers import Asker
from steelyard.entrypoints.console.forms import asked_for, read_form
from steelyard.entrypoints.console.pages import Page, deeds, me, people, person, review, reviews, roles
from steelyard.entrypoints.console.responses import moved, server_of
from steelyard.entrypoints.console.usage_routes import Show


async def _people(ask: Asker, request: Request) -> Page:
    return await people.load(ask, asked_for(request), datetime.now(UTC))


async def _invite(ask: Asker, request: Request) -> Page:
    return await people.invite(ask, await read_form(request), server_of(request), datetime.now(UTC))


async def _revoke(ask: Asker, request: Request) -> Response:
    return moved(await people.revoke(ask, request.path_params["id"]))


async def _person(ask: Asker, request: Request) -> Page:
    return await person.load(ask, request.path_params["id"], asked_for(request))


async def _person_change(ask: Asker, request: Request) -> Response:
    return moved(await person.change(ask, request.path_params["id"], await read_form(request)))


async def _person_leave(ask: Asker, request: Request) -> Response:
    return moved(await person.leave(ask, request.path_params["id"]))


async def _roles(ask: Asker, _: Request) -> Page:
    return await roles.load(ask)


async def _deeds(ask: Asker, request: Request) -> Page:
    return await deeds.load(ask, asked_for(request))


async def _me(ask: Asker, request: Request) -> Page:
    return await me.load(ask, asked_for(request))


async def _password(ask: Asker, request: Request) -> Response:
    return moved(await me.change_password(ask, await read_form(request)))


async def _deputy(ask: Asker, request: Request) -> Response:
    return moved(await me.name_deputy(ask, await read_form(request)))


async def _end_session(ask: Asker, request: Request) -> Response:
    return moved(await me.end_session(ask, request.path_params["id"]))


async def _reviews(ask: Asker, request: Request) -> Page:
    return await reviews.load(ask, asked_for(request))


async def _review(ask: Asker, request: Request) -> Page:
    return await review.load(ask, request.path_params["id"])


async def _answer(ask: Asker, request: Request) -> Response:
    return moved(await review.answer(ask, request.path_params["id"], await read_form(request)))


SHOWN: Final[tuple[tuple[str, str, Show], ...]] = (
    ("GET", "/console/people", _people),
    ("POST", "/console/people", _invite),
    ("POST", "/console/people/invitations/{id}/revoke", _revoke),
    ("GET", "/console/people/{id}", _person),
    ("POST", "/console/people/{id}", _person_change),
    ("POST", "/console/people/{id}/leave", _person_leave),
    ("GET", "/console/roles", _roles),
    ("GET", "/console/deeds", _deeds),
    ("GET", "/console/me", _me),
    ("POST", "/console/me/password", _password),
    ("POST", "/console/me/deputy", _deputy),
    ("POST", "/console/me/sessions/{id}/end", _end_session),
    ("GET", "/console/reviews", _reviews),
    ("GET", "/console/reviews/{id}", _review),
    ("POST", "/console/reviews/{id}", _answer),
)
