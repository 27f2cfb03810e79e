"""Changing the policy, placing and lifting legal holds: each a plan that the caller's record carries out."""

from __future__ import annotations

import dataclasses
from datetime import datetime

from steelyard.billing.retention.model import POLICY_KEY, LegalHold, RetentionPolicy
from steelyard.kernel import NotFound, make_id
from steelyard.record import WORKSPACE_CHAIN, Batch, Expect, Kind, Save, State, Write
from steelyard.record.telling import telling


def set_policy(
    state: State, *, dispute_days: int, statutory_years: int, by: str, reason: str, at: datetime
) -> tuple[RetentionPolicy, Write | None]:
    """The policy from now on, and the write that makes it so; None where it says so already."""
    present = state.get(RetentionPolicy, POLICY_KEY)
    policy = RetentionPolicy(
        dispute_days=dispute_days, statutory_years=statutory_years, by=by, reason=reason, at=at
    )
    if present is not None and dataclasses.replace(policy, at=present.at) == present:
        return present, None
    return policy, _saving(policy, POLICY_KEY, state.version(RetentionPolicy, POLICY_KEY))


def place_hold(
    *, customer: str, reason: str, by: str, at: datetime, entropy: bytes
) -> tuple[LegalHold, Write]:
    """A new hold on everything of a customer, and the write that places it."""
    hold = LegalHold(id=make_id("hold", at, entropy), customer=customer, reason=reason, by=by, at=at)
    return hold, _saving(hold, hold.id, None)


def lift_hold(state: State, id: str, *, by: str, reason: str, at: datetime) -> tuple[LegalHold, Write | None]:
    """The hold, lifted, and the write that lifts it; None where it was lifted before. NotFound if unknown."""
    hold = state.get(LegalHold, id)
    if hold is None:
        raise NotFound(f"there is no legal hold {id[:60]!r}", code="unknown_hold")
    if not hold.is_active:
        return hold, None
    lifted = dataclasses.replace(hold, lifted_at=at, lifted_by=by, lifted_reason=reason)
    return lifted, _saving(lifted, id, state.version(LegalHold, id))


def _saving(record: RetentionPolicy | LegalHold, key: str, version: int | None) -> Write:
    batch = Batch(kind=Kind.WORKSPACE, customers=[WORKSPACE_CHAIN], payloads=[telling(record)])
    return Write(
        batches=(batch,),
        rows=(Save(record=record, told_by=0),),
        expect=(Expect(type=type(record), key=key, version=version),),
    )
