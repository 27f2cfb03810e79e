"""Plays a world of agreements: one step after another, through every crash, beside a plain twin."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from steelyard.adapters.keys import make_signer
from steelyard.entrypoints.api.endpoints import ENDPOINTS
from steelyard.entrypoints.duties import do_duties
from steelyard.kernel import from_micros, instant, micros
from tests.simulation.deals import group, promises
from tests.simulation.deals.agreements import PEOPLE
from tests.simulation.deals.catalog import catalog
from tests.simulation.deals.desk import Answer, Ask, Crash, Crashed, Desk
from tests.simulation.deals.facts import STRANGER
from tests.simulation.deals.script import Script, Step, script_of, twin
from tests.simulation.world.play import Broken

FOUNDED = "2026-09-20T00:00:00Z"
_AT_ONCE = frozenset(row.name for row in ENDPOINTS if row.method == "POST") - {
    *("billing.run", "record.rotate", "erasures.erase"),
}
"""Endpoints whose answer is kept in the very write that does what it says."""
T = TypeVar("T")


@cache
def founded(base: Path | None) -> Path:
    """A folder in which a world of agreements begins: the catalog, the customers, what they subscribe to."""
    place = Path(tempfile.mkdtemp(prefix="deals-", dir=base))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    folder = place / "begun"
    folder.mkdir()
    signer = make_signer(folder, "steelyard.local/deals", seed=bytes(range(32)))
    said = {"name": "deals", "origin": signer.name, "created": FOUNDED}
    (folder / "workspace.json").write_text(json.dumps(said))
    desk = Desk(folder, micros(instant(FOUNDED)))
    for ask in _founding():
        answer = desk.ask(ask)
        assert not answer.refused, answer
    desk.close()
    return folder


def _founding() -> Iterator[Ask]:
    yield Ask(name="catalog.publish", body={"catalog": catalog()})
    for key in (*PEOPLE, STRANGER):
        tax = {"tax": {"name": "VAT", "percent": "19"}} if key == "acme" else {}
        yield Ask(name="customers.create", body={"key": key, "name": key, "currency": "USD", **tax})
    for key, plan in {"acme": "team", "bolt": "pro", "cask": "stream"}.items():
        seats = {"quantities": {"seats": "3"}} if plan in ("team", "pro") else {}
        body = {"customer": key, "plan": plan, "start": "2026-10-01T00:00:00Z", **seats}
        yield Ask(name="subscriptions.create", body=body)


class World:
    """A workspace and what was asked of it."""

    def __init__(self, folder: Path, rng: Random, *, calm: bool, has_group: bool) -> None:
        self.desk = Desk(folder, micros(instant(FOUNDED)))
        self.calm = calm
        self.trace: list[str] = []
        self.accepted: list[Step] = []
        self.refused: list[str] = []
        self.sent: set[str] = set()
        self.crashes = 0
        for ask in group.founding(rng) if has_group else ():
            answer = self.desk.ask(ask)
            assert not answer.refused, answer

    def play(self, steps: list[Step]) -> None:
        """Do the steps; the clock never goes back."""
        for number, step in enumerate(steps):
            self.desk.now_micros = max(self.desk.now_micros, step.at)
            moment = f"{from_micros(self.desk.now_micros):%m-%d %H:%M}"
            self.trace.append(f"{moment} {step}")
            self._do(step, f"key-{number}")

    def _do(self, step: Step, key: str) -> None:
        if step.kind == "send":
            self._send(step)
        elif step.kind == "restart":
            self.desk.restart()
        elif step.kind == "duties":
            self.accepted.append(step)
            self._once(step.crash, self._duties)
        elif step.kind == "bill":
            ask = Ask(name="billing.run", body={"period": step.month})
            answer = self._asked(ask, key, step.crash)
            expect(answer.refused, "", f"bill of {step.month}: {answer.why}")
            self._duties()
        else:
            assert step.move is not None
            ask = step.move(self.desk, Random(step.seed))
            if ask is not None:
                self._move(step, ask, key)

    def _duties(self) -> None:
        """Do what the server does by itself until nothing is left, as its rounds would."""
        while do_duties(self.desk.workspace, from_micros(self.desk.now_micros)):
            self.desk.fresh()

    def _move(self, step: Step, ask: Ask, key: str) -> None:
        size = self.desk.workspace.reader.size
        self.trace.append(f"      {ask}")
        answer = self._asked(ask, key, step.crash)
        self.trace.append(f"      {answer.refused or 'done'} {answer.why}")
        if answer.refused:
            self.refused.append(f"{ask}: {answer.why}")
            expect(self.desk.workspace.reader.size, size, f"entries after {ask.name} was refused")
        else:
            self.accepted.append(step)

    def _asked(self, ask: Ask, key: str, crash: Crash) -> Answer:
        """The answer, asked again with the same key if the process crashes meanwhile."""
        heard: list[Answer] = []

        def work() -> Answer:
            heard.append(self.desk.ask(ask, key=key))
            return heard[-1]

        crashes = self.crashes
        answer = self._once(crash, work)
        if self.crashes > crashes and ask.name != "holds.lift":
            first = heard[0]
            expect(answer.refused, first.refused, f"{ask.name} asked again: {answer.why}")
            durable = crash.point == "quiet" or (crash == ("told", 1) and ask.name in _AT_ONCE)
            if durable and not first.refused:
                expect(answer.body, first.body, f"answer of {ask.name} asked again")
        return answer

    def _once(self, crash: Crash, work: Callable[[], T]) -> T:
        if self.calm:
            return work()
        self.desk.arm(crash)
        try:
            answer = work()
            self.desk.survive()
        except Crashed:
            self.crashes += 1
            expect(self.desk.verified(), [], "verification")
            expect(promises.state_problems(self.desk), [], "state")
            return work()
        return answer

    def _send(self, step: Step) -> None:
        events = list(step.events)
        if not self.calm:
            rng = Random(step.seed)
            events += step.again
            rng.shuffle(events)
        cut = len(events) // 2 if len(events) > 3 else len(events)
        for some in (events[:cut], events[cut:]):
            if some:
                self._once(step.crash, lambda some=some: self.desk.receive(some))
        self.sent |= {one["id"] for one in step.events}


def expect(found: Any, expected: Any, what: str) -> None:
    """Nothing; raises Broken where they differ, of sets and mappings with what differs alone."""
    if found == expected:
        return
    if isinstance(found, set):
        found, expected = sorted(map(str, found - expected)), sorted(map(str, expected - found))
    if isinstance(found, dict):
        differs = {key for key in (*found, *expected) if found.get(key) != expected.get(key)}
        found = {key: found.get(key) for key in differs}
        expected = {key: expected.get(key) for key in differs}
    raise Broken(f"{what}:\n  found    {found}\n  expected {expected}")


@contextmanager
def played(folder: Path, script: Script, rng: Random, steps: list[Step], *, calm: bool) -> Iterator[World]:
    """A world after these steps."""
    shutil.copytree(founded(folder.parent.parent), folder)
    world = World(folder, rng, calm=calm, has_group=script.group)
    try:
        world.play(steps)
        if not calm:
            for what, found in promises.broken(world.desk, world.sent, rng):
                raise Broken(f"{what}: {found}")
        yield world
    except Exception as error:
        if isinstance(error, Broken) and "after these steps" in str(error):
            raise
        trace = "\n".join(f"  {text}" for text in world.trace)
        raise Broken(f"{type(error).__name__}: {error}\nafter these steps:\n{trace}") from error
    finally:
        world.desk.close()
        shutil.rmtree(folder, ignore_errors=True)


def play(seed: int, base: Path | None = None) -> int:
    """Play the world of a seed, troubled and then plainly; gives how often it crashed. Raises Broken."""
    script = script_of(Random(seed))
    place = Path(tempfile.mkdtemp(prefix=f"deals-{seed}-", dir=base))
    try:
        with played(place / "troubled", script, Random(seed), script.troubled, calm=False) as world:
            _compare_with_twin(world, script, place, seed)
            return world.crashes
    except Broken as broken:
        raise Broken(f"seed {seed}: {broken}") from broken.__cause__
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _compare_with_twin(world: World, script: Script, place: Path, seed: int) -> None:
    """The plain world refuses nothing that the troubled did not, and comes to the same."""
    compared = promises.charged if script.late else promises.said
    with played(place / "plain", script, Random(seed), twin(script, world.accepted), calm=True) as calm:
        refused, expected = calm.refused, compared(calm.desk)
    expect(refused, [], "what the plain world refuses, and the troubled did not")
    expect(compared(world.desk), expected, "charges" if script.late else "documents")
