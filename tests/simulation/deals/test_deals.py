"""Worlds of agreements, credit and outcomes from one seed each: bills do not depend on luck or on crashes.

`make simulate SEEDS=1000` plays more of them. A seed that breaks a promise is printed with its steps.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from steelyard.ledger import CreditDraw, CreditLot, DrawKind
from steelyard.record import Kind
from steelyard.record.planned import saving
from tests.simulation.deals import promises
from tests.simulation.deals.desk import POINTS, Ask, Crash
from tests.simulation.deals.play import World, expect, founded, play
from tests.simulation.deals.script import FAMILIES, Step, script_of
from tests.simulation.world.play import Broken, fast_folder

SEEDS = range(1, 13, 2)
MOVES = {move.__name__ for family in FAMILIES for move in family}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_world_of_agreements_keeps_its_promises(seed: int) -> None:
    play(seed, fast_folder())


def test_the_seeds_make_every_move_and_crash_everywhere() -> None:
    scripts = [script_of(Random(seed)) for seed in range(200)]
    steps = [step for script in scripts for step in script.troubled]
    assert {step.kind for step in steps} >= {"duties", "restart", "send", *MOVES}
    assert {step.crash.point for step in steps} == {"", *POINTS}
    assert {script.late for script in scripts} == {script.group for script in scripts} == {True, False}


@pytest.fixture
def world(tmp_path: Path) -> World:
    shutil.copytree(founded(None), tmp_path / "world")
    return World(tmp_path / "world", Random(1), calm=False, has_group=False)


def lot() -> Ask:
    body = {"customer": "acme", "name": "lot", "unit": "USD", "amount": "30", "reason": "r"}
    return Ask(name="credits.grant", body=body)


@pytest.mark.parametrize("point", POINTS)
def test_what_is_asked_again_after_a_crash_is_done_once(world: World, point: str) -> None:
    world.play([Step(kind="grant", at=0, move=lambda _, __: lot(), crash=Crash(point))])
    assert world.crashes == 1
    assert [one["name"] for one in world.desk.ask(Ask(name="credits.lots")).json["items"]] == ["lot"]
    world.desk.close()


def test_a_lot_that_is_drawn_on_twice_is_noticed(world: World) -> None:
    world.play([Step(kind="grant", at=0, move=lambda _, __: lot())])
    state = world.desk.workspace.state
    (one,) = state.find(CreditLot)
    at = one.granted_at
    draw = CreditDraw(
        kind=DrawKind.DOCUMENT, about="inv", number="1", at=at, recorded_at=at, units=one.amount + 1
    )
    drawn = replace(one, draws=(draw,))
    write = saving(Kind.CREDIT, "acme", drawn, one.id, state.version(CreditLot, one.id))
    world.desk.workspace.writer.submit(write).result()
    found = [promise for promise, _ in promises.broken(world.desk, set(), Random(1))]
    assert "credit adds up" in found
    world.desk.close()


def test_an_event_that_is_gone_is_noticed(world: World) -> None:
    found = [promise for promise, _ in promises.broken(world.desk, {"e0"}, Random(1))]
    assert "what was acknowledged is there once" in found
    world.desk.close()


def test_only_what_differs_is_told() -> None:
    with pytest.raises(Broken, match=r"bills:\n  found    {'b': 2}\n  expected {'b': 3}"):
        expect({"a": 1, "b": 2}, {"a": 1, "b": 3}, "bills")
