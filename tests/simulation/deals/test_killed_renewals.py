"""Real processes killed with SIGKILL while contracts go on: for all or for none, and each term once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

from steelyard.contracts import Contract
from steelyard.kernel import instant, micros
from steelyard.kernel.period import add_months
from tests.simulation.deals import promises
from tests.simulation.deals.agreements import PEOPLE
from tests.simulation.deals.desk import Ask, Desk
from tests.simulation.deals.play import founded

ROOT = Path(__file__).parents[3]


def told_before_death(folder: Path, seconds: float) -> list[str]:
    """The ends that the child knew of, up to the moment at which it was killed."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "tests.simulation.deals.renewing_child", str(folder)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=environment)
    assert child.stdout is not None
    lines = [child.stdout.readline()]
    time.sleep(seconds)
    child.kill()
    lines += child.stdout.read().splitlines(keepends=True)
    child.wait()
    return [line.decode().strip() for line in lines if line.endswith(b"\n")]


def check(desk: Desk, told: list[str]) -> None:
    """Every contract has each of its terms once, and none that was told of is gone."""
    assert desk.verified() == []
    assert promises.state_problems(desk) == []
    contracts = desk.workspace.state.find(Contract)
    assert {one.customer for one in contracts} == set(PEOPLE)
    # One write renews all whose end has come.
    assert len({one.end for one in contracts}) == 1
    for one in contracts:
        assert one.end is not None
        assert one.end >= max(map(instant, told))
        steps = [note.effective_from.date() for note in one.amendments if note.effective_from]
        assert len(one.escalators) == len(steps)
        ends = [one.start.date(), *steps, one.end.date()]
        assert all(add_months(before, 1) == after for before, after in pairwise(ends))


def test_killed_processes_renew_each_term_once(tmp_path: Path) -> None:
    folder = tmp_path / "world"
    shutil.copytree(founded(None), folder)
    told: list[str] = []
    for round_number in range(3):
        heard = told_before_death(folder, 0.15 + 0.11 * round_number)
        assert heard, "the process ended before it was killed"
        told += heard
        desk = Desk(folder, micros(instant("2026-10-01T00:00:00Z")))
        check(desk, told)
        size = desk.workspace.reader.size
        assert desk.ask(Ask(name="contracts.renew_due", body={})).json["items"] == []
        assert desk.workspace.reader.size == size
        desk.close()
    assert len(set(told)) > 3
