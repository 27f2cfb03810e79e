"""Backfills: a whole set of events brought in, or set aside, or both, at one moment; and undone as one.

The lifecycle is the table below. Until the commit nothing counts differently; the commit is one write, so it
happens whole or not at all, whatever breaks. Each step is an entry on the workspace's chain, which keeps the
row of the backfill; the steps that change usage are also an entry on the chain of every customer concerned.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from steelyard.kernel import make_id
from steelyard.metering.changes import BackfillAction, Backfilled, Range, payload_of
from steelyard.metering.model import UsageEvent
from steelyard.metering.payload import key_of
from steelyard.record import WORKSPACE_CHAIN, Batch, Expect, Kind, Save, Write
from steelyard.record.telling import telling

REASON_LENGTH_MAX: Final = 1000
RANGES_MAX: Final = 1000


class BackfillStatus(StrEnum):
    """How far a backfill is."""

    OPEN = "open"
    COMMITTED = "committed"
    REVERTED = "reverted"
    ABANDONED = "abandoned"


BACKFILL_TRANSITIONS: Final = {
    (BackfillStatus.OPEN, BackfillAction.ADD): BackfillStatus.OPEN,
    (BackfillStatus.OPEN, BackfillAction.DEPRECATE): BackfillStatus.OPEN,
    (BackfillStatus.OPEN, BackfillAction.COMMIT): BackfillStatus.COMMITTED,
    (BackfillStatus.OPEN, BackfillAction.ABANDON): BackfillStatus.ABANDONED,
    (BackfillStatus.COMMITTED, BackfillAction.REVERT): BackfillStatus.REVERTED,
}
"""What may follow; nothing follows `reverted` and `abandoned`: trying again is a new backfill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillStep:
    """Something that somebody did: `count` events were sent, ranges named, or customers changed."""

    action: BackfillAction
    at: datetime
    by: str
    reason: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """A backfill: what it sets aside, and what was done to it; the events that it brings name it.

    `upto` is set by the commit: only events that stood before that entry are set aside. `steps` holds one
    step an action, the last where an action was done again; `count` then adds up.
    """

    id: str
    status: BackfillStatus
    reason: str
    opened_by: str
    opened_at: datetime
    ranges: tuple[Range, ...] = ()
    upto: int | None = None
    steps: tuple[BackfillStep, ...] = ()


class BackfillCode(StrEnum):
    """Why a backfill is not changed."""

    MISSING_REASON = "missing_reason"
    WRONG_STATUS = "backfill_status"
    TOO_MANY_RANGES = "too_many_ranges"
    NOTHING_TO_COMMIT = "nothing_to_commit"
    BAD_UPTO = "upto_beyond_record"
    TOO_MANY_CUSTOMERS = "too_many_customers"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillRefused:
    """Why a backfill is not changed, in words; trying the same again does not help."""

    code: BackfillCode
    message: str
    retryable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedBackfill:
    """A backfill as it will be, and what to write so that it is."""

    backfill: Backfill
    write: Write
    entries: tuple[tuple[Kind, str, bytes], ...] = ()
    """The entries that change usage: kind, chain and payload."""


CUSTOMERS_MAX: Final = 50_000
"""So many chains one commit can change; a write has an upper limit of entries."""

Planned = PlannedBackfill | BackfillRefused


def open_backfill(*, reason: str, by: str, at: datetime, entropy: bytes) -> Planned:
    """A new backfill, empty; `entropy` is 10 random bytes.

    >>> from steelyard.kernel import instant
    >>> made = open_backfill(
    ...     reason="lost hour", by="k", at=instant("2026-11-01T00:00:00Z"), entropy=bytes(10)
    ... )
    >>> made.backfill.status.value, made.write.entry_count
    ('open', 1)
    """
    if not _is_reason(reason):
        return _no_reason()
    step = BackfillStep(action=BackfillAction.OPEN, at=at, by=by, reason=reason)
    backfill = Backfill(
        id=make_id("bf", at, entropy),
        status=BackfillStatus.OPEN,
        reason=reason,
        opened_by=by,
        opened_at=at,
        steps=(step,),
    )
    return PlannedBackfill(backfill=backfill, write=_saving(backfill, None))


