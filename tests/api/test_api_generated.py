"""What derives from the table of endpoints is up to date, and is what it says it is."""

from __future__ import annotations

import ast
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

import steelyard.client
from steelyard.client import Client, ProblemError
from steelyard.entrypoints.api import generate
from steelyard.entrypoints.api.endpoints import ENDPOINTS
from steelyard.entrypoints.api.openapi import build
from tests.api.conftest import Server, environment

AGAIN = "run: python -m steelyard.entrypoints.api.generate"


def test_the_committed_client_is_what_the_table_gives() -> None:
    committed = {path.name: path.read_text() for path in generate.CLIENT.glob("*.py")}
    assert committed == generate.client(), AGAIN


def test_the_committed_page_is_what_the_table_gives() -> None:
    assert generate.DOCS.read_text() == generate.docs(), AGAIN


def test_every_endpoint_has_a_method_of_the_client() -> None:
    client = Client("http://127.0.0.1:1")
    for row in ENDPOINTS:
        if row.of_another_product:
            continue
        noun, _, verb = row.name.partition(".")
        assert callable(getattr(getattr(client, noun), verb)), row.name


def test_names_and_paths_are_unique_and_every_row_says_what_it_does() -> None:
    assert len({row.name for row in ENDPOINTS}) == len(ENDPOINTS)
    assert len({(row.method, row.path) for row in ENDPOINTS}) == len(ENDPOINTS)
    for row in ENDPOINTS:
        assert row.summary.endswith("."), row.name
        assert row.summary[0].isupper(), row.name


def test_the_document_is_openapi_3_1_without_loose_ends() -> None:
    document = build(ENDPOINTS)
    assert document["openapi"].startswith("3.1")
    text = str(document)
    named = set(document["components"]["schemas"])
    used = {part.partition("'")[0] for part in text.split("#/components/schemas/")[1:]}
    assert used <= named
    assert named <= used | {"ProblemAnswer", "EventsProblem"}


def test_the_client_uses_the_standard_library_alone() -> None:
    for file in Path(steelyard.client.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                top = name.partition(".")[0]
                if top == "cryptography" and file.name == "count_key.py":
                    continue  # Signs the client's own count where it is installed; else a local secret does.
                assert top in sys.stdlib_module_names or name.startswith("steelyard.client"), (file, name)


def test_the_client_starts_in_milliseconds() -> None:
    code = (
        "import time; t = time.process_time(); from steelyard.client import Client; "
        "Client('http://x'); print(time.process_time() - t)"
    )
    command = [sys.executable, "-c", code]
    runs = [subprocess.run(command, capture_output=True, env=environment(), check=True) for _ in range(3)]
    fastest = min(float(run.stdout) for run in runs)
    assert fastest < 0.3, "the SDK must not slow the program that uses it; it takes 0.04 s when idle"


def test_a_problem_becomes_one_exception_with_its_code(billed: Server) -> None:
    with pytest.raises(ProblemError) as caught:
        billed.client().customers.show("nobody")
    assert caught.value.status == 404
    assert caught.value.code == "not_found"
    assert "nobody" in caught.value.detail
    with pytest.raises(ProblemError) as caught:
        billed.client().events.send([{"id": "x"}])  # type: ignore[typeddict-item]
    assert caught.value.code == "events_refused"
    assert caught.value.errors[0]["index"] == 0
    with pytest.raises(ProblemError) as caught:
        Client("http://127.0.0.1:9", timeout=2).health.live()
    assert caught.value.code == "unreachable"
    assert caught.value.retryable


def test_the_client_keeps_its_connection_and_survives_its_loss(billed: Server) -> None:
    client = billed.client()
    client.health.live()
    connection: HTTPConnection = client._transport._local.connection
    client.health.live()
    assert client._transport._local.connection is connection
    assert connection.sock is not None
    connection.sock.shutdown(socket.SHUT_RDWR)
    started = time.monotonic()
    assert client.health.live()["status"] == "ok"
    assert time.monotonic() - started < 5
