"""Where the server of a folder is, and the key with which its owner may ask it."""

from __future__ import annotations

import fcntl
import json
import os
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from steelyard.kernel.errors import NotFound, Unavailable


def owner_key(folder: Path) -> str:
    """The owner's secret, from STEELYARD_KEY or the folder's file."""
    given = os.environ.get("STEELYARD_KEY")
    if given:
        return given
    try:
        return (folder / "owner.key").read_text().strip()
    except FileNotFoundError:
        raise NotFound(
            f"{folder / 'owner.key'} is missing; give a key in STEELYARD_KEY", code="no_key"
        ) from None


def running_server(folder: Path) -> str | None:
    """The address of the server that holds the folder, if one does; a dead one's leftover is passed over."""
    try:
        said = json.loads((folder / "server.json").read_text())
    except (FileNotFoundError, ValueError):
        return None
    address = str(said["address"]).replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
    if not _is_held(folder):
        return None
    try:
        _knock(address)
    except (OSError, HTTPException):
        raise Unavailable(
            f"the server at {urlsplit(address).netloc} holds {folder} but does not answer"
        ) from None
    return address


def _knock(address: str) -> None:
    parts = urlsplit(address)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=10.0)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse().read()
    finally:
        connection.close()


def _is_held(folder: Path) -> bool:
    """Whether a living process holds the folder: its lock ends with it, whatever it left behind."""
    try:
        with (folder / "lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False
