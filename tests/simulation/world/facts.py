"""What happens in a small world, made from one seed: events of every sort, and changes of them.

The facts say nothing of when they are sent, how often, or beside what: that is the schedule's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

CUSTOMERS = ("acme", "bolt", "cask")
SUBJECTS = {"acme": ("acme", "acme-bot"), "bolt": ("bolt",), "cask": ("cask", "cask-1", "cask-2")}
NOBODY = ("stranger", "")
PLANS = {"acme": "team", "bolt": "team", "cask": "counter"}
MONTHS = ("2026-10", "2026-11")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One event as its sender knows it. `good` events are stored; `spoiled` says how the others are not."""

    id: str
    source: str
    type: str
    subject: str
    time: str
    data: dict[str, Any]
    spoiled: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What names the event for ever."""
        return self.source, self.id

    def written(self, *, rng: Random | None = None) -> str:
        """The event as JSON; with a generator, spelled in another way that means the same."""
        said: dict[str, Any] = {
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "subject": self.subject,
            "time": self.time,
            "data": self.data,
        }
        if self.spoiled:
            return _spoil(said, self.spoiled)
        if rng is not None:
            items = list(said.items())
            rng.shuffle(items)
            said = dict(items)
            said["data"] = dict(reversed(self.data.items()))
            return json.dumps(said, indent=rng.choice([None, 1]), ensure_ascii=rng.random() < 0.5)
        return json.dumps(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is said of an event later: amend it, void it, hold it, release it, or give it to a customer."""

    action: str
    source: str
    id: str
    data: dict[str, Any] = field(default_factory=dict[str, Any])
    customer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """A backfill: events that it brings, ids that it sends again, what it sets aside, and how it ends.

    It sets aside the events of `month`, of one type and one customer where these are named.
    """

    name: str
    brings: tuple[Fact, ...]
    again: tuple[Fact, ...]
    month: str = ""
    type: str = ""
    customer: str = ""
    fate: str = "commit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that happens in a world."""

    events: tuple[Fact, ...]
    conflicts: tuple[Fact, ...]
    garbage: tuple[Fact, ...]
    changes: tuple[Change, ...]
    filling: Filling | None = None


SPOILED = ("json", "no id", "no type", "time", "future", "control", "cost", "utf8", "not an object")


def _spoil(said: dict[str, Any], how: str) -> str:
    match how:
        case "json":
            return json.dumps(said).replace('"id":', '"id"')
        case "no id":
            del said["id"]
        case "no type":
            said["type"] = ""
        case "time":
            said["time"] = "soon"
        case "future":
            said["time"] = "2031-01-01T00:00:00Z"
        case "control":
            said["id"] += "\u0007"
        case "cost":
            said["cost"] = "much"
        case "utf8":
            said["type"] = "\ud800"
        case _:
            return json.dumps([said])
    return json.dumps(said)


def facts_of(rng: Random) -> Facts:
    """The facts of one world; a few dozen events."""
    events = tuple(_event(rng, number) for number in range(rng.randint(4, 24)))
    conflicts = tuple(
        Fact(
            id=one.id,
            source=one.source,
            type=one.type,
            subject=one.subject,
            time=one.time,
            data={**one.data, "tokens": 77_777, "pieces": 99},
        )
        for one in rng.sample(events, k=rng.randint(0, min(3, len(events))))
    )
    garbage = tuple(
        Fact(id=f"g{number}", source="app", type="llm", subject="acme", time=_time(rng), data={}, spoiled=how)
        for number, how in enumerate(rng.choices(SPOILED, k=rng.randint(0, 4)))
    )
    changes: list[Change] = []
    for one in rng.sample(events, k=rng.randint(0, min(8, len(events)))):
        changes += [_change(rng, one) for _ in range(rng.randint(1, 3))]
    filling = _filling(rng, events) if rng.random() < 0.5 else None
    return Facts(events=events, conflicts=conflicts, garbage=garbage, changes=tuple(changes), filling=filling)


def _filling(rng: Random, events: tuple[Fact, ...]) -> Filling:
    month = rng.choice((*MONTHS, ""))
    kind = rng.choice(("", "", "llm", "sale"))
    customer = rng.choice(("", "", *CUSTOMERS))
    brings = tuple(replace(_event(rng, number), id=f"b{number}") for number in range(rng.randint(0, 4)))
    inside = [
        one
        for one in events
        if month and one.time.startswith(month) and kind in ("", one.type) and one.subject == customer
    ]
    sent_again = rng.sample(inside, k=min(len(inside), rng.randint(0, 2)))
    return Filling(
        name=f"f{rng.randrange(1000)}",
        brings=brings,
        again=tuple(replace(one, data=_data(rng, one.type)) for one in sent_again),
        month=month,
        type=kind,
        customer=customer,
        fate=rng.choice(("commit", "commit", "revert", "abandon", "open")),
    )


def _event(rng: Random, number: int) -> Fact:
    customer = rng.choice(CUSTOMERS)
    subject = rng.choice(NOBODY) if rng.random() < 0.12 else rng.choice(SUBJECTS[customer])
    kind = rng.choices(("llm", "sale", "odd"), weights=(6, 4, 1))[0]
    return Fact(
        # Short ids in two sources, so that equal ids of different sources occur.
        id=f"e{number}" if rng.random() < 0.9 else f"e{number}é\U0001f989",
        source=rng.choice(("app", "app", "edge")),
        type=kind,
        subject=subject,
        time=_time(rng),
        data=_data(rng, kind),
    )


def _data(rng: Random, kind: str) -> dict[str, Any]:
    if kind == "llm":
        model = rng.choice(("big", "small"))
        return {"tokens": rng.choice((0, 1, 999, 1000, 1001, 250_000)), "model": model, "user": _user(rng)}
    if kind == "sale":
        pieces = rng.choice((-3, 1, 2, 10))
        return {"pieces": pieces, "price": rng.choice(("0.005", "2.50", "19.99", "0.333333333333"))}
    return {"anything": rng.random() < 0.5}


def _user(rng: Random) -> str:
    return rng.choice(("ann", "ben", "cho", "Zoë"))


def _time(rng: Random) -> str:
    month = rng.choice(MONTHS)
    edge = rng.random()
    if edge < 0.08:
        return f"{month}-01T00:00:00Z"
    if edge < 0.16:
        return f"{month}-{31 if month == '2026-10' else 30}T23:59:59.999999Z"
    hour, minute = rng.randrange(24), rng.randrange(60)
    offset = rng.choice(("Z", "+02:00", "-05:30"))
    return f"{month}-{rng.randint(2, 29):02d}T{hour:02d}:{minute:02d}:00{offset}"


def _change(rng: Random, event: Fact) -> Change:
    if event.subject in NOBODY and rng.random() < 0.7:
        return Change(action="attribute", source=event.source, id=event.id, customer=rng.choice(CUSTOMERS))
    action = rng.choices(("amend", "void", "hold", "release"), weights=(4, 2, 2, 2))[0]
    data = _data(rng, event.type) if action == "amend" else {}
    return Change(action=action, source=event.source, id=event.id, data=data)
