"""The console's routes: a signed-in person asks for a page, the page asks the API, a template shows it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode
from weakref import WeakKeyDictionary

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from steelyard.access import Principal
from steelyard.entrypoints.console import (
    access_routes,
    agreement_routes,
    catalog_routes,
    contract_routes,
    credit_routes,
    customer_routes,
    entrance,
    insight_routes,
    invoice_routes,
    outcome_routes,
    pages,
    static_files,
    usage_routes,
)
from steelyard.entrypoints.console.answers import Answers, Asker, Download, Refusal
from steelyard.entrypoints.console.forms import asked_for
from steelyard.entrypoints.console.pages import (
    calculator,
    home,
    record,
)
from steelyard.entrypoints.console.responses import HEADERS, download, html, is_ours, server_of
from steelyard.entrypoints.console.sessions import COOKIE, InState, Sessions
from steelyard.kernel import SteelyardError

if TYPE_CHECKING:
    from steelyard.entrypoints.bootstrap import Workspace

_log = logging.getLogger("steelyard.console")

OF_ONE: Final = {
    "/console/contracts": "/console/contracts?customer={}",
    "/console/invoices": "/console/invoices?customer={}",
    "/console/outcomes": "/console/outcomes?customer={}",
    "/console/events": "/console/events?customer={}",
    "/console/credit": "/console/credit/{}",
}
"""Pages about everybody, and where the same stands of one customer."""

_sessions: WeakKeyDictionary[Any, Sessions] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """What every request needs: who answers, and who is signed in."""

    answers: Answers
    sessions: Sessions


def sessions_of(workspace: Workspace) -> Sessions:
    """The signed-in people of an open workspace; the same object each time."""
    return _sessions.setdefault(workspace, Sessions(kept=InState(workspace)))


def sign_in_path(workspace: Workspace) -> str:
    """The path of a new link that signs the owner in, once, within a day."""
    return f"/console/sign-in?token={sessions_of(workspace).link()}"


def routes(workspace: Workspace) -> list[Route]:
    """The console's routes over the workspace's own API."""
    from steelyard.entrypoints.console.api_answers import ApiAnswers

    return routes_of(Console(answers=ApiAnswers(workspace), sessions=sessions_of(workspace)))


def routes_of(console: Console) -> list[Route]:
    """The console's routes over anything that answers like the API."""

    def page(path: str, show: usage_routes.Show, method: str = "GET") -> Route:
        return Route(path, partial(_guarded, console, show), methods=[method])

    return [
        Route("/console/static/{name:path}", static_files.serve),
        *entrance.routes(entrance.Entrance(answers=console.answers, sessions=console.sessions)),
        Route("/console/check", partial(_check, console)),
        Route("/console/calculator", partial(_calculator, console)),
        page("/console", _home),
        page("/console/", _home),
        page("/console/record", _record),
        page("/console/record/entries", _record_entries),
        page("/console/record/verify", _record_verify, "POST"),
        page("/console/record/proof/{index:int}", _proof),
        *(page(path, show, method) for method, path, show in customer_routes.SHOWN),
        *(page(path, show, method) for method, path, show in invoice_routes.SHOWN),
        *(page(path, show, method) for method, path, show in usage_routes.SHOWN),
        *(page(path, show, method) for method, path, show in access_routes.SHOWN),
        *(page(path, show, method) for method, path, show in insight_routes.SHOWN),
        *(page(path, show, method) for method, path, show in catalog_routes.SHOWN),
        *(page(path, show, method) for method, path, show in credit_routes.SHOWN),
        *(page(path, show, method) for method, path, show in contract_routes.SHOWN),
        *(page(path, show, method) for method, path, show in agreement_routes.SHOWN),
        *(page(path, show, method) for method, path, show in outcome_routes.SHOWN),
        page("/console/{rest:path}", _missing),
    ]


async def _home(ask: Asker, request: Request) -> pages.Page | Response:
    """The figures of the workspace; whoever may not see them begins with the customers they do see."""
    try:
        return await home.load(ask, request.query_params.get("period", ""), datetime.now(UTC))
    except Refusal as refusal:
        if refusal.status != 403:
            raise
    own = ask.principal.customer
    place = "/console/customers" if own is None else f"/console/customers/{quote(own, safe='')}"
    return RedirectResponse(place, status_code=303, headers=HEADERS)


async def _record(ask: Asker, request: Request) -> pages.Page:
    return await record.load(ask, request.query_params.get("before", ""))


async def _record_entries(ask: Asker, _: Request) -> pages.Page:
    entries = await record.load_entries(ask, "")
    return pages.Page(template="parts/entries.html", title="", nav="", view={"entries": entries})


