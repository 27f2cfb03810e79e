"""A process that lives in a world without end and says what was acknowledged; made to be killed."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from random import Random

from steelyard.billing.run import run
from steelyard.metering import event_now, hold, release, void
from steelyard.metering.corrections import ChangeRefused
from tests.simulation.world import pricing
from tests.simulation.world.facts import facts_of
from tests.simulation.world.machine import Machine


def main(folder: Path, round_number: int) -> None:
    """Send, change, fold and bill, and write down each event once it is acknowledged."""
    machine = Machine(folder, 1_796_300_000_000_000 + round_number)
    rng = Random(round_number)
    for turn in range(1_000_000):
        facts = facts_of(rng)
        events = [json.loads(one.written()) for one in facts.events]
        for event in events:
            event["id"] = f"{round_number}-{turn}-{event['id']}"
        machine.receive([json.dumps(events).encode()])
        os.write(1, "".join(f"{one['source']}\t{one['id']}\n" for one in events).encode())
        machine.fold()
        _change(machine, events[0]["source"], events[0]["id"], rng)
        _reprice(machine, turn, rng)
        if turn % 4 == 3:
            machine.fold()
            month = rng.choice(("2026-10", "2026-11", "2026-12"))
            run(machine.books, month=month, at=machine.now, entropy=rng.randbytes(10))


def _reprice(machine: Machine, turn: int, rng: Random) -> None:
    for step in rng.sample(pricing.STEPS, k=2):
        change = pricing.Change(number=(turn + 1) * 1000 + rng.randrange(1000), percent=rng.choice((0, 40)))
        write = pricing.planned(machine, step, change)
        if write is not None:
            machine.submit([write])


def _change(machine: Machine, source: str, event_id: str, rng: Random) -> None:
    for action in rng.sample((void, hold, release), k=2):
        now = event_now(
            source,
            event_id,
            finder=machine.writer,
            entries=machine.reader,
            state=machine.state,
            reasons=machine.usage,
        )
        assert now is not None
        planned = action(now, by="finance", reason="r")
        if not isinstance(planned, ChangeRefused):
            machine.submit([planned.write])
        machine.fold()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
