"""Static files: an address with the content's hash is kept for ever, any other is asked for again."""

from __future__ import annotations

import mimetypes
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from steelyard.entrypoints.console.render import STATIC, etag

_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "public, no-cache"


async def serve(request: Request) -> Response:
    """The file with its entity tag; 304 when the browser has it, 404 for what is not ours."""
    file = (STATIC / request.path_params["name"]).resolve()
    if not file.is_relative_to(STATIC.resolve()) or not file.is_file():
        return Response("There is no such file.", status_code=404, media_type="text/plain")
    tag = etag(file)
    kept = _FOR_EVER if request.query_params.get("v") == tag[:12] else _ASK_AGAIN
    headers = {"etag": f'"{tag}"', "cache-control": kept, "x-content-type-options": "nosniff"}
    if f'"{tag}"' in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return Response(_content(file, tag), media_type=media_type, headers=headers)


@lru_cache(maxsize=32)
def _content(file: Path, tag: str) -> bytes:
    return file.read_bytes()
