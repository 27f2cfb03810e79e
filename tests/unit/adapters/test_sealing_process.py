"""Entries hashed by a process of its own: the same answer, whatever becomes of the process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from steelyard.adapters.sealing import SealingProcess
from steelyard.record.bundle import encode_bundle
from steelyard.record.seal import HashEntries, Sealed, Unsealed, hash_entries, seal

SECONDS_MAX = 20.0


def laid_out(count: int, frontier: tuple[bytes, ...] = ()) -> Unsealed:
    """So many entries of seven customers, their leaves blank."""
    customers = min(count, 7)
    data = encode_bundle(
        recorded_at=5,
        kinds=bytes([1]) * count,
        codes=np.arange(count, dtype=np.uint32) % customers,
        names=[f"customer-{number}".encode() for number in range(customers)],
        firsts=(np.zeros(customers), [bytes([number]) * 32 for number in range(customers)]),
        salts=bytes(range(16)) * count,
        leaves=[bytes(32 * count)],
        payloads=[b'{"n":%d}' % number for number in range(count)],
    )
    return Unsealed(first_index=0, count=count, data=data, frontier=frontier)


def until(is_so: Callable[[], bool]) -> None:
    """Waits for something that another process brings about."""
    started = time.monotonic()
    while not is_so():
        assert time.monotonic() - started < SECONDS_MAX
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    """Whether a process ended; one that nobody has waited for yet counts."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] in ("Z", "X")
    except FileNotFoundError:
        return True


@pytest.fixture
def sealing() -> Iterator[SealingProcess]:
    """A process that is ready, and is started again without a pause."""
    with SealingProcess(answer_seconds_max=1.0, pause_seconds=0.0) as process:
        until(lambda: process.asks(laid_out(100)))
        yield process


@pytest.mark.parametrize("count", [1, 63, 1_000, 5_000])
def test_the_process_hashes_as_this_one_does(sealing: SealingProcess, count: int) -> None:
    unsealed = laid_out(count, frontier=(bytes(32), b"", bytes(32)))
    assert sealing(unsealed) == hash_entries(unsealed)


def test_a_killed_process_costs_no_answer_and_is_started_again(sealing: SealingProcess) -> None:
    unsealed, killed = laid_out(100), sealing.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert sealing(unsealed) == hash_entries(unsealed)
    until(lambda: sealing.asks(unsealed))
    assert sealing.pid != killed
    assert sealing(unsealed) == hash_entries(unsealed)


def test_a_process_that_hangs_is_waited_for_no_longer_than_said(sealing: SealingProcess) -> None:
    unsealed, stopped = laid_out(5_000), sealing.pid
    assert stopped is not None
    os.kill(stopped, signal.SIGSTOP)
    started = time.monotonic()
    assert sealing(unsealed) == hash_entries(unsealed)
    assert 0.9 < time.monotonic() - started < SECONDS_MAX
    assert is_gone(stopped)


def test_nobody_is_asked_while_the_process_starts() -> None:
    with SealingProcess() as sealing:
        assert not sealing.asks(laid_out(100))
        assert sealing(laid_out(100)) == hash_entries(laid_out(100))


@pytest.mark.parametrize("count", [1, 511, 512, 2_000])
def test_a_bundle_is_the_same_wherever_it_is_hashed(sealing: SealingProcess, count: int) -> None:
    def sealed(hash_with: HashEntries | None) -> Sealed:
        return seal(
            first_index=5,
            recorded_at=7,
            kinds=bytes([1]) * count,
            customers=[f"customer-{number % 9}" for number in range(count)],
            payloads=[b'{"n":%d}' % number for number in range(count)],
            salts=bytes(range(16)) * count,
            heads={"customer-3": (41, bytes([3]) * 32)},
            frontier=(bytes(32), b"", bytes([1]) * 32),
            hash_with=hash_with,
        )

    assert sealed(sealing) == sealed(hash_entries) == sealed(None)


def test_the_process_ends_when_its_starter_is_killed() -> None:
    starting = (
        "import time; from steelyard.adapters.sealing import SealingProcess\n"
        "print(SealingProcess().pid, flush=True); time.sleep(60)"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", starting]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        assert not is_gone(pid)
        starter.kill()
    until(lambda: is_gone(pid))