def for_backfill(
    events: Iterable[UsageEvent], backfill: Backfill, *, again: bool = False
) -> list[UsageEvent]:
    """The events as the backfill's own: they count only while it is committed.

    `again`: their ids are taken by events that do not count once it is committed.

    >>> from steelyard.kernel import instant
    >>> at = instant("2026-11-01T00:00:00Z")
    >>> one = Backfill(id="bf_1", status=BackfillStatus.OPEN, reason="r", opened_by="k", opened_at=at)
    >>> for_backfill([UsageEvent(source="s", id="1", type="t", time=0)], one)[0].backfill
    'bf_1'
    """
    replace = msgspec.structs.replace
    return [replace(event, backfill=backfill.id, again=again) for event in events]


def add_to_backfill(backfill: Backfill, version: int, batch: Batch, *, by: str, at: datetime) -> Planned:
    """Admitted events (`for_backfill`) join an open backfill; `version` is that of its row.

    The batch's keys are made anew, because those that are sent again have keys of their own.
    """
    refused = _not_allowed(backfill, BackfillAction.ADD)
    if refused is not None:
        return refused
    count = len(batch.payloads)
    step = BackfillStep(action=BackfillAction.ADD, at=at, by=by, count=count)
    after = dataclasses.replace(backfill, steps=_with(backfill, step))
    keyed = msgspec.structs.replace(batch, keys=[key_of(payload) for payload in batch.payloads])
    # The entry that tells of the backfill stands before its events: a store that meets them knows of it.
    write = _saving(after, version)
    return PlannedBackfill(
        backfill=after, write=msgspec.structs.replace(write, batches=(*write.batches, keyed))
    )


def deprecate(backfill: Backfill, version: int, ranges: Sequence[Range], *, by: str, at: datetime) -> Planned:
    """Events that lie in these ranges will stop counting with the commit of an open backfill."""
    refused = _not_allowed(backfill, BackfillAction.DEPRECATE)
    if refused is not None:
        return refused
    fresh = [one for one in dict.fromkeys(ranges) if one not in backfill.ranges]
    if len(backfill.ranges) + len(fresh) > RANGES_MAX:
        message = f"a backfill has at most {RANGES_MAX} ranges"
        return BackfillRefused(code=BackfillCode.TOO_MANY_RANGES, message=message)
    step = BackfillStep(action=BackfillAction.DEPRECATE, at=at, by=by, count=len(fresh))
    after = dataclasses.replace(backfill, ranges=(*backfill.ranges, *fresh), steps=_with(backfill, step))
    return PlannedBackfill(backfill=after, write=_saving(after, version))


def commit_backfill(
    backfill: Backfill,
    version: int,
    customers: Sequence[str],
    *,
    upto: int,
    by: str,
    reason: str,
    at: datetime,
) -> Planned:
    """What it brings counts, and what lies in its ranges before entry `upto` does not, from now on.

    `customers` are the chains concerned, as a store names them that has folded the row's version.
    """
    refused = _not_allowed(backfill, BackfillAction.COMMIT, reason)
    if refused is not None:
        return refused
    if not customers:
        message = "the backfill brings nothing and sets nothing aside; abandon it"
        return BackfillRefused(code=BackfillCode.NOTHING_TO_COMMIT, message=message)
    after = dataclasses.replace(backfill, upto=upto)
    return _ended(after, version, customers, BackfillAction.COMMIT, by=by, reason=reason, at=at)


def revert_backfill(
    backfill: Backfill, version: int, customers: Sequence[str], *, by: str, reason: str, at: datetime
) -> Planned:
    """A committed backfill is undone: what it brought stops counting, what it set aside counts again."""
    refused = _not_allowed(backfill, BackfillAction.REVERT, reason)
    if refused is not None:
        return refused
    return _ended(backfill, version, customers, BackfillAction.REVERT, by=by, reason=reason, at=at)


def abandon_backfill(
    backfill: Backfill, version: int, customers: Sequence[str], *, by: str, reason: str, at: datetime
) -> Planned:
    """An open backfill comes to nothing: what was added to it will never count."""
    refused = _not_allowed(backfill, BackfillAction.ABANDON, reason)
    if refused is not None:
        return refused
    return _ended(backfill, version, customers, BackfillAction.ABANDON, by=by, reason=reason, at=at)


