"""What the same work costs at the least: a plain SQLite table, and a server that only reads and answers."""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from bench.events import bodies
from bench.load import Load, generate

_BARE = """
import sys, uvicorn
async def app(scope, receive, send):
    more = True
    while more:
        more = (await receive()).get("more_body", False)
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})
uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", lifespan="off", log_level="error")
"""


def sqlite_inserts(folder: Path, *, total: int, size: int) -> float:
    """Events a second of plain inserts of the same rows, a transaction a batch, synced to disk; no HTTP."""
    parts = [
        [(event["source"], event["id"], json.dumps(event)) for event in json.loads(body)]
        for body in bodies(0, total, size)
    ]
    connection = sqlite3.connect(folder / "plain.sqlite", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE event (source TEXT, id TEXT, body TEXT, PRIMARY KEY (source, id))")
    started = time.perf_counter()
    for part in parts:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO event VALUES (?, ?, ?)", part)
        connection.execute("COMMIT")
    seconds = time.perf_counter() - started
    connection.close()
    return total / seconds


def bare_server(*, total: int, size: int) -> Load:
    """What the load generator sees of a uvicorn that reads the same requests and answers 204."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-c", _BARE, str(port)])
    try:
        _wait_for(port)
        return generate(f"http://127.0.0.1:{port}", "none", start=0, total=total, size=size)
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the bare server did not start")
