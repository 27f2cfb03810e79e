"""Customers that merge, or part: one write that moves a customer in the tree and under a contract.

The customer keeps its key, its chain and its documents. Its own contract ends at the moment, the other's
holds for it from there; what it committed to moves to the other's subscription, or stays with its own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from steelyard.contracts.commitments import CommitmentTerms, Cycle, Opening
from steelyard.contracts.contract import Amendment, Contract, Member
from steelyard.contracts.directory import Directory
from steelyard.contracts.model import Customer, Subscription
from steelyard.contracts.planned import Planned, saving, together
from steelyard.contracts.service import move_customer
from steelyard.kernel import Problem, iso
from steelyard.record import Kind, State, Write

Problems = tuple[Problem, ...]


class Remainder(StrEnum):
    """What becomes of the commitments of a customer that merges."""

    KEEP = "keep"
    TRANSFER = "transfer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Merger:
    """A merger as it will be: who goes under whom, which contracts end and hold, which commitments move."""

    customer: Customer
    ended: Contract | None
    joined: Contract | None
    subscriptions: tuple[Subscription, ...]
    moved: tuple[CommitmentTerms, ...]
    write: Write | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """From when something holds, who says so, why, and when it was said."""

    effective_from: datetime
    by: str
    reason: str
    at: datetime


Openings = Mapping[tuple[str, str], Opening]
"""Where commitments for a year stand at a merger, by subscription and the commitment's key."""

_NOTHING_OPEN: Final[Openings] = {}


def merge_customers(
    state: State,
    directory: Directory,
    key: str,
    into: str,
    occasion: Occasion,
    remainder: Remainder,
    openings: Openings = _NOTHING_OPEN,
) -> Merger | Problems:
    """The merger of a customer into another from a moment on, or all that is wrong with it.

    `openings` tell where each commitment for a year stands then: it goes on from there, and what was paid for
    it is not asked for again.
    """
    effective_from = occasion.effective_from
    moved = move_customer(state, directory, key, into)
    if not isinstance(moved, Planned):
        return moved
    if effective_from.tzinfo is None:
        return (Problem(code="not_a_time", message="the time has no UTC offset", field="effective_from"),)
    contracts = state.find(Contract)
    own = _held(contracts, key, effective_from)
    theirs = _held(contracts, into, effective_from)
    note = _note(occasion)
    ended = None if own is None else _ended(own, effective_from, note)
    joined = None if theirs is None else _joined(theirs, key, effective_from, note)
    before = {one.id: one for name in (key, into) for one in state.find(Subscription, customer=name)}
    mine = [one for one in before.values() if one.customer == key and one.active_at(effective_from)]
    host = next(
        (one for one in before.values() if one.customer == into and one.active_at(effective_from)), None
    )
    going = [terms for one in mine for terms in one.commitments if _runs(terms, effective_from)]
    if remainder is Remainder.TRANSFER and going and host is None:
        message = f"{into!r} has no subscription that could take the commitments"
        return (Problem(code="no_subscription", message=message, field="into"),)
    if remainder is Remainder.TRANSFER and effective_from > occasion.at and any(map(_is_yearly, going)):
        message = "what a commitment for a year has left is known when the day has come"
        return (Problem(code="too_early", message=message, field="effective_from", allowed="now or before"),)
    if remainder is Remainder.KEEP or host is None:
        changed: tuple[Subscription, ...] = ()
        taken: tuple[CommitmentTerms, ...] = ()
    else:
        changed, taken = _transferred(mine, host, effective_from, openings)
    writes = [moved.write, *_contract_writes(state, ended, joined)]
    writes += [
        saving(Kind.SUBSCRIPTION, one.customer, one, one.id, state.version(Subscription, one.id))
        for one in changed
    ]
    return Merger(
        customer=moved.record,
        ended=ended,
        joined=joined,
        subscriptions=changed,
        moved=taken,
        write=together(writes),
    )


def part_customer(state: State, directory: Directory, key: str, occasion: Occasion) -> Merger | Problems:
    """The parting of a customer from the one above it: a root of its own, under no contract but its own."""
    effective_from = occasion.effective_from
    moved = move_customer(state, directory, key, None)
    if not isinstance(moved, Planned):
        return moved
    note = _note(occasion)
    left = next(
        (one for one in state.find(Contract) if one.customer != key and one.has_member(key, effective_from)),
        None,
    )
    parted = None if left is None else _left(left, key, effective_from, note)
    write = together([moved.write, *_contract_writes(state, parted, None)])
    if write is None:
        return (Problem(code="no_change", message=f"{key!r} stands alone already", field="key"),)
    return Merger(customer=moved.record, ended=parted, joined=None, subscriptions=(), moved=(), write=write)


