"""Coming in to the console and going out: by the owner's link, a password, or an invitation.

These pages answer people who are not signed in yet. A form of another site does nothing here either, so that
nobody is signed in as somebody else without noticing; signing in always begins a new session, and the one
before ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from steelyard.access import Principal, Role
from steelyard.entrypoints.console.answers import Answers, Asker, Json, Refusal
from steelyard.entrypoints.console.forms import read_form
from steelyard.entrypoints.console.responses import HEADERS, html, is_ours
from steelyard.entrypoints.console.sessions import COOKIE, SESSION_LASTS, Sessions

ANYBODY = Principal(key_id="", name="", role=Role.KEY, scopes=frozenset())
"""Somebody who has not said who they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """What coming in needs: who answers, and who is signed in."""

    answers: Answers
    sessions: Sessions

    def asker(self, request: Request) -> Asker:
        """Questions of somebody who is not signed in, with the address they come from."""
        client = request.client.host if request.client else ""
        return Asker(answers=self.answers, principal=ANYBODY, client=client)


def routes(entrance: Entrance) -> list[Route]:
    """The routes for those who come and go."""
    return [
        Route("/console/sign-in", partial(_sign_in, entrance)),
        Route("/console/sign-in", partial(_by_password, entrance), methods=["POST"]),
        Route("/console/invitation", partial(_invitation, entrance)),
        Route("/console/invitation", partial(_accept, entrance), methods=["POST"]),
        Route("/console/sign-out", partial(_sign_out, entrance), methods=["POST"]),
    ]


async def _sign_in(entrance: Entrance, request: Request) -> Response:
    token = request.query_params.get("token", "")
    secret = await anyio.to_thread.run_sync(entrance.sessions.redeem, token) if token else None
    if secret is None:
        return sign_in_page(spent=bool(token))
    return await _came_in(entrance, request, secret)


async def _by_password(entrance: Entrance, request: Request) -> Response:
    if not is_ours(request):
        return sign_in_page(refused="this form came from another site", status=403)
    form = await read_form(request)
    body = {"email": form.one("email"), "password": form.raw("password")}
    try:
        opened = await entrance.asker(request).post("/api/v1/sessions", body)
    except Refusal as refusal:
        return sign_in_page(refused=_words(refusal), email=form.one("email"), status=refusal.status)
    return await _came_in(entrance, request, opened["token"])


async def _invitation(entrance: Entrance, request: Request) -> Response:
    return _invitation_page({"token": request.query_params.get("token", ""), "name": "", "refused": []})


async def _accept(entrance: Entrance, request: Request) -> Response:
    form = await read_form(request)
    view: Json = {"token": form.one("token"), "name": form.one("name")}
    if not is_ours(request):
        return _invitation_page(view | {"refused": ["this form came from another site"]}, status=403)
    if form.raw("password") != form.raw("again"):
        return _invitation_page(view | {"refused": ["the two passwords differ"]}, status=422)
    body = {"token": form.one("token"), "password": form.raw("password"), "name": form.one("name")}
    try:
        opened = await entrance.asker(request).post("/api/v1/invitations/accept", body)
    except Refusal as refusal:
        said = [item["message"] for item in refusal.problem.get("errors", [])] or [_words(refusal)]
        return _invitation_page(view | {"refused": said}, status=refusal.status)
    return await _came_in(entrance, request, opened["token"])


async def _came_in(entrance: Entrance, request: Request, secret: str) -> Response:
    """A page that moves on, not a redirect: a strict cookie would not follow a link from elsewhere."""
    await anyio.to_thread.run_sync(entrance.sessions.end, request.cookies.get(COOKIE, ""))
    response = html("signed_in.html", {"title": "Signed in"})
    response.set_cookie(
        COOKIE,
        secret,
        path="/console",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
        max_age=int(SESSION_LASTS.total_seconds()),
    )
    return response


async def _sign_out(entrance: Entrance, request: Request) -> Response:
    response = RedirectResponse("/console/sign-in", status_code=303, headers=HEADERS)
    if is_ours(request):
        await anyio.to_thread.run_sync(entrance.sessions.end, request.cookies.get(COOKIE, ""))
        response.delete_cookie(COOKIE, path="/console", httponly=True, samesite="strict")
    return response


def sign_in_page(*, spent: bool = False, refused: str = "", email: str = "", status: int = 401) -> Response:
    """The page that asks who somebody is."""
    view: dict[str, Any] = {"title": "Sign in", "spent": spent, "refused": refused, "email": email}
    return html("sign_in.html", view, status=status)


def _invitation_page(view: Json, *, status: int = 200) -> Response:
    return html("invitation.html", {"title": "You are invited", **view}, status=status)


def _words(refusal: Refusal) -> str:
    return str(refusal.problem.get("detail") or refusal.problem.get("title") or "this did not work")
