"""Real processes killed with SIGKILL while they record, fold, correct and bill."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from steelyard.adapters.duckdb import DuckUsageStore
from steelyard.adapters.sql import REGISTRY, check_state
from steelyard.adapters.sqlite import verify_record
from steelyard.billing.run import issued_documents, run
from steelyard.record import Kind
from tests.simulation.world import pricing
from tests.simulation.world.machine import Machine
from tests.simulation.world.play import founded

ROOT = Path(__file__).parents[3]
LATER = 1_796_400_000_000_000


def acknowledged_before_death(folder: Path, round_number: int) -> set[tuple[str, ...]]:
    """What the child was told is stored, up to the moment at which it was killed."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "tests.simulation.world.living_child", str(folder), str(round_number)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=environment)
    assert child.stdout is not None
    lines = [child.stdout.readline()]
    time.sleep(0.2 + 0.17 * round_number)
    child.kill()
    lines += child.stdout.read().splitlines(keepends=True)
    child.wait()
    return {tuple(line.decode().rstrip("\n").split("\t")) for line in lines if line.endswith(b"\n")}


def check(folder: Path, acknowledged: set[tuple[str, ...]]) -> None:
    """Everything that must be true of what the disk holds, as the next process finds it."""
    machine = Machine(folder, LATER)
    outcome = verify_record(folder, machine.vkey)
    assert outcome.ok, outcome.problems
    entries = machine.reader.entries(range(machine.reader.size))
    said = [json.loads(entry.payload) for entry in entries if entry.kind == Kind.USAGE]
    stored = Counter((one["source"], one["id"]) for one in said)
    assert set(stored.values()) <= {1}, "an event is there twice"
    assert acknowledged <= set(stored), "an acknowledged event is lost"
    connection = sqlite3.connect(folder / "steelyard.sqlite")
    assert check_state(connection, REGISTRY, machine.reader) == ()
    connection.close()
    assert list(pricing.complaints(machine)) == []
    machine.fold()
    anew = DuckUsageStore(None, threads=1)
    anew.read_from(machine.reader)
    anew.define(machine.usage.meters)
    anew.catch_up(machine.reader)
    assert anew.dump() == machine.usage.dump()
    anew.close()
    for month in ("2026-10", "2026-11", "2026-12"):
        machine.fold()
        run(machine.books, month=month, at=machine.now, entropy=os.urandom(10))
        documents = list(issued_documents(machine.state, month))
        billed = Counter(one.customer for one in documents)
        assert {"acme", "bolt"} <= set(billed)
        assert set(billed.values()) <= {1}, "a month was billed twice"
    machine.close()


def test_killed_processes_lose_and_repeat_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "world"
    shutil.copytree(founded(None), folder)
    acknowledged: set[tuple[str, ...]] = set()
    for round_number in range(3):
        acknowledged |= acknowledged_before_death(folder, round_number)
        check(folder, acknowledged)
    assert len(acknowledged) > 20