def _held(contracts: list[Contract], key: str, moment: datetime) -> Contract | None:
    return next((one for one in contracts if one.customer == key and one.active_at(moment)), None)


def _note(occasion: Occasion) -> Amendment:
    return Amendment(
        number=0,
        at=occasion.at,
        by=occasion.by,
        reason=occasion.reason,
        effective_from=occasion.effective_from,
    )


def _amended(contract: Contract, note: Amendment, words: str) -> Contract:
    numbered = dataclasses.replace(note, number=len(contract.amendments) + 1, added=(words,))
    return dataclasses.replace(contract, amendments=(*contract.amendments, numbered))


def _ended(contract: Contract, moment: datetime, note: Amendment) -> Contract:
    # A contract has at least a moment, so one that begins with the merger is left to its first day.
    end = max(moment, contract.start) if moment > contract.start else contract.end
    ended = contract if end is None else contract.ending(end, note.at)
    return _amended(ended, note, f"ends {iso(moment)[:10]} by a merger")


def _joined(contract: Contract, key: str, moment: datetime, note: Amendment) -> Contract:
    member = Member(customer=key, effective_from=moment)
    changed = dataclasses.replace(contract, members=(*contract.members, member))
    return _amended(changed, note, f"also for {key} from {iso(moment)[:10]}")


def _left(contract: Contract, key: str, moment: datetime, note: Amendment) -> Contract:
    members = tuple(
        dataclasses.replace(one, effective_until=moment)
        if one.customer == key and one.holds_at(moment) and one.effective_from < moment
        else one
        for one in contract.members
    )
    return _amended(
        dataclasses.replace(contract, members=members), note, f"not for {key} from {iso(moment)[:10]}"
    )


def _runs(terms: CommitmentTerms, moment: datetime) -> bool:
    return terms.end is None or terms.end > moment


def _is_yearly(terms: CommitmentTerms) -> bool:
    return terms.every is Cycle.YEAR


def _transferred(
    mine: list[Subscription], host: Subscription, moment: datetime, openings: Openings
) -> tuple[tuple[Subscription, ...], tuple[CommitmentTerms, ...]]:
    """The subscriptions with each commitment ended here and begun there, and those that moved."""
    changed: list[Subscription] = []
    taken: list[CommitmentTerms] = []
    names = {terms.key for terms in host.commitments}
    for one in mine:
        moved = {terms.key: openings.get((one.id, terms.key)) for terms in one.commitments}
        # One that has not begun goes as it is: nothing of it is left behind.
        begun = [terms for terms in one.commitments if terms.start < moment or not _runs(terms, moment)]
        kept = tuple(_cut(terms, moment, moved[terms.key]) for terms in begun)
        if kept != one.commitments:
            changed.append(dataclasses.replace(one, commitments=kept))
        for terms in one.commitments:
            if _runs(terms, moment):
                key = terms.key if terms.key not in names else f"{terms.key}-{one.customer}"
                names.add(key)
                taken.append(_taken(terms, key, moment, moved[terms.key]))
    changed.append(dataclasses.replace(host, commitments=(*host.commitments, *taken)))
    return tuple(changed), tuple(taken)


def _cut(terms: CommitmentTerms, moment: datetime, opening: Opening | None) -> CommitmentTerms:
    """The commitment as it ends where it was: what it has left can no more be drawn there."""
    if not _runs(terms, moment):
        return terms
    if opening is None or not _is_yearly(terms):
        return dataclasses.replace(terms, end=moment)
    return dataclasses.replace(terms, end=moment, handed=terms.amount - opening.drawn)


def _taken(terms: CommitmentTerms, key: str, moment: datetime, opening: Opening | None) -> CommitmentTerms:
    """The commitment as it goes on with whom it went to."""
    begun = terms.start < moment
    return dataclasses.replace(
        terms,
        key=key,
        start=max(terms.start, moment),
        opening=opening if begun and _is_yearly(terms) else None,
    )


def _contract_writes(state: State, *contracts: Contract | None) -> Iterator[Write]:
    for one in contracts:
        if one is not None:
            yield saving(Kind.CONTRACT, one.customer, one, one.id, state.version(Contract, one.id))
