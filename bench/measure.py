"""The measurements themselves, in the order in which a workspace fills up."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from statistics import median

from bench.baselines import bare_server, sqlite_inserts
from bench.events import CUSTOMERS, bodies, customer, last_month
from bench.figures import Figures
from bench.load import generate
from bench.sdk import metering_client
from steelyard.client import Client
from steelyard.entrypoints.bootstrap import open_workspace
from steelyard.entrypoints.demo.scenarios import CATALOGS, catalog_files
from steelyard.entrypoints.demo.serving import Server

_SECONDS_MAX = 900.0
_PREFILL_EVENTS = 1_000_000


def measure(figures: Figures, folder: Path, *, events: int, stored: int) -> None:
    """Everything, with a server of its own in a fresh folder."""
    _commands(figures)
    _baselines(figures, folder, events)
    server = Server(folder / "workspace", "127.0.0.1", 0)
    try:
        client = Client(server.address, server.key, timeout=_SECONDS_MAX)
        _prepare(client)
        _console(figures, server)
        total = _ingest(figures, server, client, events)
        if stored > total:
            server, client, total = _filled(figures, folder, server, client, total, stored, events)
        _visible(figures, client)
        _queries(figures, client, max(stored, total))
        _impact(figures, client)
        _billing(figures, client)
        _verify(figures, client)
        _memory(figures, folder / "workspace")
        metering_client(figures, server, folder)
    finally:
        server.stop()
    _feed(figures, folder)


def _feed(figures: Figures, folder: Path) -> None:
    """The first feed of everything that is stored, with no server beside."""
    workspace = open_workspace(folder / "workspace")
    try:
        workspace.feeder.use(folder / "feed")
        started = time.perf_counter()
        done = workspace.feeder.feed()
        seconds = time.perf_counter() - started
    finally:
        workspace.close()
    assert done is not None, "the folder was named"
    figures.add(f"first warehouse feed, {done.rows:,} rows", done.upto / seconds, "events/s", ">= 200,000")


def _commands(figures: Figures) -> None:
    empty = _best([sys.executable, "-c", "pass"])
    took = _best([sys.executable, "-m", "steelyard", "--help"])
    figures.add("steelyard --help", took, "s", "<= 0.2", beside=("an empty Python process", empty))


def _best(command: list[str]) -> float:
    def once() -> float:
        started = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        return time.perf_counter() - started

    return min(once() for _ in range(5))


def _baselines(figures: Figures, folder: Path, events: int) -> None:
    plain = sqlite_inserts(folder, total=min(events, 200_000), size=1_000)
    figures.add("baseline, plain SQLite inserts of 1,000", plain, "events/s")
    for size, total in ((1_000, events), (100, events // 4)):
        bare = bare_server(total=total, size=size)
        figures.add(f"baseline, uvicorn that only answers, batches of {size:,}", bare.rate, "events/s")


def _prepare(client: Client) -> None:
    """The AI scenario's catalog and a thousand Team customers."""
    client.catalog.publish(files=catalog_files(CATALOGS / "ai"), note="bench")
    start = last_month().strftime("%Y-%m-%dT%H:%M:%SZ")
    client.customers.create_many(
        customers=[{"key": customer(n), "name": f"Bench {n}", "currency": "USD"} for n in range(CUSTOMERS)]
    )
    client.subscriptions.create_many(
        subscriptions=[
            {"customer": customer(n), "plan": "team", "start": start, "quantities": {"seats": "5"}}
            for n in range(CUSTOMERS)
        ]
    )


def _console(figures: Figures, server: Server) -> None:
    """Signing in and seeing the first page."""
    if not server.sign_in:
        return
    host, _, path = server.sign_in.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=60)
    started = time.perf_counter()
    connection.request("GET", f"/{path}")
    answer = connection.getresponse()
    answer.read()
    cookie = (answer.getheader("set-cookie") or "").partition(";")[0]
    connection.request("GET", "/console", headers={"cookie": cookie})
    page = connection.getresponse()
    page.read()
    if page.status == 200:
        figures.add("first console page, signing in included", time.perf_counter() - started, "s", "<= 1")


