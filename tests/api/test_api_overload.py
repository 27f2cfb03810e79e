"""Overload, slowness, ending: the server refuses early, keeps its memory, loses nothing it answered."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import zstandard

from tests.api.conftest import Server, environment, fill, start

MIB = 1024 * 1024


def head_of(server: Server, length: int, path: str = "/api/v1/events") -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {server.key}\r\n"
        f"content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    ).encode()


def connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=30)


def memory_mib(server: Server) -> int:
    for line in Path(f"/proc/{server.process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) // 1024
    raise AssertionError("no such process")


def test_too_many_bytes_in_flight_are_refused_before_memory_grows(fresh: Server) -> None:
    before = memory_mib(fresh)
    half = b"[" + b" " * (12 * MIB)
    waiting = [connect(fresh) for _ in range(16)]
    refused = 0
    for one in waiting:
        one.sendall(head_of(fresh, 13 * MIB))
        one.sendall(half)
    time.sleep(0.5)
    for one in waiting:
        one.setblocking(False)
        try:
            answer = one.recv(4096)
        except BlockingIOError:
            continue
        finally:
            one.setblocking(True)
        assert b" 429 " in answer.split(b"\r\n")[0]
        assert b"retry-after: 1" in answer
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "too_busy"
        refused += 1
    assert 4 <= refused < 16
    assert memory_mib(fresh) - before < 400
    for one in waiting:
        one.close()
    deadline = time.monotonic() + 20
    while fresh.ask("POST", "/api/v1/events", {"id": "after", "type": "t"}).status != 204:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_bomb_is_refused_early_and_costs_no_memory(fresh: Server) -> None:
    before = memory_mib(fresh)
    bomb = zstandard.ZstdCompressor(level=19).compress(b" " * (1024 * MIB))
    assert len(bomb) < 100_000
    answer = fresh.ask("POST", "/api/v1/events", content=bomb, content_encoding="zstd")
    assert (answer.status, answer.json["code"]) == (413, "too_large")
    assert memory_mib(fresh) - before < 100


def test_zstd_is_read_and_what_is_cut_off_is_not(fresh: Server) -> None:
    lines = b"\n".join(json.dumps({"id": str(number), "type": "t"}).encode() for number in range(5000))
    packed = zstandard.ZstdCompressor().compress(lines)
    headers = {"content_encoding": "zstd", "content_type": "application/x-ndjson"}
    assert fresh.ask("POST", "/api/v1/events", content=packed[:-9], **headers).status == 400
    assert fresh.client().overview.show()["events"]["total"] == 0
    assert fresh.ask("POST", "/api/v1/events", content=packed, **headers).status == 204
    assert fresh.client().overview.show()["events"]["total"] == 5000


def test_a_head_that_never_ends_is_refused(fresh: Server) -> None:
    with connect(fresh) as endless:
        endless.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\nx-long: ")
        answer = b""
        try:
            for _ in range(400):
                endless.sendall(b"a" * 1024)
                time.sleep(0.0005)
            answer = endless.recv(4096)
        except OSError:
            pass
        assert answer == b"" or b" 431 " in answer.split(b"\r\n")[0]
    assert fresh.ask("GET", "/healthz").status == 200
    answer = fresh.ask("GET", "/healthz", x_long="a" * 60_000)
    assert answer.status == 200


def test_a_client_that_sends_no_head_is_let_go(fresh: Server) -> None:
    with connect(fresh) as silent, connect(fresh) as trickling:
        trickling.sendall(b"GET /healthz HTTP/1.1\r\n")
        started = time.monotonic()
        assert silent.recv(10) == b""
        assert trickling.recv(10) == b""
        assert 5 < time.monotonic() - started < 25


def test_a_limited_key_is_held_to_its_rate_and_told_so(fresh: Server) -> None:
    limit: Any = {"events_per_second": 50, "burst": 100, "body_bytes": 20_000}
    made = fresh.client().keys.create(name="limited", scopes=["events:write"], rate_limit=limit)
    assert made["rate_limit"] == limit
    assert fresh.client().keys.list(limit=1000)["items"][-1]["rate_limit"] == limit
    key = made["secret"]
    batch = [{"id": f"a{number}", "type": "t"} for number in range(100)]
    answer = fresh.ask("POST", "/api/v1/events", batch, key=key)
    assert answer.status == 204
    assert answer.headers["ratelimit-policy"] == '"default";q=100;w=2'
    assert answer.headers["ratelimit"] == '"default";r=0;t=2'
    refused = fresh.ask("POST", "/api/v1/events", [{"id": "b", "type": "t"}] * 50, key=key)
    assert refused.status == 429
    assert refused.json["code"] == "rate_limited"
    assert refused.json["retryable"] is True
    time.sleep(int(refused.headers["retry-after"]))
    again = fresh.ask("POST", "/api/v1/events", [{"id": "c", "type": "t"}], key=key)
    assert again.status == 204
    large = fresh.ask("POST", "/api/v1/events", content=b" " * 20_001, key=key)
    assert (large.status, large.json["code"]) == (413, "too_large")
    assert fresh.client().overview.show()["events"]["total"] == 101


def test_nothing_that_was_answered_is_lost_when_the_server_is_asked_to_end(tmp_path: Path) -> None:
    server = start(tmp_path / "workspace")
    acknowledged: list[str] = []
    stop = threading.Event()
    refusals: list[int] = []

    def send(worker: int) -> None:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
        headers = {"authorization": f"Bearer {server.key}", "content-type": "application/json"}
        for number in range(100_000):
            ids = [f"{worker}-{number}-{part}" for part in range(50)]
            body = json.dumps([{"id": id, "type": "t"} for id in ids])
            try:
                connection.request("POST", "/api/v1/events", body=body, headers=headers)
                answer = connection.getresponse()
                answer.read()
            except (OSError, HTTPException):
                return
            if answer.status != 204:
                refusals.append(answer.status)
                return
            acknowledged.extend(ids)
            if answer.getheader("connection") == "close" or stop.is_set():
                return

    workers = [threading.Thread(target=send, args=(number,)) for number in range(6)]
    for worker in workers:
        worker.start()
    time.sleep(0.7)
    started = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - started < 15
    stop.set()
    for worker in workers:
        worker.join()
    assert set(refusals) <= {503}
    assert acknowledged
    again = start(tmp_path / "workspace")
    stored = {one["id"] for one in again.client().events.each(limit=1000)}
    assert set(acknowledged) <= stored
    assert len(stored) == again.client().overview.show()["events"]["total"]
    assert again.client().record.verify()["ok"]
    assert again.stop() == 0


def test_the_log_as_json_tells_of_requests_and_of_nobody(tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    command = [
        sys.executable,
        "-m",
        "steelyard",
        "serve",
        "--dir",
        str(folder),
        "--port",
        "0",
        "--log",
        "json",
    ]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment())
        assert process.stdout is not None
        address = process.stdout.readline().rpartition(" ")[2].strip()
        process.stdout.readline()
        server = Server(folder, process, address, (folder / "owner.key").read_text().strip())
        fill(server)
        secret = {"id": "Zaphod", "type": "t", "subject": "zaphod@example.org", "data": {"card": "4111-1111"}}
        server.ask("POST", "/api/v1/events", secret)
        server.ask("POST", "/api/v1/events", {**secret, "data": 7})
        server.ask("POST", "/api/v1/events", content=b'{"id": "Zaphod')
        server.ask("GET", "/api/v1/customers/Beeblebrox")
        server.ask("GET", "/api/v1/customers/acme")
        server.ask("GET", "/console/nothing/Beeblebrox")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    text = (tmp_path / "log").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    answered = [line for line in lines if line["logger"] == "steelyard.request"]
    assert {line["endpoint"] for line in answered} >= {"events.send", "customers.show", "catalog.publish"}
    assert {line["status"] for line in answered} >= {200, 204, 404, 422}
    assert all(line["ms"] >= 0 for line in answered)
    for word in ("Zaphod", "zaphod", "4111", "Beeblebrox", "acme", "Acme", "bolt", "coil", server.key):
        assert word not in text
