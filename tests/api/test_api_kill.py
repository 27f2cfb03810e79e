"""A process killed in the middle of ingest: every acknowledged event is there exactly once afterwards."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from http.client import HTTPConnection
from pathlib import Path

from tests.api.conftest import Server, start, steelyard

BATCH = 600
SENDERS = 3


class Sender(threading.Thread):
    """Sends batches until the server is gone; remembers what was acknowledged and what was only sent."""

    def __init__(self, server: Server, number: int, run: int) -> None:
        super().__init__()
        self._server, self._name = server, f"run{run}-s{number}"
        self.acknowledged: set[str] = set()
        self.sent: set[str] = set()

    def run(self) -> None:
        connection = HTTPConnection("127.0.0.1", self._server.port, timeout=20)
        headers = {"authorization": f"Bearer {self._server.key}", "content-type": "application/json"}
        for batch in range(10_000):
            ids = [f"{self._name}-{batch}-{number}" for number in range(BATCH)]
            body = json.dumps([{"id": one, "type": "t", "subject": "acme"} for one in ids])
            self.sent.update(ids)
            try:
                connection.request("POST", "/api/v1/events", body=body, headers=headers)
                response = connection.getresponse()
                response.read()
            except OSError:
                return
            if response.status == 204:
                self.acknowledged.update(ids)


def stored_ids(server: Server) -> list[str]:
    return [event["id"] for event in server.client().events.each(limit=1000)]


def test_no_acknowledged_event_is_lost_or_doubled_by_kill_9(tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    acknowledged: set[str] = set()
    sent: set[str] = set()
    for run in range(3):
        server = start(folder)
        senders = [Sender(server, number, run) for number in range(SENDERS)]
        for sender in senders:
            sender.start()
        time.sleep(0.4 + 0.15 * run)
        server.kill()
        for sender in senders:
            sender.join(timeout=30)
            acknowledged |= sender.acknowledged
            sent |= sender.sent
    assert len(acknowledged) > BATCH

    verdict = steelyard("verify", "--dir", str(folder), "--json")
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr

    server = start(folder)
    stored = stored_ids(server)
    assert len(stored) == len(set(stored)), "an event is there twice"
    assert acknowledged <= set(stored) <= sent
    sample = sorted(acknowledged)[:500]
    again = [{"id": one, "type": "t", "subject": "acme"} for one in sample]
    assert server.ask("POST", "/api/v1/events", again).status == 204
    assert len(stored_ids(server)) == len(stored), "an event sent again after the crash is a duplicate"
    assert server.stop() == 0
    assert steelyard("verify", "--dir", str(folder)).returncode == 0


def children_of(pid: int) -> list[int]:
    return [
        int(one)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for one in (task / "children").read_text().split()
    ]


def test_events_are_taken_on_while_the_hashing_process_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    server = start(folder)
    senders = [Sender(server, number, 0) for number in range(SENDERS)]
    for sender in senders:
        sender.start()
    killed = 0
    for _ in range(4):
        time.sleep(0.15)
        for child in children_of(server.process.pid):
            os.kill(child, signal.SIGKILL)
            killed += 1
    assert killed
    before = sum(len(sender.acknowledged) for sender in senders)
    time.sleep(0.3)
    assert sum(len(sender.acknowledged) for sender in senders) > before
    assert server.stop() == 0
    acknowledged: set[str] = set()
    for sender in senders:
        sender.join(timeout=30)
        acknowledged |= sender.acknowledged
    verdict = steelyard("verify", "--dir", str(folder), "--json")
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
    server = start(folder)
    assert acknowledged <= set(stored_ids(server))
    server.stop()


def test_a_stop_answers_what_it_accepted(tmp_path: Path) -> None:
    server = start(tmp_path / "workspace")
    sender = Sender(server, 0, 0)
    sender.start()
    time.sleep(0.5)
    assert server.stop() == 0
    sender.join(timeout=30)
    assert not (tmp_path / "workspace" / "server.json").exists()
    server = start(tmp_path / "workspace")
    assert sender.acknowledged <= set(stored_ids(server))
    server.stop()
