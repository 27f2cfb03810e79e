"""Reading a request's body: bounded in size and time while it streams, and bounded again as it unpacks."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.types import Receive

from steelyard.entrypoints.api.limits import BODY_BYTES_MAX, Hold
from steelyard.entrypoints.api.unpacking import ENCODINGS, unpack
from steelyard.kernel.errors import InvalidInput

BODY_SECONDS_MAX: Final = 60.0
_DRAIN_BYTES_MAX: Final = 64 * 1024 * 1024


async def read(
    receive: Receive,
    headers: dict[bytes, bytes],
    hold: Hold,
    *,
    limit: int = BODY_BYTES_MAX,
    seconds: float = BODY_SECONDS_MAX,
) -> bytes:
    """The body's bytes, which `hold` counts as in flight.

    Raises InvalidInput `too_large` past the limit, on the wire or unpacked, `unsupported_encoding` for a
    content encoding that is not read, `not_readable` for a broken one or a client that went away, `too_slow`
    when the body is not whole in time; Busy `too_busy` when too much is in flight.
    """
    try:
        async with asyncio.timeout(seconds):
            return await _read(receive, headers, hold, limit)
    except TimeoutError:
        message = f"the body was not whole after {seconds:g} s; send it in smaller parts"
        raise InvalidInput(message, code="too_slow") from None


async def _read(receive: Receive, headers: dict[bytes, bytes], hold: Hold, limit: int) -> bytes:
    declared = headers.get(b"content-length", b"")
    if declared.isdigit() and len(declared) < 20 and int(declared) > limit:
        await _drain(receive, int(declared))
        raise too_large(limit)
    encoding = headers.get(b"content-encoding", b"identity").strip().lower().decode("latin-1")
    if encoding not in ENCODINGS:
        raise InvalidInput(
            f"content encoding {encoding[:40]!r} is not read (allowed: {', '.join(ENCODINGS)})",
            code="unsupported_encoding",
        )
    body = await _collect(receive, limit, hold)
    if encoding in ("identity", ""):
        return body
    plain = unpack(encoding, body, limit, hold.grow)
    hold.shrink(len(body))
    return plain


async def _collect(receive: Receive, limit: int, hold: Hold) -> bytes:
    message = await receive()
    parts: list[bytes] = []
    size = 0
    while True:
        if message["type"] == "http.disconnect":
            raise InvalidInput("the client went away before its body was whole", code="not_readable")
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            parts.clear()
            await _drain(receive, _DRAIN_BYTES_MAX)
            raise too_large(limit)
        hold.grow(len(part))
        parts.append(part)
        if not message.get("more_body", False):
            return part if len(parts) == 1 else b"".join(parts)
        message = await receive()


async def _drain(receive: Receive, size: int) -> None:
    """Take in and drop what is still on its way, so that the client gets to read our answer."""
    left = min(size, _DRAIN_BYTES_MAX)
    while left > 0:
        message = await receive()
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return
        left -= len(message.get("body", b""))


def too_large(limit: int) -> InvalidInput:
    """The refusal of a body that is larger than this many bytes."""
    size = f"{limit // 1024 // 1024} MiB" if limit >= 1024 * 1024 else f"{limit} bytes"
    return InvalidInput(f"the body is larger than {size}", code="too_large")
