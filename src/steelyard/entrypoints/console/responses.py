"""Answers of the console that are no page: files to keep, and the way to another page."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from steelyard.entrypoints.console.answers import Download

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
