"""How a world's facts come in: in which order, how often, beside what, and where processes crash."""

from __future__ import annotations

from random import Random
from typing import Any, NamedTuple

from tests.simulation.world import pricing
from tests.simulation.world.facts import Change, Fact, Facts, Filling
from tests.simulation.world.machine import POINTS

HOUR = 3_600_000_000


class Step(NamedTuple):
    """One thing that happens; `crash` names the point of it at which the process ends."""

    kind: str
    what: Any = None
    crash: str = ""

    def __str__(self) -> str:
        told = f", crash at {self.crash}" if self.crash else ""
        match self.kind:
            case "send":
                inside = " | ".join(" ".join(_name(one) for one in body) for body in self.what)
                return f"send {inside}{told}"
            case "change":
                change: Change = self.what
                return f"{change.action} {change.source}/{change.id} {change.data or change.customer}{told}"
            case "begin" | "commit" | "revert" | "abandon":
                filling: Filling = self.what
                return f"{self.kind} backfill {filling}{told}"
            case _:
                return f"{self.kind} {'' if self.what is None else self.what}{told}"


def _name(item: tuple[Fact, int]) -> str:
    fact, spelling = item
    return f"{fact.source}/{fact.id}{'?' + fact.spoiled if fact.spoiled else ''}{'~' if spelling else ''}"


def plain(facts: Facts) -> list[Step]:
    """Everything at once, in order, and billed once."""
    everything = [[(one, 0) for one in facts.events]]
    begin = [] if facts.filling is None else [Step("begin", facts.filling)]
    changes = [Step("change", one) for one in facts.changes]
    return [Step("send", everything), *begin, *changes, *_ending(facts)]


def _ending(facts: Facts) -> list[Step]:
    """How the backfill ends; what it sets aside is known only when every event has arrived."""
    if facts.filling is None or facts.filling.fate == "open":
        return []
    fates = {"commit": ("commit",), "revert": ("commit", "revert"), "abandon": ("abandon",)}
    return [Step(action, facts.filling) for action in fates[facts.filling.fate]]


def troubled(facts: Facts, rng: Random, *, bills_early: bool) -> list[Step]:
    """The same facts out of order, repeated, beside conflicts and garbage, with crashes in between."""
    crashes = rng.choice((0.0, 0.05, 0.2))
    steps: list[Step] = []
    for item in _stream(facts, rng):
        if isinstance(item, (Change, Filling)):
            kind = "change" if isinstance(item, Change) else "begin"
            steps.append(Step(kind, item, _crash(rng, crashes)))
            continue
        last = steps[-1] if steps and steps[-1].kind == "send" else None
        if last is not None and sum(map(len, last.what)) < 9 and rng.random() < 0.7:
            if rng.random() < 0.25 and len(last.what) < 3:
                last.what.append([item])
            else:
                last.what[-1].append(item)
        else:
            steps.append(Step("send", [[item]], _crash(rng, crashes)))
        if rng.random() < 0.3:
            steps.append(_aside(rng, crashes, bills_early=bills_early))
    for step in _ending(facts):
        steps.append(step._replace(crash=_crash(rng, crashes)))
        if rng.random() < 0.5:
            steps.append(_aside(rng, crashes, bills_early=bills_early))
    return steps


def _crash(rng: Random, likely: float) -> str:
    return rng.choice(POINTS) if rng.random() < likely else ""


def _aside(rng: Random, crashes: float, *, bills_early: bool) -> Step:
    kinds = ("fold", "slow", "clock", "remember", "restart", "rebuild", "bill", *pricing.STEPS)
    kind = rng.choices(kinds, weights=(4, 5, 3, 2, 1, 0.5, 2 if bills_early else 0, 1.2, 0.4, 0.8, 0.5))[0]
    match kind:
        case "publish" | "go_back" | "migrate" | "reverse":
            change = pricing.Change(number=rng.randrange(1 << 30), percent=rng.choice((0, 40, 100)))
            return Step(kind, change, _crash(rng, crashes))
        case "slow":
            return Step("slow", rng.randint(1, 3), "quiet" if rng.random() < crashes else "")
        case "clock":
            return Step("clock", rng.choice((-30, -1, 0, 1, 5, 48)) * HOUR)
        case "bill":
            return Step("bill", rng.choice(("2026-10", "2026-10", "2026-11")), _crash(rng, crashes))
        case _:
            return Step(kind)


def _stream(facts: Facts, rng: Random) -> list[Any]:
    """Events in any order, repeats anywhere, changes in their own order, each after its event."""
    sends: list[tuple[float, Any]] = []
    first: dict[tuple[str, str], float] = {}
    for fact in facts.events:
        times = [rng.random() for _ in range(rng.choices((1, 2, 3), weights=(6, 3, 1))[0])]
        first.setdefault(fact.key, min(times))
        first[fact.key] = min(first[fact.key], *times)
        sends += [(at, (fact, rng.randint(0, 1) * rng.randint(1, 1 << 30))) for at in times]
    for fact in facts.conflicts:
        sends.append((1 - (1 - first[fact.key]) * rng.random() * 0.99, (fact, 0)))
    sends += [(rng.random(), (fact, 0)) for fact in facts.garbage]
    at = 0.0
    for change in facts.changes:
        at = max(at, first[change.source, change.id])
        at += (1 - at) * rng.random() * 0.3
        sends.append((at, change))
    if facts.filling is not None:
        sends.append(
            (max((first[one.key] for one in facts.filling.again), default=rng.random()), facts.filling)
        )
    return [item for _, item in sorted(sends, key=lambda pair: pair[0])]
