"""A real server on a free loopback port, in a process of its own, and a month of usage that it can bill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from steelyard.client import Client
from tests.api.forked import Forked, begin, run

CATALOG = Path(__file__).parent / "catalog"
PERIOD = "2026-10"


@dataclass(slots=True)
class Answer:
    """What came back: status, headers with lower-case names, bytes."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        """The decoded body."""
        return json.loads(self.content)


@dataclass
class Server:
    """A server process; `kill` ends it as a power cut would, `stop` as an operator would."""

    folder: Path
    process: Forked | subprocess.Popen[str]
    address: str
    key: str
    said: list[str] = field(default_factory=list)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.address.rpartition(":")[2])

    def client(self, key: str | None = None) -> Client:
        """A client with the owner's key, or another."""
        return Client(self.address, self.key if key is None else key)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content: bytes | None = None,
        key: str | None = None,
        **headers: str,
    ) -> Answer:
        """One request over a connection of its own; header names are written with underscores."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        key = self.key if key is None else key
        if key:
            sent.setdefault("authorization", f"Bearer {key}")
        if body is not None:
            content = json.dumps(body).encode()
        if content is not None:
            sent.setdefault("content-type", "application/json")
        try:
            connection.request(method, path, body=content, headers=sent)
            response = connection.getresponse()
            named = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, named, response.read())
        finally:
            connection.close()

    def kill(self) -> None:
        """End the process at once."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=20)

    def stop(self) -> int:
        """Ask the process to end, and give its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)


def start(folder: Path, *options: str, port: int = 0) -> Server:
    """A server on the folder, once it answers; on a free port if none is named."""
    process = begin(["serve", "--dir", str(folder), "--port", str(port), *options], environment())
    assert process.stdout is not None
    said = [process.stdout.readline(), process.stdout.readline()]
    address = said[0].rpartition(" ")[2].strip()
    if not address.startswith("http"):
        process.kill()
        raise AssertionError("".join(said) + process.stdout.read())
    server = Server(folder, process, address, (folder / "owner.key").read_text().strip(), said)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            if server.ask("GET", "/readyz").status == 200:
                return server
        except OSError:
            time.sleep(0.02)
    process.kill()
    raise AssertionError("the server does not answer")


def environment() -> dict[str, str]:
    """The environment of a subprocess that runs this checkout's own code."""
    source = Path(__file__).parents[2] / "src"
    return {**os.environ, "PYTHONPATH": str(source), "COLUMNS": "100", "NO_COLOR": "1"}


def steelyard_from_nothing(*words: str) -> subprocess.CompletedProcess[bytes]:
    """The command line, run as a person would, modules read and all."""
    command = [sys.executable, "-m", "steelyard", *words]
    return subprocess.run(command, capture_output=True, env=environment(), timeout=120, check=False)


def steelyard(*words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """The command line in a process of its own."""
    return run(list(words), environment(), stdin=stdin, timeout=120)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Server]:
    """A server on a new, empty workspace, for one test."""
    server = start(tmp_path / "workspace")
    yield server
    server.stop()


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Any]:
    """The API of a new, empty workspace in this process, for one test."""
    from tests.api.local import Local

    opened = Local(tmp_path / "workspace")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def billed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose workspace has a catalog, customers, usage of October and its invoices."""
    server = start(tmp_path_factory.mktemp("billed") / "workspace")
    fill(server)
    server.client().billing.run(period=PERIOD)
    yield server
    server.stop()


def catalog_files() -> list[Any]:
    """The tests' own catalog, as files for the API."""
    return [{"name": path.name, "text": path.read_text()} for path in sorted(CATALOG.glob("*.yaml"))]


def fill(server: Server) -> None:
    """A catalog, three customers with subscriptions, and their usage of October."""
    client = server.client()
    client.catalog.publish(files=catalog_files(), note="first")
    for key, name, currency in (("acme", "Acme", "USD"), ("bolt", "Bolt", "USD"), ("coil", "Coil", "USD")):
        client.customers.create(key=key, name=name, currency=currency, subjects=[f"{key}-bot"])
        client.subscriptions.create(
            customer=key, plan="team", start="2026-01-01T00:00:00Z", quantities={"seats": "3"}
        )
    client.events.send(october())


def october() -> list[Any]:
    """Events of October for the three customers, and one for nobody."""
    events: list[Any] = []
    for number in range(120):
        customer = ("acme", "bolt", "coil-bot")[number % 3]
        events.append(
            {
                "id": f"e{number}",
                "source": "test",
                "type": "llm.completion",
                "subject": customer,
                "time": f"2026-10-{number % 28 + 1:02d}T12:00:00Z",
                "data": {"tokens": 1000 + number, "model": "m1" if number % 2 else "m2"},
                "team": "red" if number % 5 else "blue",
                "cost": "0.0001",
            }
        )
    events.append({"id": "stray", "source": "test", "type": "unknown.thing", "subject": "nobody"})
    return events


def events_of(server: Server, source: str, wanted: int = 1) -> list[Any]:
    """The events of a source, once so many of them are folded; a busy machine may take its time."""
    deadline = time.monotonic() + 30
    while True:
        found = [one for one in server.client().events.each(limit=1000) if one["source"] == source]
        if len(found) >= wanted or time.monotonic() > deadline:
            return found
        time.sleep(0.1)


def event_of(server: Server, source: str, id: str) -> Any:
    """The one event of that source and id, once it is folded."""
    deadline = time.monotonic() + 30
    while True:
        found = [one for one in events_of(server, source) if one["id"] == id]
        if found or time.monotonic() > deadline:
            (one,) = found
            return one
        time.sleep(0.1)


@pytest.fixture(scope="session")
def wired(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with catalog and customers, to which the published clients of other products send."""
    server = start(tmp_path_factory.mktemp("wired") / "workspace")
    fill(server)
    yield server
    assert server.client().record.verify()["ok"]
    assert server.stop() == 0
