"""Dated changes of a subscription, and what the subscription is at a moment: the fold of its changes.

A change is a fact with the moment from which it holds; a later fact never edits an earlier one. What may
follow what stands in `ALLOWED`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from steelyard.kernel import LATER, InvalidInput


class ChangeAction(StrEnum):
    """What a change does: other terms, or another state."""

    AMEND = "amend"
    PAUSE = "pause"
    RESUME = "resume"
    TRIAL = "trial"
    SANDBOX = "sandbox"
    CANCEL = "cancel"


class When(StrEnum):
    """From when a change holds: at once, or at the moment that it names; or with a month that begins then."""

    NOW = "now"
    NEXT_PERIOD = "next_period"


class RunState(StrEnum):
    """How a subscription runs: charged, free on trial, without fees, apart from all bills, or no more."""

    ACTIVE = "active"
    TRIAL = "trial"
    PAUSED = "paused"
    SANDBOX = "sandbox"
    ENDED = "ended"


ALLOWED: Final[Mapping[RunState, frozenset[ChangeAction]]] = {
    RunState.ACTIVE: frozenset(set(ChangeAction) - {ChangeAction.RESUME}),
    RunState.TRIAL: frozenset({ChangeAction.AMEND, ChangeAction.RESUME, ChangeAction.CANCEL}),
    RunState.PAUSED: frozenset({ChangeAction.AMEND, ChangeAction.RESUME, ChangeAction.CANCEL}),
    RunState.SANDBOX: frozenset({ChangeAction.AMEND, ChangeAction.RESUME, ChangeAction.CANCEL}),
    RunState.ENDED: frozenset(),
}

_BECOMES: Final[Mapping[ChangeAction, RunState]] = {
    ChangeAction.PAUSE: RunState.PAUSED,
    ChangeAction.RESUME: RunState.ACTIVE,
    ChangeAction.TRIAL: RunState.TRIAL,
    ChangeAction.SANDBOX: RunState.SANDBOX,
    ChangeAction.CANCEL: RunState.ENDED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionChange:
    """One dated change of a subscription: what it amends, or how it runs from then on.

    `until` is when a trial or a pause ends by itself. Quantities name only those that change. `withdrawn`
    marks a change that was taken back before it took effect: it never holds. With `splits_month` the catalog
    that it names is followed from that very moment on, else from the first month that begins after it.
    """

    id: str
    effective_from: datetime
    action: ChangeAction
    by: str
    recorded_at: datetime
    reason: str = ""
    plan: str | None = None
    quantities: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    commitment: Decimal | None = None
    catalog: str | None = None
    until: datetime | None = None
    withdrawn: bool = False
    splits_month: bool = field(default=False, metadata=LATER)

    def __post_init__(self) -> None:
        for moment in (self.effective_from, self.until):
            if moment is not None and moment.tzinfo is None:
                raise InvalidInput("a change needs times with a UTC offset", code="not_a_time")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a subscription comes to at a moment: plan, quantities, add-ons, and how it runs."""

    plan: str
    quantities: Mapping[str, Decimal]
    add_ons: tuple[str, ...]
    commitment: Decimal | None
    catalog: str
    state: RunState = RunState.ACTIVE
    until: datetime | None = None


def terms_after(start: Terms, changes: Iterable[SubscriptionChange], moment: datetime) -> Terms:
    """The terms at the moment: what the subscription began with, and each change until then in its order.

    >>> from steelyard.kernel import instant
    >>> t1, t2 = instant("2026-10-01T00:00:00Z"), instant("2026-10-16T00:00:00Z")
    >>> begun = Terms(plan="team", quantities={"seats": Decimal(5)}, add_ons=(), commitment=None,
    ...               catalog="live")
    >>> more = SubscriptionChange(id="chg_1", effective_from=t2, action=ChangeAction.AMEND, by="ada",
    ...                           recorded_at=t1, quantities={"seats": Decimal(8)})
    >>> [str(terms_after(begun, [more], at).quantities["seats"]) for at in (t1, t2)]
    ['5', '8']
    """  # fmt: skip
    terms = start
    for change in in_order(changes):
        if change.effective_from > moment:
            break
        terms = _after(_run_out(terms, change.effective_from), change)
    return _run_out(terms, moment)


def _run_out(terms: Terms, moment: datetime) -> Terms:
    """The terms once a trial or a pause has ended by itself."""
    if terms.until is not None and terms.until <= moment:
        return replace(terms, state=RunState.ACTIVE, until=None)
    return terms


def in_order(changes: Iterable[SubscriptionChange]) -> list[SubscriptionChange]:
    """The changes that hold, in the order in which they take effect, then in which they were recorded."""
    held = [one for one in changes if not one.withdrawn]
    return sorted(held, key=lambda one: (one.effective_from, one.recorded_at))


def _after(terms: Terms, change: SubscriptionChange) -> Terms:
    state = _BECOMES.get(change.action, terms.state)
    kept = tuple(key for key in terms.add_ons if key not in change.remove)
    return replace(
        terms,
        plan=change.plan or terms.plan,
        quantities={**terms.quantities, **change.quantities},
        add_ons=(*kept, *(key for key in change.add if key not in kept)),
        commitment=terms.commitment if change.commitment is None else change.commitment,
        catalog=change.catalog or terms.catalog,
        state=state,
        until=terms.until if change.action is ChangeAction.AMEND else change.until,
    )


def turning(changes: Iterable[SubscriptionChange], until: datetime) -> set[datetime]:
    """The moments before that one, or at it, from which on a catalog is followed that a change names.

    >>> from steelyard.kernel import instant
    >>> turning([], instant("2026-10-01T00:00:00Z"))
    set()
    """
    held = [one for one in changes if one.splits_month and one.catalog is not None and not one.withdrawn]
    return {one.effective_from for one in held if one.effective_from <= until}


def moments_of(changes: Iterable[SubscriptionChange]) -> set[datetime]:
    """When any of the changes takes effect, or what it began ends by itself."""
    held = [one for one in changes if not one.withdrawn]
    ends = {one.until for one in held if one.until is not None}
    return {one.effective_from for one in held} | ends
