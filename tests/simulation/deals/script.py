"""What happens in a world of agreements, made from one seed: moves with moments, events, and bills.

A prompt world and its plain twin bill at the same moments: their documents say the same. In a late one,
events and terms come after their months were billed: with all adjustments it charges what its twin charges,
which bills once, when everything is known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import Any, Final, NamedTuple

from steelyard.kernel import instant, micros
from tests.simulation.deals import agreements, credit, facts, group
from tests.simulation.deals.desk import NOWHERE, POINTS, Ask, Crash, Desk

Move = Callable[[Desk, Random], Ask | None]
MONTHS = ("2026-10", "2026-11", "2026-12")

FAMILIES: Final[tuple[dict[Move, float], ...]] = (
    {
        agreements.change_plan: 3,
        agreements.change_seats: 3,
        agreements.change_prices: 2,
        agreements.cancel: 0.5,
        agreements.begin: 1,
        agreements.withdraw: 2,
    },
    {agreements.pause: 3, agreements.resume: 2, agreements.try_out: 1, agreements.withdraw: 1},
    {agreements.pin: 3, agreements.migrate: 2, agreements.withdraw: 1, facts.publish: 2},
    {agreements.make_contract: 2, agreements.amend_contract: 5, agreements.give_notice: 0.5},
    {
        agreements.make_contract: 2,
        agreements.renew: 1.5,
        agreements.renew_due: 1,
        agreements.give_notice: 0.5,
        agreements.merge: 2,
        agreements.part: 1,
    },
    {agreements.commit: 3, agreements.end_commitment: 1.5, agreements.merge: 0.7},
    {agreements.redeem: 3},
    {credit.grant: 4, credit.transfer: 3, credit.void: 1, credit.post_breakage: 1},
    {
        credit.order: 3,
        credit.cancel_order: 1.5,
        credit.make_rule: 1.5,
        credit.run_rules: 2,
        credit.remove_rule: 0.5,
        credit.post_breakage: 0.5,
    },
    {facts.claim: 3, facts.decide: 4, facts.settle: 1},
    {facts.correct: 3},
    {facts.open_backfill: 1, facts.fill: 3, facts.end_backfill: 2, facts.correct: 1},
    {facts.hold_legally: 1, facts.lift: 1, facts.erase: 2},
    {facts.rotate: 1},
)
"""The moves that have to do with each other, and how often each is made compared with the others."""

PROMPT_ONLY: Final[frozenset[Move]] = frozenset(
    {
        *(credit.grant, credit.order, credit.cancel_order, credit.make_rule, credit.run_rules),
        *(credit.remove_rule, credit.transfer, credit.void, credit.post_breakage),
        *(facts.open_backfill, facts.fill, facts.end_backfill, facts.erase, facts.publish),
    }
)
"""Moves whose effect depends on what is billed or has arrived: credit is drawn on by documents, a backfill
sets aside what is recorded, an erasure forgets it, and a month is charged by the prices of its billing."""

_BATCHES = ("10-06", "10-17", "10-29", "11-01", "11-09", "11-20", "11-28")
_ON_TIME = "on time "
_LAST = "2026-12-01T11:00:00Z"
_CLOSED = "2027-01-02T14:00:00Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happens at a moment; `again` are events that come once more, `seed` decides a move."""

    kind: str
    at: int
    seed: int = 0
    move: Move | None = None
    events: tuple[dict[str, Any], ...] = ()
    again: tuple[dict[str, Any], ...] = ()
    month: str = ""
    crash: Crash = NOWHERE

    def __str__(self) -> str:
        told = [one["id"] for one in (*self.events, *self.again)] or self.month
        return f"{self.kind} {told or ''}{self.crash}"


class Script(NamedTuple):
    """The steps of the troubled world, and of its twin apart from the moves.

    In a `late` world facts come after bills; `group`: three more customers, two of whom share a commitment.
    """

    troubled: list[Step]
    plain: list[Step]
    late: bool
    group: bool


def script_of(rng: Random) -> Script:
    """The script of one world."""
    late, has_group = rng.random() < 0.5, rng.random() < 0.35
    events = _events(rng, has_group=has_group)
    bills = [_bill(month) for month in MONTHS]
    crashes = rng.choice((0.0, 0.1, 0.3))
    steps = [*_arrivals(rng, events, late=late), *_moves(rng, late=late, has_group=has_group), *bills]
    once = [replace(one, at=_moment(_CLOSED)) for one in bills]
    steps += once if late else []
    # A run also lets contracts go on whose end has come.
    renewals = [Step(kind="renew_due", at=one.at, move=agreements.renew_due) for one in bills]
    return Script(
        troubled=[replace(step, crash=_crash(rng, crashes)) for step in _in_order(steps)],
        plain=_in_order([*_arrivals(rng, events, late=False), *([*renewals, *once] if late else bills)]),
        late=late,
        group=has_group,
    )


def twin(script: Script, accepted: list[Step]) -> list[Step]:
    """The plain world: what was accepted in the troubled one, each once, and bills."""
    calm = [replace(step, crash=NOWHERE) for step in accepted]
    return sorted([*script.plain, *calm], key=lambda step: step.at)


