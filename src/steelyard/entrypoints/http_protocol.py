"""The server's HTTP protocol with bounds that uvicorn's has not: on the head of a request and on its pace.

httptools reads heads of any size and waits for them for ever; so a client could fill the memory with one
header, or hold connections by sending a byte now and then.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES_MAX: Final = 64 * 1024
HEAD_SECONDS_MAX: Final = 10.0
REQUEST_SECONDS_MAX: Final = 75.0
"""A request that is not whole after this time is given up; its body had less than that already."""

_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: 42\r\nconnection: close\r\n\r\nThe head of a request has at most 64 KiB.\n"
)


class BoundedProtocol(HttpToolsProtocol):
    """One connection, closed when a head grows past 64 KiB or when a request is not whole in time."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._head_bytes = 0
        self._head_since: float | None = None
        self._request_since: float | None = None
        self._watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there; the head of its first request is due."""
        super().connection_made(transport)
        self._head_since = self._request_since = self.loop.time()
        self._watch = self.loop.call_later(HEAD_SECONDS_MAX, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes of a request; a head that is still open after them must not be too large."""
        super().data_received(data)
        if self._head_since is not None:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES_MAX and not self.transport.is_closing():
                self.transport.write(_TOO_LARGE)
                self.transport.close()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._head_bytes = 0
        self._head_since = self._request_since = self.loop.time()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._head_since = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole: what takes time from here on is our own work."""
        self._request_since = None
        super().on_message_complete()

    def _look(self) -> None:
        """Once in a while: is something overdue?"""
        now = self.loop.time()
        head_late = self._head_since is not None and now - self._head_since > HEAD_SECONDS_MAX
        late = self._request_since is not None and now - self._request_since > REQUEST_SECONDS_MAX
        if head_late or late:
            self.transport.close()
        if not self.transport.is_closing():
            self._watch = self.loop.call_later(HEAD_SECONDS_MAX / 2, self._look)
