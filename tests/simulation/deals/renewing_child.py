"""A process in which contracts go on month after month, and that says until when; made to be killed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from steelyard.contracts import Contract
from steelyard.entrypoints.duties import renew_contracts
from steelyard.kernel import from_micros, instant, iso, micros
from steelyard.kernel.period import add_months
from tests.simulation.deals.agreements import PEOPLE
from tests.simulation.deals.desk import Ask, Desk

START = "2026-10-01T00:00:00Z"
_RENEWAL = {"term_months": 1, "automatic": True, "uplift_percent": "1"}


def main(folder: Path) -> None:
    """Let everybody's contract go on for another month, by the server's own duty and by request in turn."""
    desk = Desk(folder, micros(instant(START)))
    known = {one.customer for one in desk.workspace.state.find(Contract)}
    for key in sorted({*PEOPLE} - known):
        body = {
            "customer": key, "name": key, "start": START, "end": "2026-11-01T00:00:00Z", "renewal": _RENEWAL,
            "plans": ["team"],
        }  # fmt: skip
        assert not desk.ask(Ask(name="contracts.create", body=body)).refused
    for turn in range(1_000):
        ends = [one.end for one in desk.workspace.state.find(Contract) if one.end is not None]
        os.write(1, "".join(f"{iso(end)}\n" for end in ends).encode())
        following = add_months(min(ends).date(), turn % 2)
        desk.now_micros = micros(instant(f"{following.isoformat()}T06:00:00Z"))
        if turn % 3:
            renew_contracts(desk.workspace, from_micros(desk.now_micros))
        else:
            desk.ask(Ask(name="contracts.renew_due", body={}), key=f"turn {turn}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
