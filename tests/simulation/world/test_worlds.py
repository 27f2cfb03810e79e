"""Whole small worlds from one seed each: what was acknowledged counts once, and bills do not depend on luck.

`make simulate SEEDS=1000` plays more of them. A seed that breaks a promise is printed with its steps.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

import pytest

from steelyard.kernel import micros
from steelyard.record import Write
from tests.simulation.world import pricing
from tests.simulation.world.facts import facts_of
from tests.simulation.world.machine import Machine
from tests.simulation.world.naive import Naive
from tests.simulation.world.play import BEGINNING, Broken, World, fast_folder, founded, play
from tests.simulation.world.schedule import Step, troubled

SEEDS = 18


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_world_keeps_its_promises(seed: int) -> None:
    play(seed, fast_folder())


def test_the_same_seed_gives_the_same_world() -> None:
    def steps(seed: int) -> list[str]:
        rng = Random(seed)
        facts = facts_of(rng)
        return [str(step) for step in troubled(facts, rng, bills_early=True)]

    assert steps(7) == steps(7) != steps(8)


def test_the_seeds_meet_every_trouble() -> None:
    kinds: set[str] = set()
    crashes: set[str] = set()
    actions: set[str] = set()
    for seed in range(200):
        rng = Random(seed)
        facts = facts_of(rng)
        for step in troubled(facts, rng, bills_early=True):
            kinds.add(step.kind)
            crashes.add(step.crash)
            if step.kind == "change":
                actions.add(step.what.action)
    backfill = {"begin", "commit", "revert", "abandon"}
    assert kinds == backfill | {
        *("send", "change", "fold", "slow", "clock", "remember", "restart", "rebuild", "bill"),
        *pricing.STEPS,
    }
    assert crashes == {"", "seal", "sign", "told", "quiet"}
    assert actions == {"amend", "void", "hold", "release", "attribute"}


class Forgetful(Naive):
    """A model in which the first event was never stored."""

    def send(self, fact: object) -> str:
        answer = super().send(fact)  # type: ignore[arg-type]
        self.kept.pop(next(iter(self.kept)), None)
        return answer


def test_a_promise_that_does_not_hold_is_noticed_and_its_steps_are_told(tmp_path: Path) -> None:
    rng = Random(1)
    facts = facts_of(rng)
    shutil.copytree(founded(None), tmp_path / "world")
    world = World(tmp_path / "world", facts, rng, in_memory=True)
    world.naive = Forgetful()
    with pytest.raises(Broken, match="events in the record"):
        world.play([Step("send", [[(facts.events[0], 0)]])])
    assert world.trace
    world.machine.close()


def test_prices_that_are_written_by_half_are_noticed(tmp_path: Path) -> None:
    shutil.copytree(founded(None), tmp_path / "world")
    machine = Machine(tmp_path / "world", micros(BEGINNING), in_memory=True)
    change = pricing.Change(number=7, percent=0)
    published = pricing.planned(machine, "publish", change)
    assert published is not None
    machine.submit([published])
    assert list(pricing.complaints(machine)) == []
    migration = pricing.planned(machine, "migrate", change)
    assert migration is not None
    half = Write(batches=migration.batches[:1], rows=migration.rows[:1], expect=migration.expect[:1])
    machine.submit([half])
    found = list(pricing.complaints(machine))
    assert any("has notices for []" in one for one in found)
    assert any("does not move as mig_7 says" in one for one in found)
    machine.close()
