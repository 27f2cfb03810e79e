"""The metering client against real servers that start late, die, and come back: each event exactly once."""

from __future__ import annotations

import asyncio
import os
import resource
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from steelyard.client import AsyncSteelyard, Limits, QueueFullError, Refused, Steelyard
from tests.api.conftest import Server, environment, start

ROOT = Path(__file__).parents[2]
QUICK = Limits(flush_seconds=0.02, retry_seconds=0.1, batch_events=100, exit_seconds=20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def stored(server: Server, source: str) -> Counter[str]:
    each = server.client().events.each(limit=1000)
    return Counter(event["id"] for event in each if event["source"] == source)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    running = start(tmp_path_factory.mktemp("sdk") / "workspace")
    yield running
    running.stop()


def test_events_tracked_by_many_threads_arrive_once(server: Server) -> None:
    with Steelyard(server.address, server.key, source="threads", limits=QUICK) as meter:

        def work(thread: int) -> None:
            with meter.subject(f"user-{thread}", team="red"):
                for number in range(300):
                    meter.track("t", id=f"{thread}-{number}", data={"n": number})

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert meter.flush(20)
        stats = meter.stats()
    assert (stats.tracked, stats.settled, stats.refused, stats.waiting) == (1200, 1200, 0, 0)
    found = stored(server, "threads")
    assert len(found) == 1200
    assert set(found.values()) == {1}
    sample = next(event for event in server.client().events.each() if event["source"] == "threads")
    assert sample["subject"].startswith("user-")
    assert sample["dimensions"] == {"team": "red"}


def test_a_server_that_is_down_at_first_and_killed_midway_gets_each_event_once(tmp_path: Path) -> None:
    port = free_port()
    folder = tmp_path / "workspace"
    once = start(folder, port=port)
    key = once.key
    once.stop()
    meter = Steelyard(f"http://127.0.0.1:{port}", key, source="app", limits=QUICK)
    sent: list[str] = []
    done = threading.Event()

    def work() -> None:
        while not done.is_set():
            sent.append(meter.track("t", subject="acme"))
            time.sleep(0.0005)

    worker = threading.Thread(target=work)
    worker.start()
    time.sleep(0.3)
    assert meter.stats().failures
    for _ in range(2):
        running = start(folder, port=port)
        time.sleep(0.4)
        running.kill()
    running = start(folder, port=port)
    done.set()
    worker.join()
    assert meter.flush(30), meter.stats()
    assert not meter.close()
    assert len(sent) > 500
    assert stored(running, "app") == Counter(sent)
    running.stop()


def test_what_track_returned_for_survives_kill_9_of_the_caller(server: Server, tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    command = [sys.executable, "-m", "tests.api.tracking_child", server.address, server.key, str(spool)]
    returned: set[str] = set()
    for number in range(3):
        children = [
            subprocess.Popen(
                [*command, f"r{number}p{one}"], stdout=subprocess.PIPE, env=environment(), cwd=ROOT
            )
            for one in range(2)
        ]
        for child in children:
            assert child.stdout is not None
            returned.add(child.stdout.readline().decode().strip())
        time.sleep(0.25)
        for child in children:
            assert child.stdout is not None
            child.kill()
            lines = child.stdout.read().decode().splitlines(keepends=True)
            returned |= {one.strip() for one in lines if one.endswith("\n")}
            child.wait()
    with Steelyard(server.address, server.key, source="child", spool=spool, limits=QUICK) as meter:
        assert meter.flush(30)
        assert meter.stats().tracked == 0
    found = stored(server, "child")
    assert len(returned) > 200
    assert returned <= set(found)
    assert set(found.values()) == {1}
    assert list(spool.iterdir()) == []


def test_a_program_that_just_ends_delivers_on_its_way_out(server: Server, tmp_path: Path) -> None:
    code = (
        "from steelyard.client import Steelyard\n"
        f"s = Steelyard({server.address!r}, {server.key!r}, source='exit')\n"
        "for number in range(5): s.track('t', id=str(number))\n"
    )
    subprocess.run([sys.executable, "-c", code], env=environment(), check=True, timeout=30)
    assert stored(server, "exit") == Counter("01234")


def test_a_program_that_cannot_deliver_says_what_is_left(tmp_path: Path) -> None:
    code = (
        "from steelyard.client import Limits, Steelyard\n"
        f"s = Steelyard('http://127.0.0.1:{free_port()}', 'k', limits=Limits(exit_seconds=0.2))\n"
        "s.track('t')\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert "1 event is left; without a spool they are lost" in ended.stderr


@pytest.mark.parametrize("spooled", [False, True], ids=["memory", "spool"])
def test_a_forked_process_goes_on_with_its_own(server: Server, tmp_path: Path, spooled: bool) -> None:
    source = f"fork-{spooled}"
    spool = tmp_path / "spool" if spooled else None
    meter = Steelyard(server.address, server.key, source=source, spool=spool, limits=QUICK)
    meter.track("t", id="before")
    child = os.fork()
    if child == 0:
        code = 1
        try:
            for number in range(50):
                meter.track("t", id=f"child-{number}")
            code = 0 if meter.flush(20) and meter.stats().tracked == 50 else 2
        finally:
            os._exit(code)
    for number in range(50):
        meter.track("t", id=f"parent-{number}")
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert meter.flush(20)
    assert not meter.close()
    found = stored(server, source)
    assert len(found) == 101
    assert set(found.values()) == {1}


def test_a_killed_fork_leaves_its_spool_to_the_next(server: Server, tmp_path: Path) -> None:
    meter = Steelyard(server.address, server.key, source="orphan", spool=tmp_path, limits=QUICK)
    meter.track("t", id="mine")
    child = os.fork()
    if child == 0:
        slow = Limits(flush_seconds=600)
        lost = Steelyard(server.address, server.key, source="orphan", spool=tmp_path, limits=slow)
        lost.track("t", id="orphaned")
        os._exit(0)
    os.waitpid(child, 0)
    assert not meter.close()
    with Steelyard(server.address, server.key, source="orphan", spool=tmp_path, limits=QUICK) as following:
        assert following.flush(20)
    assert stored(server, "orphan") == Counter(["mine", "orphaned"])


def test_refused_events_come_back_with_reasons_and_the_others_are_stored(server: Server) -> None:
    refused: list[Refused] = []
    with Steelyard(
        server.address, server.key, source="refused", limits=QUICK, on_refused=refused.extend
    ) as meter:
        meter.track("t", id="good")
        meter.track("t", id="odd", time="yesterday")
        meter.track("t", id="late", time="2199-01-01T00:00:00Z")
        meter.track("t", id="also good")
        assert meter.flush(20)
        assert meter.stats().refused == 2
    assert {one.event["id"]: one.code for one in refused} == {"odd": "not_a_time", "late": "time_in_future"}
    assert stored(server, "refused") == Counter(["good", "also good"])


def test_a_wrong_key_keeps_the_events(server: Server, tmp_path: Path) -> None:
    wrong = Steelyard(server.address, "sk_wrong", source="key", spool=tmp_path, limits=QUICK)
    wrong.track("t", id="kept")
    assert not wrong.flush(0.3)
    trouble = wrong.stats().trouble
    assert trouble is not None
    assert trouble.code == "unauthenticated"
    assert wrong.close(0.1).kept
    with Steelyard(server.address, server.key, source="key", spool=tmp_path, limits=QUICK) as right:
        assert right.flush(20)
    assert stored(server, "key") == Counter(["kept"])


def test_compressed_bodies_are_the_same_events(server: Server) -> None:
    with Steelyard(server.address, server.key, source="gzip", limits=QUICK, compress=True) as meter:
        for number in range(150):
            meter.track("t", id=str(number), data={"text": "x" * 100})
        assert meter.flush(20)
    assert len(stored(server, "gzip")) == 150


def test_the_asynchronous_client_waits_for_room_and_never_blocks_the_loop(server: Server) -> None:
    small = QUICK._replace(waiting_events=50)
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            longest = max(longest, time.perf_counter() - began)

    async def run() -> None:
        watcher = asyncio.create_task(watch())
        async with AsyncSteelyard(server.address, server.key, source="async", limits=small) as meter:

            @meter.measure("work", subject="acme")
            async def work(number: int) -> int:
                await asyncio.sleep(0)
                return number

            async def many(task: int) -> None:
                with meter.subject(f"task-{task}"):
                    for number in range(60):
                        await meter.track("t", id=f"{task}-{number}")
                        await work(number)

            await asyncio.gather(*(many(task) for task in range(5)))
            assert await meter.flush(20)
            assert meter.stats().settled == 600
        watcher.cancel()

    asyncio.run(run())
    assert len(stored(server, "async")) == 600
    assert longest < 1.0


def test_memory_stays_within_its_bound_while_the_server_is_gone(tmp_path: Path) -> None:
    gone = f"http://127.0.0.1:{free_port()}"
    bounded = Limits(waiting_bytes=4 << 20, when_full="block", block_seconds=0.05, retry_seconds=0.1)
    meter = Steelyard(gone, "k", limits=bounded, on_trouble=lambda _: None)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def track_until_full() -> None:
        for _ in range(200_000):
            meter.track("t", data={"text": "x" * 200})

    with pytest.raises(QueueFullError, match="wait already"):
        track_until_full()
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert meter.stats().waiting_bytes <= 4 << 20
    assert meter.stats().tracked == meter.stats().waiting > 5_000
    assert grown_kib < 24 * 1024, f"{grown_kib} KiB for a bound of 4 MiB"
    assert meter.close(0.05).events == meter.stats().tracked