async def _record_verify(ask: Asker, _: Request) -> pages.Page:
    return await record.load(ask, "", await ask.post("/api/v1/record/verify"))


async def _proof(ask: Asker, request: Request) -> Response:
    index = str(request.path_params["index"])
    answer = await ask.get("/record/proof/{index}", {"index": index})
    content = Download(content=answer["text"].encode(), media_type="text/plain; charset=utf-8")
    return download(content, f"entry-{index}.tlog-proof")


async def _missing(_: Asker, request: Request) -> pages.Page:
    raise Refusal(404, {"title": "Not Found", "detail": f"there is no page at {request.url.path}"})


async def _guarded(console: Console, show: usage_routes.Show, request: Request) -> Response:
    """A page for a signed-in person, or the one that says how to sign in, or what failed."""
    principal = console.sessions.principal(request.cookies.get(COOKIE, ""))
    if principal is None:
        return entrance.sign_in_page()
    if request.method == "POST" and not is_ours(request):
        return _failed(
            Refusal(403, {"title": "Forbidden", "detail": "this came from another site"}), principal
        )
    ask = Asker(answers=console.answers, principal=principal)
    try:
        shown = await show(ask, request)
        return _shown(shown, ask, request, await _waiting(console, principal))
    except Refusal as refusal:
        return _failed(refusal, principal, await _own_ways(ask, request, refusal))
    except SteelyardError as error:
        return _failed(Refusal(400, {"title": "Not possible", "detail": str(error)}), principal)
    except Exception:  # noqa: BLE001  (a person gets a page that says so; the log keeps the cause)
        # The path itself may name a customer, and the log is to name nobody.
        _log.exception("the page %s failed", getattr(request.scope.get("route"), "path", "?"))
        return _failed(Refusal(500, {"title": "Something broke on our side", "detail": ""}), principal)


async def _waiting(console: Console, principal: Principal) -> int:
    """How many reviews wait for this person; asked apart, since it is no part of any page."""
    if principal.person is None:
        return 0
    ask = Asker(answers=console.answers, principal=principal)
    found = await ask.get_or_none("/api/v1/reviews", query={"mine": "true", "limit": "100"})
    return len(found["items"]) if found else 0


def _shown(shown: pages.Page | Response, ask: Asker, request: Request, waiting: int) -> Response:
    if isinstance(shown, Response):
        return shown
    if request.query_params.get("format") == "json":
        return _twins(ask)
    frame = {"title": shown.title, "nav": shown.nav, "principal": ask.principal, "asked": list(ask.asked)}
    frame["twin"] = _twin(request)
    frame |= {"server": server_of(request), "waiting": waiting}
    return html(shown.template, shown.view | frame)


def _twin(request: Request) -> str:
    """The query of the same page's answers as JSON."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "format"]
    return "?" + urlencode([*kept, ("format", "json")])


def _twins(ask: Asker) -> Response:
    """The answers that the page was made from, by their address."""
    return Response(msgspec.json.encode(ask.asked), media_type="application/json", headers=HEADERS)


async def _check(console: Console, _: Request) -> Response:
    """A page that checks evidence files; for everybody, since it shows nothing but the public key."""
    public = Asker(answers=console.answers, principal=entrance.ANYBODY)
    key = await public.get_or_none("/record/key")
    return html("check.html", {"title": "Check an evidence file", "vkey": key.strip() if key else ""})


async def _calculator(console: Console, request: Request) -> Response:
    """What plans would cost; for everybody, since it knows published prices and nothing of customers."""
    public = Asker(answers=console.answers, principal=entrance.ANYBODY)
    view = await calculator.load(public, asked_for(request))
    return html("calculator.html", view, status=200 if view["is_public"] else 404)


async def _own_ways(ask: Asker, request: Request, refusal: Refusal) -> list[tuple[str, str]]:
    """Where somebody who looks after some customers finds the same of each of them: addresses and names."""
    if refusal.status != 403 or request.method != "GET" or ask.principal.person is None:
        return []
    path = request.url.path
    if path not in OF_ONE:
        return []
    known = await ask.get_or_none("/api/v1/customers", query={"limit": "20"}) or {"items": []}
    return [(OF_ONE[path].format(quote(one["key"], safe="")), one["name"]) for one in known["items"]]


def _failed(refusal: Refusal, principal: Principal, ways: list[tuple[str, str]] | None = None) -> Response:
    view = {"title": refusal.problem.get("title", "Not possible"), "nav": "", "principal": principal}
    view |= {"asked": [], "twin": "", "waiting": 0, "status": refusal.status, "problem": refusal.problem}
    view["ways"] = ways or []
    return html("problem.html", view, status=refusal.status)
