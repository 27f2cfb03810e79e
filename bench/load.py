"""The load generator, a process of its own: prepares all requests, then sends them over open connections.

    python -m bench.load HOST:PORT KEY START TOTAL SIZE CONNECTIONS

Prints one JSON document: events a second, how long an answer took (p50, p99, milliseconds), and how much of a
core the sending took. It shares the machine with the server, so it does no more than must be done: requests
are whole before the clock starts, and of an answer it reads the status and where it ends.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

from bench.events import bodies


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a load generator saw."""

    events: int
    seconds: float
    p50_ms: float
    p99_ms: float
    cores: float

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.seconds


def generate(address: str, key: str, *, start: int, total: int, size: int, connections: int = 4) -> Load:
    """Runs the load generator beside this process and gives what it saw."""
    numbers = [str(number) for number in (start, total, size, connections)]
    command = [sys.executable, "-m", "bench.load", address.removeprefix("http://"), key, *numbers]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the load generator failed: {done.stderr[-500:]}")
    return Load(**json.loads(done.stdout))


def main(arguments: list[str]) -> None:
    """What the process does."""
    host, key = arguments[:2]
    start, total, size, connections = (int(argument) for argument in arguments[2:])
    prepared = [_request(host, key, body) for body in bodies(start, total, size)]
    shares = [prepared[number::connections] for number in range(connections)]
    took: list[float] = []
    ready = threading.Barrier(connections + 1)
    threads = [threading.Thread(target=_send, args=(host, share, took, ready)) for share in shares]
    for thread in threads:
        thread.start()
    ready.wait()
    started, worked = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.join()
    seconds, worked = time.perf_counter() - started, time.process_time() - worked
    if len(took) != len(prepared):
        raise SystemExit(f"{len(prepared) - len(took)} requests of {len(prepared)} failed")
    took.sort()
    print(
        json.dumps(
            {
                "events": total,
                "seconds": seconds,
                "p50_ms": took[len(took) // 2] * 1000,
                "p99_ms": took[len(took) * 99 // 100] * 1000,
                "cores": worked / seconds,
            }
        )
    )


def _request(host: str, key: str, body: bytes) -> bytes:
    head = (
        f"POST /api/v1/events HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {key}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _send(host: str, share: list[bytes], took: list[float], ready: threading.Barrier) -> None:
    name, _, port = host.rpartition(":")
    with socket.create_connection((name, int(port)), timeout=120) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ready.wait()
        for request in share:
            started = time.perf_counter()
            connection.sendall(request)
            answer = _answer(connection)
            if not answer.startswith(b"HTTP/1.1 204 "):
                sys.stderr.write(f"{answer[:200]!r}\n")
                return
            took.append(time.perf_counter() - started)


def _answer(connection: socket.socket) -> bytes:
    """The head of an answer, which is all of one that is well: a 204 has no body."""
    answer = connection.recv(65_536)
    while answer and not answer.endswith(b"\r\n\r\n"):
        more = connection.recv(65_536)
        if not more:
            break
        answer += more
    return answer


if __name__ == "__main__":
    main(sys.argv[1:])
