"""A disk that fills up while the server works: refused in words, nothing answered is lost, and it recovers.

libfiu (Debian's package fiu-utils) lets the server's own system calls fail while it runs.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.conftest import Answer, Server, environment, start

QUIET = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}
"""Arrow's allocator starts no thread of its own while it is loaded: that thread and the loader can wait for
each other where libfiu stands between them and the system."""

PRELOAD = Path("/usr/lib/fiu/fiu_posix_preload.so")
FAILING_SERVER = Path(__file__).with_name("failing_server.py")

pytestmark = pytest.mark.skipif(
    not PRELOAD.exists(), reason="libfiu is not installed (Debian's package fiu-utils)"
)


class Faults:
    """Makes system calls of the server fail with "no space left on device", by their names in libfiu."""

    def __init__(self, control: Path) -> None:
        self._control = control

    def set(self, *names: str) -> None:
        """These calls fail from now on, and no others."""
        done = self._control.with_suffix(".done")
        done.unlink(missing_ok=True)
        self._control.write_text(" ".join(names))
        deadline = time.monotonic() + 20
        while not done.is_symlink():
            assert time.monotonic() < deadline, "the server does not obey"
            time.sleep(0.01)


@pytest.fixture
def failing(tmp_path: Path) -> Iterator[tuple[Server, Faults]]:
    """A server whose system calls can be made to fail."""
    folder, control = tmp_path / "workspace", tmp_path / "control"
    control.write_text("")
    command = [
        sys.executable,
        str(FAILING_SERVER),
        str(control),
        "serve",
        "--dir",
        str(folder),
        "--port",
        "0",
    ]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**environment(), **QUIET, "LD_PRELOAD": str(PRELOAD)},
        )
    assert process.stdout is not None
    address = process.stdout.readline().rpartition(" ")[2].strip()
    server = Server(folder, process, address, (folder / "owner.key").read_text().strip())
    yield server, Faults(control)
    if process.poll() is None:
        assert server.stop() == 0


def send(server: Server, number: int) -> Answer:
    batch = [{"id": f"{number}-{part}", "type": "t", "data": {"n": part}} for part in range(20)]
    return server.ask("POST", "/api/v1/events", batch)


def total(server: Server, wanted: int) -> int:
    deadline = time.monotonic() + 40
    while True:
        answer = server.ask("GET", "/api/v1/overview")
        found = answer.json["events"]["total"] if answer.status == 200 else -1
        if found == wanted or time.monotonic() > deadline:
            return found
        time.sleep(0.2)


@pytest.mark.parametrize(
    "calls",
    [
        ("posix/io/rw/pwrite", "posix/io/rw/pwrite64"),
        ("posix/io/sync/fdatasync", "posix/io/sync/fsync"),
        ("posix/io/rw/pwrite", "posix/io/rw/pwrite64", "posix/io/sync/fdatasync", "posix/io/sync/fsync"),
    ],
    ids=["pwrite", "fdatasync", "both"],
)
def test_a_full_disk_loses_nothing_that_was_answered(
    failing: tuple[Server, Faults], calls: tuple[str, ...]
) -> None:
    server, faults = failing
    acknowledged = {number for number in range(10) if send(server, number).status == 204}
    assert len(acknowledged) == 10
    faults.set(*calls)
    for number in range(10, 16):
        answer = send(server, number)
        assert answer.status == 503, answer.content
        assert answer.json["code"] == "not_written"
        assert answer.json["retryable"] is True
        assert answer.headers["retry-after"]
    assert server.ask("GET", "/healthz").status == 200
    faults.set()
    for number in range(10, 30):
        assert send(server, number).status == 204
        acknowledged.add(number)
    assert total(server, 20 * len(acknowledged)) == 20 * len(acknowledged)
    assert server.client().record.verify()["ok"]
    assert server.ask("GET", "/readyz").status == 200


def test_a_server_killed_while_its_disk_is_full_starts_with_all_it_answered(
    failing: tuple[Server, Faults],
) -> None:
    server, faults = failing
    for number in range(10):
        assert send(server, number).status == 204
    faults.set("posix/io/rw/pwrite", "posix/io/rw/pwrite64")
    assert send(server, 10).status == 503
    server.kill()
    again = start(server.folder)
    assert send(again, 10).status == 204
    assert send(again, 3).status == 204
    assert total(again, 220) == 220
    assert again.client().record.verify()["ok"]
    assert again.stop() == 0
