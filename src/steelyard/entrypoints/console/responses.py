"""Answers of the console that are no page: files to keep, and the way to another page."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from steelyard.entrypoints.console.answers import Download
from steelyard.entrypoints.console.render import render

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}


def download(answer: Download, name: str, *, inline: bool = False) -> Response:
    """A file that the browser keeps under this name, or shows if it is `inline`."""
    how = "inline" if inline else "attachment"
    headers = {**HEADERS, "content-disposition": f'{how}; filename="{name}"'}
    if inline:
        # The browser's own viewer of documents draws with styles of its own.
        headers["content-security-policy"] = (
            "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'"
        )
    return Response(answer.content, media_type=answer.media_type, headers=headers)


def moved(to: str) -> Response:
    """The way to the page that shows what a form did, so that reloading does it no second time."""
    return RedirectResponse(to, status_code=303, headers=HEADERS)


def server_of(request: Request) -> str:
    """The address at which this person reaches the server."""
    return f"{request.url.scheme}://{request.url.netloc}"


def html(template: str, view: dict[str, Any], *, status: int = 200) -> Response:
    """A page that a template makes of a view."""
    return Response(render(template, view), status_code=status, media_type="text/html", headers=HEADERS)


def is_ours(request: Request) -> bool:
    """Whether a form was sent by a page of ours.

    Browsers say so in Sec-Fetch-Site; an older one names the page's origin; who says neither is no browser.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.url.netloc