def _ended(
    backfill: Backfill,
    version: int,
    customers: Sequence[str],
    action: BackfillAction,
    *,
    by: str,
    reason: str,
    at: datetime,
) -> Planned:
    if len(customers) > CUSTOMERS_MAX:
        message = f"{len(customers)} customers at once; divide it: a commit changes at most {CUSTOMERS_MAX}"
        return BackfillRefused(code=BackfillCode.TOO_MANY_CUSTOMERS, message=message)
    step = BackfillStep(action=action, at=at, by=by, reason=reason, count=len(customers))
    status = BACKFILL_TRANSITIONS[backfill.status, action]
    after = dataclasses.replace(backfill, status=status, steps=_with(backfill, step))
    entries = entries_of(backfill, action, customers, by=by, reason=reason)
    write = _saving(after, version)
    if entries:
        usage = Batch(
            kind=Kind.BACKFILL,
            customers=[customer for _, customer, _ in entries],
            payloads=[payload for _, _, payload in entries],
        )
        write = msgspec.structs.replace(write, batches=(*write.batches, usage))
    return PlannedBackfill(backfill=after, write=write, entries=entries)


def entries_of(
    backfill: Backfill,
    action: BackfillAction,
    customers: Sequence[str],
    *,
    by: str,
    reason: str,
    upto: int | None = None,
) -> tuple[tuple[Kind, str, bytes], ...]:
    """The entries by which a backfill changes the usage of these customers, one on the chain of each.

    A preview asks the store to answer as if they were recorded. Each has only the ranges of its customer.
    """
    is_commit = action is BackfillAction.COMMIT
    last = (backfill.upto or 0) if upto is None else upto
    for_all = tuple(one for one in backfill.ranges if one.customer is None)
    own: dict[str, list[Range]] = {}
    for one in backfill.ranges:
        if one.customer is not None:
            own.setdefault(one.customer, []).append(one)
    return tuple(
        (
            Kind.BACKFILL,
            customer,
            payload_of(
                Backfilled(
                    id=backfill.id,
                    action=action,
                    deprecate=(*for_all, *own.get(customer, ())) if is_commit else (),
                    upto=last if is_commit else 0,
                    by=by,
                    reason=reason,
                )
            ),
        )
        for customer in customers
    )


def _saving(backfill: Backfill, version: int | None) -> Write:
    return Write(
        batches=(Batch(kind=Kind.BACKFILL, customers=[WORKSPACE_CHAIN], payloads=[telling(backfill)]),),
        rows=(Save(record=backfill, told_by=0),),
        expect=(Expect(type=Backfill, key=backfill.id, version=version),),
    )


def _with(backfill: Backfill, step: BackfillStep) -> tuple[BackfillStep, ...]:
    """The steps with this one in the place of an earlier one of the same action."""
    before = next((one for one in backfill.steps if one.action is step.action), None)
    if before is not None:
        step = dataclasses.replace(step, count=before.count + step.count)
    return (*(one for one in backfill.steps if one.action is not step.action), step)


def _not_allowed(
    backfill: Backfill, action: BackfillAction, reason: str | None = None
) -> BackfillRefused | None:
    if (backfill.status, action) not in BACKFILL_TRANSITIONS:
        allowed = [one.value for status, one in BACKFILL_TRANSITIONS if status is backfill.status]
        able = f"it can only {' or '.join(allowed)}" if allowed else "nothing follows that"
        message = f"the backfill is {backfill.status.value}; {able}"
        return BackfillRefused(code=BackfillCode.WRONG_STATUS, message=message)
    if reason is not None and not _is_reason(reason):
        return _no_reason()
    return None


def _is_reason(reason: str) -> bool:
    return bool(reason.strip()) and len(reason) <= REASON_LENGTH_MAX


def _no_reason() -> BackfillRefused:
    message = f"say why, in at most {REASON_LENGTH_MAX} characters"
    return BackfillRefused(code=BackfillCode.MISSING_REASON, message=message)
