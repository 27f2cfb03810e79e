"""The load generator, a process of its own: prepares all requests, then sends them over open connections.

    python -m bench.load HOST:PORT KEY START TOTAL SIZE CONNECTIONS

Prints one JSON document: events a second, and how long an answer took (p50, p99, milliseconds).
"""

from __future__ import annotations

import http.client
import json
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
    prepared = list(bodies(start, total, size))
    shares = [prepared[number::connections] for number in range(connections)]
    took: list[float] = []
    ready = threading.Barrier(connections + 1)
    threads = [threading.Thread(target=_send, args=(host, key, share, took, ready)) for share in shares]
    for thread in threads:
        thread.start()
    ready.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
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
            }
        )
    )


def _send(host: str, key: str, share: list[bytes], took: list[float], ready: threading.Barrier) -> None:
    connection = http.client.HTTPConnection(host, timeout=120)
    connection.connect()
    headers = {"content-type": "application/json", "authorization": f"Bearer {key}"}
    ready.wait()
    for body in share:
        started = time.perf_counter()
        connection.request("POST", "/api/v1/events", body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 204:
            sys.stderr.write(f"HTTP {answer.status}\n")
            return
        took.append(time.perf_counter() - started)


if __name__ == "__main__":
    main(sys.argv[1:])
