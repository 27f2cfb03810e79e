"""Backfills of a world, by the services that the HTTP interface calls; each step may be asked for again."""

from __future__ import annotations

from hashlib import sha256

from steelyard.kernel import Period, instant
from steelyard.metering import Backfill, Range, admit, decode
from steelyard.metering.backfills import (
    BackfillRefused,
    BackfillStatus,
    Planned,
    abandon_backfill,
    add_to_backfill,
    commit_backfill,
    deprecate,
    for_backfill,
    open_backfill,
    revert_backfill,
)
from tests.simulation.world.facts import Fact, Filling
from tests.simulation.world.machine import Machine

OPENED = instant("2026-12-01T00:00:00Z")
_DONE = {
    "commit": BackfillStatus.COMMITTED,
    "revert": BackfillStatus.REVERTED,
    "abandon": BackfillStatus.ABANDONED,
}


def backfill_id(filling: Filling) -> str:
    """The id that the backfill has, whenever it is opened."""
    planned = open_backfill(reason="r", by="finance", at=OPENED, entropy=_entropy(filling))
    assert not isinstance(planned, BackfillRefused)
    return planned.backfill.id


def begin(machine: Machine, filling: Filling) -> None:
    """Open it, add its events, and name what it sets aside; what was done before is not done again."""
    key = backfill_id(filling)
    if machine.state.get(Backfill, key) is None:
        _write(machine, open_backfill(reason="r", by="finance", at=OPENED, entropy=_entropy(filling)))
    for facts, again in ((filling.brings, False), (filling.again, True)):
        if facts:
            _add(machine, key, facts, again=again)
    if filling.month:
        found, version = _found(machine, key)
        _write(machine, deprecate(found, version, [_range(filling)], by="finance", at=machine.now))


def end(machine: Machine, filling: Filling, action: str) -> bool:
    """Commit, revert or abandon it; False where it brings and sets aside nothing."""
    machine.fold()
    backfill, version = _found(machine, backfill_id(filling))
    if backfill.status is _DONE[action]:
        return True
    upto = machine.reader.size
    ranges = {"commit": backfill.ranges, "revert": None, "abandon": ()}[action]
    concerned = [one.customer for one in machine.usage.affected(backfill.id, ranges, upto)]
    if action == "commit":
        planned = commit_backfill(
            backfill, version, concerned, upto=upto, by="finance", reason="r", at=machine.now
        )
        if isinstance(planned, BackfillRefused):
            assert not concerned
            return False
    else:
        ending = revert_backfill if action == "revert" else abandon_backfill
        planned = ending(backfill, version, concerned, by="finance", reason="r", at=machine.now)
    _write(machine, planned)
    return True


def _add(machine: Machine, key: str, facts: tuple[Fact, ...], *, again: bool) -> None:
    backfill, version = _found(machine, key)
    body = "[" + ",".join(fact.written() for fact in facts) + "]"
    decoded = decode(body.encode(), "application/json", {}, machine.now)
    events = for_backfill(decoded.events, backfill, again=again)
    admitted = admit(events, machine.directory, machine.shapes, machine.now)
    assert not decoded.refusals
    assert not admitted.refusals
    _write(machine, add_to_backfill(backfill, version, admitted.batch, by="finance", at=machine.now))


def _found(machine: Machine, key: str) -> tuple[Backfill, int]:
    backfill, version = machine.state.get(Backfill, key), machine.state.version(Backfill, key)
    assert backfill is not None
    assert version is not None
    return backfill, version


def _write(machine: Machine, planned: Planned) -> None:
    assert not isinstance(planned, BackfillRefused), planned
    machine.submit([planned.write])


def _range(filling: Filling) -> Range:
    year, month = filling.month.split("-")
    return Range(
        customer=filling.customer or None,
        event_types=(filling.type,) if filling.type else (),
        period=Period.month(int(year), int(month)),
    )


def _entropy(filling: Filling) -> bytes:
    return sha256(filling.name.encode()).digest()[:10]
