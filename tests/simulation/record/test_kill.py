"""kill -9 while recording: what was acknowledged is there exactly once, and the record verifies."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from steelyard.adapters.sqlite import RecordReader, verify_record
from tests.contracts.record.stores import Store, key_of, usage

ROOT = Path(__file__).parents[3]
ROUNDS = 3


def acknowledged_before_death(directory: Path, round_number: int) -> dict[str, int]:
    """What the child was told is recorded, up to the moment at which it was killed."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    command = [
        sys.executable,
        "-m",
        "tests.simulation.record.submitting_child",
        str(directory),
        str(round_number),
    ]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=environment)
    assert child.stdout is not None
    lines = [child.stdout.readline()]
    deadline = time.monotonic() + 0.2 + 0.3 * round_number
    while time.monotonic() < deadline:
        lines.append(child.stdout.readline())
    child.kill()
    lines += child.stdout.read().splitlines(keepends=True)
    child.wait()
    whole = [line.decode().split() for line in lines if line.endswith(b"\n")]
    return {key: int(index) for key, index in whole}


def test_a_killed_writer_loses_and_repeats_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.writer.close()
    acknowledged: dict[str, int] = {}
    for round_number in range(ROUNDS):
        acknowledged |= acknowledged_before_death(tmp_path, round_number)
        outcome = verify_record(tmp_path, store.signer.vkey)
        assert outcome.ok, outcome.problems
    assert len(acknowledged) > 500
    reader = RecordReader(tmp_path, store.signer.vkey)
    keys = [key_of(entry.payload).decode() for entry in reader.entries(range(reader.size))]
    reader.close()
    assert [key for key, index in acknowledged.items() if keys[index] != key] == []
    assert [key for key, times in Counter(keys).items() if times > 1] == []
    store.reopen()
    some = list(acknowledged)[:: max(1, len(acknowledged) // 200)]
    again = store.write(usage(*some))
    assert again.duplicates == set(range(len(some)))
    assert list(again.indexes) == [acknowledged[key] for key in some]
    store.writer.close()
