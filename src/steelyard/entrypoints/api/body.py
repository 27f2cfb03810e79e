"""Reading a request's body: bounded while it streams, unpacked if it came gzipped, bounded again."""

from __future__ import annotations

import zlib
from typing import Final

from starlette.types import Receive

from steelyard.kernel.errors import InvalidInput

BODY_BYTES_MAX: Final = 16 * 1024 * 1024
_DRAIN_BYTES_MAX: Final = 64 * 1024 * 1024


async def read(receive: Receive, headers: dict[bytes, bytes], *, limit: int = BODY_BYTES_MAX) -> bytes:
    """The body's bytes.

    Raises InvalidInput `too_large` past the limit, on the wire or unpacked, `unsupported_encoding` for a
    content encoding other than gzip, `not_readable` for broken gzip or a client that went away.
    """
    declared = headers.get(b"content-length", b"")
    if declared.isdigit() and len(declared) < 20 and int(declared) > limit:
        await _drain(receive, int(declared))
        raise _too_large(limit)
    body = await _collect(receive, limit)
    encoding = headers.get(b"content-encoding", b"identity").strip().lower()
    if encoding in (b"identity", b""):
        return body
    if encoding != b"gzip":
        raise InvalidInput(
            f"content encoding {encoding.decode('latin-1')!r} is not read (allowed: gzip, identity)",
            code="unsupported_encoding",
        )
    return gunzip(body, limit)


def gunzip(packed: bytes, limit: int) -> bytes:
    """What gzip bytes unpack to, never holding more than the limit.

    >>> import gzip
    >>> gunzip(gzip.compress(b"abc"), 10)
    b'abc'
    """
    machine = zlib.decompressobj(wbits=31)
    try:
        plain = machine.decompress(packed, limit + 1)
    except zlib.error:
        raise InvalidInput("the body is not readable as gzip", code="not_readable") from None
    if len(plain) > limit:
        raise _too_large(limit)
    if not machine.eof or machine.unused_data:
        raise InvalidInput("the body is not one whole gzip stream", code="not_readable")
    return plain


async def _collect(receive: Receive, limit: int) -> bytes:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise InvalidInput("the client went away before its body was whole", code="not_readable")
    first = message.get("body", b"")
    if not message.get("more_body", False):
        if len(first) > limit:
            raise _too_large(limit)
        return first
    parts, size = [first], len(first)
    while message.get("more_body", False):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise InvalidInput("the client went away before its body was whole", code="not_readable")
        size += len(message.get("body", b""))
        if size > limit:
            await _drain(receive, _DRAIN_BYTES_MAX)
            raise _too_large(limit)
        parts.append(message.get("body", b""))
    return b"".join(parts)


async def _drain(receive: Receive, size: int) -> None:
    """Take in and drop what is still on its way, so that the client gets to read our answer."""
    left = min(size, _DRAIN_BYTES_MAX)
    while left > 0:
        message = await receive()
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return
        left -= len(message.get("body", b""))


def _too_large(limit: int) -> InvalidInput:
    return InvalidInput(f"the body is larger than {limit // 1024 // 1024} MiB", code="too_large")