def _in_order(steps: list[Step]) -> list[Step]:
    return sorted(steps, key=lambda step: step.at)


def _moment(text: str) -> int:
    return micros(instant(text))


def _bill(month: str) -> Step:
    year, number = int(month[:4]), int(month[5:])
    following = f"{year + number // 12}-{number % 12 + 1:02d}-02T14:00:00Z"
    return Step(kind="bill", at=_moment(following), month=month)


def _crash(rng: Random, likely: float) -> Crash:
    if rng.random() >= likely:
        return NOWHERE
    return Crash(rng.choice(POINTS), rng.choice((1, 1, 1, 2, 3)))


def _moves(rng: Random, *, late: bool, has_group: bool) -> list[Step]:
    """Moves at moments of their own; no two things happen at the same one.

    A world knows some families of moves only, so that they are made upon one another.
    """
    known: dict[Move, float] = {}
    while not known:
        for family in rng.sample(FAMILIES, k=rng.randint(2, 4)):
            known |= {move: much for move, much in family.items() if not (late and move in PROMPT_ONLY)}
    count = rng.randint(8, 20)
    moments = sorted(rng.sample(range(_moment("2026-10-02T00:00:07Z"), _moment(_LAST), 1_000_000), k=count))
    chosen = rng.choices(list(known), weights=list(known.values()), k=count)
    steps = [
        Step(kind=move.__name__, at=at, seed=rng.randrange(1 << 30), move=move)
        for at, move in zip(moments, chosen, strict=True)
    ]
    for number in range(rng.randint(1, 3) if has_group else 0):
        at, seed = rng.choice(moments) + 3_000 + 10 * number, rng.randrange(1 << 30)
        steps += [_of_group(at, seed, group.PAYER), _of_group(at + 1, seed, group.ALONE)]
    steps += [
        Step(kind=kind, at=rng.choice(moments) + 11_000 + number)
        for number, kind in enumerate(rng.choices(("duties", "restart"), weights=(3, 1), k=2))
    ]
    return steps


def _of_group(at: int, seed: int, customer: str) -> Step:
    move = partial(group.amend, customer)
    return Step(kind=f"amend {customer}", at=at, seed=seed, move=move)


def _events(rng: Random, *, has_group: bool) -> list[dict[str, Any]]:
    """Usage of everybody in two months; the one who stands alone uses what both of the group use."""
    found = [_event(rng, f"e{number}", rng.choice(agreements.PEOPLE)) for number in range(16)]
    # Who has nothing to pay for a month has no document of it that could be adjusted: this one always has.
    found += [
        _event(rng, f"{_ON_TIME}{month}", "cask", kind="flow", day=f"2026-{month}-02") for month in (10, 11)
    ]
    found += [_event(rng, f"p{number}", facts.STRANGER) for number in range(3)]
    for number in range(8 if has_group else 0):
        one = _event(rng, f"g{number}", rng.choice((group.PAYER, group.MEMBER)), kind="flow")
        found += [one, {**one, "id": f"s{number}", "subject": group.ALONE}]
    return found


def _event(rng: Random, id: str, customer: str, kind: str = "", day: str = "") -> dict[str, Any]:
    kind = kind or rng.choice(("llm", "flow", "flow", "sale"))
    data: dict[str, Any] = {
        "llm": {"tokens": rng.choice((1, 1001, 900_000, 40_000_000)), "model": rng.choice(("big", "small"))},
        "flow": {"units": rng.choice((1, 40, 333, 1800))},
        "sale": {"pieces": rng.choice((-1, 2, 5)), "price": rng.choice(("0.005", "19.99"))},
    }[kind]
    day = day or f"2026-{rng.choice((10, 11))}-{rng.randint(1, 30):02d}"
    time = f"{day}T{rng.randrange(24):02d}:{rng.randrange(60):02d}:00Z"
    user = {"user": rng.choice(("ann", "ben"))} if kind == "llm" else {}
    return {
        "id": id, "source": "app", "type": kind, "subject": customer, "time": time, "data": {**data, **user},
    }  # fmt: skip


def _arrivals(rng: Random, events: list[dict[str, Any]], *, late: bool) -> list[Step]:
    """Each event comes with the first batch after it happened, or in a late world with any later one."""
    moments = [_moment(f"2026-{day}T11:30:00Z") for day in _BATCHES] + [_moment(_LAST)]
    batches: dict[int, list[dict[str, Any]]] = {}
    for one in events:
        after = [at for at in moments if at >= _moment(one["time"])]
        at = (
            rng.choice(after)
            if late and rng.random() < 0.6 and not one["id"].startswith(_ON_TIME)
            else after[0]
        )
        batches.setdefault(at, []).append(one)
    steps: list[Step] = []
    before: list[dict[str, Any]] = []
    for at, some in sorted(batches.items()):
        before += some
        again = rng.sample(before, k=min(len(before), rng.randint(0, 4)))
        steps.append(
            Step(kind="send", at=at, seed=rng.randrange(1 << 30), events=tuple(some), again=tuple(again))
        )
    return steps
