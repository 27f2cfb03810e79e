"""Prices that change in a world: published to some, gone back from, migrated, reversed; whole or not at all.

No price differs, so that bills must come to the same. What each step writes is worked out once before it, and
whatever crashes meanwhile, the state must then be exactly that.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from steelyard.adapters.sql import REGISTRY
from steelyard.catalog import LIVE_KEY, LiveCatalog, ReleaseAction, Source, live_version, publish, releases
from steelyard.catalog.change import ChangeDocument, Rollout, RolloutTo
from steelyard.contracts import LIVE, Customer, Subscription
from steelyard.contracts.migration import (
    Migration,
    MigrationStatus,
    Reversal,
    Segment,
    carried_out,
    members,
    taken_back,
)
from steelyard.contracts.notices import CustomerNotice, NoticeState, notices_of, taken_back_notices
from steelyard.contracts.rollout import staying
from steelyard.kernel import instant
from steelyard.record import WORKSPACE_CHAIN, Kind, Write
from steelyard.record.planned import saving, together
from tests.billing_catalog import catalog
from tests.simulation.world.machine import Machine

STEPS = ("publish", "go_back", "migrate", "reverse")
_KEPT = (LiveCatalog, Subscription, Migration, CustomerNotice)
_DAY = instant("2027-02-01T00:00:00Z")


class Change(NamedTuple):
    """One change of prices: a number that names it, and to what share of the customers it is rolled out."""

    number: int
    percent: int

    def __str__(self) -> str:
        return f"{self.number} to {self.percent} %"


def planned(machine: Machine, step: str, change: Change) -> Write | None:
    """What the step writes as things stand; None where there is nothing to do."""
    match step:
        case "publish":
            return _publication(machine, change)
        case "go_back":
            return _return(machine)
        case "migrate":
            return _migration(machine, change)
        case _:
            return _reversal(machine)


def _publication(machine: Machine, change: Change) -> Write | None:
    said = catalog()
    said["plans"].append({**copy.deepcopy(said["plans"][1]), "key": f"extra-{change.number}"})
    live = live_version(machine.state)
    assert live is not None
    rollout = Rollout(to=RolloutTo.PERCENT, percent=Decimal(change.percent), salt=str(change.number))
    customers = {one.key: one for one in machine.state.find(Customer)}
    those = staying(
        rollout, machine.state.find(Subscription), customers, base=live.id, now=machine.now, by="ada"
    )
    done = publish(
        machine.state,
        Source(values=said),
        published_at=machine.now,
        published_by="ada",
        change=_document(rollout),
        also=[_kept(machine, one.after) for one in those],
    )
    return done.write


def _document(rollout: Rollout) -> ChangeDocument:
    return ChangeDocument(
        hypothesis="h",
        expected_effect="e",
        trade_off="t",
        success_measure="s",
        review_date=_DAY,
        owner="ada",
        rollout=rollout,
    )


def _return(machine: Machine) -> Write | None:
    first = Source(values=catalog())
    back = ReleaseAction.ROLLED_BACK
    return publish(machine.state, first, published_at=machine.now, published_by="ada", action=back).write


def _migration(machine: Machine, change: Change) -> Write | None:
    customers = {one.key: one for one in machine.state.find(Customer)}
    wanted = Migration(
        id=f"mig_{change.number}",
        name="n",
        segment=Segment(),
        to=LIVE,
        announced_at=machine.now,
        effective_at=_DAY,
        reason="r",
        by="ada",
        moved=(),
    )
    those = members(wanted.segment, machine.state.find(Subscription), customers, machine.now)
    done, changed = carried_out(wanted, those, customers)
    if not changed or machine.state.get(Migration, wanted.id) is not None:
        return None
    notices = notices_of(done, customers, {}, tell_by=machine.now)
    return together([_announced(machine, done), *(_kept(machine, one) for one in (*changed, *notices))])


def _reversal(machine: Machine) -> Write | None:
    running = [
        one
        for one in machine.state.find(Migration)
        if one.status_at(machine.now) is not MigrationStatus.REVERSED
    ]
    if not running:
        return None
    customers = {one.key: one for one in machine.state.find(Customer)}
    subscriptions = {one.id: one for one in machine.state.find(Subscription)}
    back = Reversal(at=machine.now, by="ada", reason="r")
    done, returning = taken_back(running[0], subscriptions, customers, back)
    notices = taken_back_notices(done, machine.state.find(CustomerNotice, about=done.id), customers)
    changed: list[Any] = [one.subscription for one in returning]
    return together([_announced(machine, done), *(_kept(machine, one) for one in (*changed, *notices))])


def _announced(machine: Machine, one: Migration) -> Write:
    return saving(Kind.MIGRATION, WORKSPACE_CHAIN, one, one.id, machine.state.version(Migration, one.id))


def _kept(machine: Machine, one: Any) -> Write:
    kind = Kind.SUBSCRIPTION if isinstance(one, Subscription) else Kind.MIGRATION
    return saving(kind, one.customer, one, one.id, machine.state.version(type(one), one.id))


def state_of(machine: Machine) -> dict[tuple[str, str], Any]:
    """Every record that a change of prices writes, by type and key."""
    return {
        (type_.__name__, REGISTRY.kept(type_).record_table.key(one)): one
        for type_ in _KEPT
        for one in machine.state.find(type_)
    }


def after(before: dict[tuple[str, str], Any], write: Write | None) -> dict[tuple[str, str], Any]:
    """The same once this is written."""
    rows = [row.record for row in write.rows] if write is not None else []
    changed = {
        (type(one).__name__, REGISTRY.kept(type(one)).record_table.key(one)): one
        for one in rows
        if isinstance(one, _KEPT)
    }
    return before | changed


def complaints(machine: Machine) -> Iterator[str]:
    """What about the prices does not fit together: something was written by half."""
    log = releases(machine.state)
    live = machine.state.get(LiveCatalog, LIVE_KEY)
    if [one.number for one in log] != list(range(len(log), 0, -1)):
        yield f"releases {[one.number for one in log]} have a gap"
    if live is None or (live.number, live.version_id) != (log[0].number, log[0].version_id):
        yield f"{live} is not the newest release"
    subscriptions = {one.id: one for one in machine.state.find(Subscription)}
    for one in machine.state.find(Migration):
        found = machine.state.find(CustomerNotice, about=one.id)
        if {each.customer for each in found} != {each.customer for each in one.moved}:
            yield f"{one.id} has notices for {sorted(each.customer for each in found)}"
        is_reversed = one.reversed_at is not None
        first = [each for each in found if each.made_at == one.announced_at]
        if is_reversed and any(each.state is NoticeState.DUE for each in first):
            yield f"{one.id} is reversed, and somebody is still to be told of it"
        for moved in one.moved:
            change = next(
                (each for each in subscriptions[moved.subscription].changes if each.id == moved.change), None
            )
            if change is None or change.withdrawn != is_reversed:
                yield f"{moved.subscription} does not move as {one.id} says"