def _ingest(figures: Figures, server: Server, client: Client, events: int) -> int:
    """Durable, deduplicated, receipted, with the fold running; gives how many were stored."""
    rates = {figure.name: figure.value for figure in figures.found}
    sent = 0
    for size, total, target in ((1_000, events, ">= 150,000"), (100, events // 4, ">= 100,000")):
        load = generate(server.address, server.key, start=sent, total=total, size=size)
        sent += total
        bare = rates[f"baseline, uvicorn that only answers, batches of {size:,}"]
        name = f"ingest, 4 connections x {size:,}"
        figures.add(name, load.rate, "events/s", target, beside=("the bare answer", bare))
        figures.add(f"{name}, p50 acknowledge", load.p50_ms, "ms")
        figures.add(f"{name}, p99 acknowledge", load.p99_ms, "ms", "<= 60" if size == 1_000 else "")
        if size == 1_000:
            plain = rates["baseline, plain SQLite inserts of 1,000"]
            figures.add(f"{name}, over plain SQLite", load.rate, "events/s", beside=("plain SQLite", plain))
        figures.add(f"{name}, fold behind by", _wait_until_folded(client), "s")
    return sent


def _filled(
    figures: Figures, folder: Path, server: Server, client: Client, total: int, stored: int, events: int
) -> tuple[Server, Client, int]:
    """Fills the workspace up, starts it anew, and measures the start and the ingest of a full one."""
    for start in range(total, stored, _PREFILL_EVENTS):
        part = min(_PREFILL_EVENTS, stored - start)
        generate(server.address, server.key, start=start, total=part, size=5_000)
        print(f"  {start + part:,} of {stored:,} events stored", flush=True)
    _wait_until_folded(client)
    server.stop()
    started = time.perf_counter()
    server = Server(folder / "workspace", "127.0.0.1", 0)
    client = Client(server.address, server.key, timeout=_SECONDS_MAX)
    client.health.ready()
    figures.add(f"start with {stored:,} events", time.perf_counter() - started, "s", "<= 10 of 20 M")
    empty = {figure.name: figure.value for figure in figures.found}
    for size, count in ((1_000, events), (100, events // 4)):
        name = f"ingest, 4 connections x {size:,}"
        load = generate(server.address, server.key, start=stored, total=count, size=size)
        stored += count
        figures.add(
            f"{name}, with {stored - count:,} events stored",
            load.rate,
            "events/s",
            ">= 80% of empty",
            beside=("the empty workspace", empty[name]),
        )
        figures.add(f"{name}, with so many stored, p99 acknowledge", load.p99_ms, "ms")
        _wait_until_folded(client)
    return server, client, stored


def _wait_until_folded(client: Client) -> float:
    started = time.perf_counter()
    while time.perf_counter() - started < _SECONDS_MAX and client.health.ready()["fold_lag"]:
        time.sleep(0.02)
    return time.perf_counter() - started


def _span() -> tuple[str, str]:
    start = last_month()
    end = (start + timedelta(days=32)).replace(day=1)
    return start.isoformat(), end.isoformat()


def _visible(figures: Figures, client: Client) -> None:
    """From the answer to an event until a usage query counts it."""
    start, end = _span()

    def total() -> str:
        return str(client.meters.query("requests", from_=start, to=end, customer=[customer(0)])["data"])

    took: list[float] = []
    for number in range(5):
        before = total()
        client.events.send_bytes(next(bodies(900_000_000 + number * CUSTOMERS, 1, 1)), "application/json")
        started = time.perf_counter()
        while total() == before and time.perf_counter() - started < 30:
            time.sleep(0.005)
        took.append(time.perf_counter() - started)
    figures.add("event to visible in a usage query", max(took), "s", "<= 1")


def _queries(figures: Figures, client: Client, stored: int) -> None:
    start, end = _span()
    one = _median(lambda: client.meters.query("input-tokens", from_=start, to=end, customer=[customer(7)]))
    every = _median(
        lambda: client.meters.query(
            "input-tokens", from_=start, to=end, window_size="DAY", group_by=["customer"]
        )
    )
    figures.add(f"usage query of one customer, {stored:,} events", one * 1000, "ms", "<= 20 of 10 M")
    figures.add(
        f"usage query of all customers x days, {stored:,} events", every * 1000, "ms", "<= 300 of 10 M"
    )


def _median(work: Callable[[], object]) -> float:
    took: list[float] = []
    for _ in range(7):
        started = time.perf_counter()
        work()
        took.append(time.perf_counter() - started)
    return median(took)


def _impact(figures: Figures, client: Client) -> None:
    """What `catalog plan` asks: old and new bill of everybody by another price, with costs and margin."""
    started = time.perf_counter()
    found = client.impact.compute(percent={"team-seats": "5"}, period=last_month().strftime("%Y-%m"))
    seconds = time.perf_counter() - started
    customers = sum(total["customers"] for total in found["totals"])
    figures.add(f"catalog plan with money, {customers:,} customers", seconds, "s", "<= 5 of 10 M")


def _billing(figures: Figures, client: Client) -> None:
    started = time.perf_counter()
    run = client.billing.run(period=last_month().strftime("%Y-%m"))
    seconds = time.perf_counter() - started
    figures.add(f"billing run, {run['counts']['invoices']:,} customers", seconds, "s", "<= 10 of 10 M")


def _verify(figures: Figures, client: Client) -> None:
    started = time.perf_counter()
    found = client.record.verify()
    seconds = time.perf_counter() - started
    scaled = seconds * 1_000_000 / max(found["entries"], 1)
    figures.add(f"verify 1 M receipts (of {found['entries']:,})", scaled, "s", "<= 4")
    if not found["ok"]:
        print("the record does NOT verify", flush=True)


def _memory(figures: Figures, folder: Path) -> None:
    pid = json.loads((folder / "server.json").read_text())["pid"]
    status = Path(f"/proc/{pid}/status").read_text()
    for name, text in (("VmRSS", "memory of the server"), ("VmHWM", "memory of the server at its most")):
        kilobytes = int(status.split(f"{name}:")[1].split()[0])
        figures.add(text, kilobytes / 1024 / 1024, "GiB", "<= 1.5 of 10 M")
