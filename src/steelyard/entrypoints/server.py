"""The server process of one workspace: the API and the console behind one address, until told to stop."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import uvicorn
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Route

from steelyard.adapters.sealing import SealingProcess
from steelyard.entrypoints.api.app import Api
from steelyard.entrypoints.bootstrap import Workspace, open_workspace
from steelyard.entrypoints.duties import Round
from steelyard.entrypoints.http_protocol import BoundedProtocol
from steelyard.entrypoints.logs import Format, configure
from steelyard.kernel.errors import Unavailable

if TYPE_CHECKING:
    from starlette.types import ASGIApp

CONNECTIONS_MAX: Final = 1000
_GRACE_SECONDS: Final = 15
_BACKLOG: Final = 2048


def application(workspace: Workspace) -> ASGIApp:
    """The ASGI application: the API, and the console's pages where they are installed."""
    front = Route("/", lambda _request: RedirectResponse("/console"))
    return Api(workspace, more_routes=(front, *_console_routes(workspace)))


def _console_routes(workspace: Workspace) -> list[BaseRoute]:
    if find_spec("steelyard.entrypoints.console") is None:
        return []
    from steelyard.entrypoints.console.app import routes

    return list(routes(workspace))


def console_link(address: str, workspace: Workspace) -> str:
    """A link that signs the owner in to the console, once; blank where no console is installed."""
    if find_spec("steelyard.entrypoints.console") is None:
        return ""
    from steelyard.entrypoints.console.app import sign_in_path

    return address + sign_in_path(workspace)


def serve(
    folder: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8420,
    log: Format = "text",
    announce: Callable[[str, Workspace], None],
) -> None:
    """Serve a workspace until a signal asks to stop; then finish what was accepted, and close the files.

    `announce` is called with the address once it is bound. Raises Unavailable when the address is taken.
    """
    configure(log)
    # On a single core a second process would only take turns with this one.
    with SealingProcess() if _cores() > 1 else nullcontext() as hash_with:
        _serve(open_workspace(folder, hash_with=hash_with), host, port, announce)


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _serve(workspace: Workspace, host: str, port: int, announce: Callable[[str, Workspace], None]) -> None:
    try:
        listener = _bind(host, port)
        shown = f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{listener.getsockname()[1]}"
        with _said_where(workspace.folder, address):
            announce(address, workspace)
            with Round(workspace):
                _run(application(workspace), listener)
    finally:
        workspace.close()


def _run(app: ASGIApp, listener: socket.socket) -> None:
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=BoundedProtocol,
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level="warning",
        limit_concurrency=CONNECTIONS_MAX,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    # uvicorn stops gracefully and then raises the signal again; by then it has done its work, and what was
    # accepted must still be brought to rest.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _done)
    uvicorn.Server(config).run(sockets=[listener])


def _done(_number: int, _frame: object) -> None:
    return None


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise Unavailable(
            f"cannot listen on {host}:{port}: {error.strerror}; name another with --port",
            code="address_taken",
        ) from None
    listener.listen(_BACKLOG)
    listener.set_inheritable(True)
    return listener


class _said_where:  # noqa: N801  (used like a function)
    """For as long as it lasts, `server.json` in the folder says where the server is."""

    def __init__(self, folder: Path, address: str) -> None:
        self._file = folder / "server.json"
        self._text = json.dumps({"address": address, "pid": os.getpid()})

    def __enter__(self) -> None:
        fresh = self._file.with_suffix(".json.new")
        fresh.write_text(self._text)
        fresh.replace(self._file)

    def __exit__(self, *_: object) -> None:
        self._file.unlink(missing_ok=True)
