"""Changing a subscription from a moment on: what to write, or every problem at once.

Nothing that was is edited: a change is added. One that has not taken effect can be withdrawn, and then never
holds. An upgrade holds at once, a downgrade from the next period, where nobody says otherwise.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from steelyard.catalog import CatalogVersion, Plan
from steelyard.contracts.changes import ALLOWED, ChangeAction, RunState, SubscriptionChange, Terms, When
from steelyard.contracts.check import quantity_problems
from steelyard.contracts.model import LIVE, Customer, Subscription
from steelyard.contracts.planned import Planned, saving
from steelyard.kernel import Problem, content_id, encode, iso
from steelyard.kernel.period import month_from, month_of
from steelyard.record import Kind, State

Problems = tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewChange:
    """What a person asks for when a subscription is to change; nothing in it is checked yet."""

    action: ChangeAction = ChangeAction.AMEND
    effective_from: datetime | None = None
    when: When | None = None
    plan: str | None = None
    quantities: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    commitment: Decimal | None = None
    catalog: str | None = None
    until: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSubscriptionChange:
    """The change as it will be, what it is called, and the subscription with it."""

    change: SubscriptionChange
    label: str
    before: Subscription
    planned: Planned[Subscription]


def change_subscription(
    state: State, version: CatalogVersion, id: str, new: NewChange, *, by: str, at: datetime
) -> PlannedSubscriptionChange | Problems:
    """The plan by which a subscription changes from a moment on, or all that is wrong with it."""
    row = state.version(Subscription, id)
    subscription = state.get(Subscription, id)
    customer = state.get(Customer, subscription.customer) if subscription else None
    if subscription is None or customer is None:
        return (_wrong("unknown_subscription", "id", f"there is no subscription {id[:60]!r}"),)
    start = _effective(subscription, version, new, customer.timezone, at)
    if start.tzinfo is None:
        return (_wrong("not_a_time", "effective_from", "the time has no UTC offset"),)
    change = _made(id, new, start, by, at)
    problems = tuple(_problems(subscription, change, version))
    if problems:
        return problems
    changed = with_change(subscription, change)
    return PlannedSubscriptionChange(
        change=change,
        label=label_of(subscription.terms_at(start), change, version),
        before=subscription,
        planned=Planned(record=changed, write=saving(Kind.SUBSCRIPTION, changed.customer, changed, id, row)),
    )


def with_change(subscription: Subscription, change: SubscriptionChange) -> Subscription:
    """The subscription with the change; a cancellation is also its end.

    >>> from steelyard.kernel import instant
    >>> t1, t2 = instant("2026-01-01T00:00:00Z"), instant("2026-02-01T00:00:00Z")
    >>> pro = Subscription(id="s", customer="acme", plan="pro", start=t1)
    >>> ended = SubscriptionChange(id="c", effective_from=t2, action=ChangeAction.CANCEL, by="a", recorded_at=t1)
    >>> with_change(pro, ended).end == t2
    True
    """  # fmt: skip  # noqa: E501
    end = change.effective_from if change.action is ChangeAction.CANCEL else subscription.end
    return dataclasses.replace(subscription, end=end, changes=(*subscription.changes, change))


def withdraw_change(state: State, id: str, change: str, *, at: datetime) -> Planned[Subscription] | Problems:
    """The plan by which a change that has not taken effect never does; one that has stays."""
    row = state.version(Subscription, id)
    subscription = state.get(Subscription, id)
    found = next((one for one in subscription.changes if one.id == change), None) if subscription else None
    if subscription is None or found is None:
        return (_wrong("unknown_change", "change", f"there is no change {change[:60]!r} of {id[:60]!r}"),)
    if found.effective_from <= at:
        message = f"it holds since {iso(found.effective_from)}; make another change"
        return (_wrong("in_effect", "change", message),)
    if found.withdrawn:
        return Planned(record=subscription, write=None)
    changes = tuple(
        dataclasses.replace(one, withdrawn=True) if one.id == change else one for one in subscription.changes
    )
    end = subscription.end
    if found.action is ChangeAction.CANCEL and end == found.effective_from:
        end = None
    changed = dataclasses.replace(subscription, changes=changes, end=end)
    return Planned(record=changed, write=saving(Kind.SUBSCRIPTION, changed.customer, changed, id, row))


def label_of(before: Terms, change: SubscriptionChange, version: CatalogVersion) -> str:
    """What people call the change: upgrade, downgrade, more seats, add-on, pause …"""
    if change.action is not ChangeAction.AMEND:
        return change.action.value
    old, new = version.catalog.plans.get(before.plan), version.catalog.plans.get(change.plan or before.plan)
    if old is not None and new is not None and old.key != new.key:
        return "downgrade" if _is_below(new, old) else "upgrade"
    if change.add or change.remove:
        return "add-on" if change.add else "add-on removed"
    if change.quantities:
        less = any(number < before.quantities.get(name, number) for name, number in change.quantities.items())
        return "fewer" if less else "more"
    return "amendment"


def _is_below(new: Plan, old: Plan) -> bool:
    return new.product == old.product and new.tier < old.tier


def _effective(
    subscription: Subscription, version: CatalogVersion, new: NewChange, timezone: str, at: datetime
) -> datetime:
    when = new.when
    if new.effective_from is not None:
        later = when is When.NEXT_PERIOD and new.effective_from.tzinfo is not None
        return month_from(new.effective_from, timezone) if later else new.effective_from
    if when is None:
        plans = version.catalog.plans
        old, asked = plans.get(subscription.terms_at(at).plan), plans.get(new.plan or "")
        down = old is not None and asked is not None and _is_below(asked, old)
        when = When.NEXT_PERIOD if down else When.NOW
    moment = at if when is When.NOW else month_of(at, timezone).end
    return max(moment, subscription.start)


def _made(id: str, new: NewChange, start: datetime, by: str, at: datetime) -> SubscriptionChange:
    change = SubscriptionChange(
        id="",
        effective_from=start,
        action=new.action,
        by=by,
        recorded_at=at,
        reason=new.reason,
        plan=new.plan,
        quantities=dict(new.quantities),
        add=new.add,
        remove=new.remove,
        commitment=new.commitment,
        catalog=new.catalog,
        until=new.until,
        splits_month=new.catalog is not None,
    )
    return dataclasses.replace(change, id=content_id("chg", encode([id, change])))


def _problems(
    subscription: Subscription, change: SubscriptionChange, version: CatalogVersion
) -> Iterator[Problem]:
    start = change.effective_from
    if start < subscription.start:
        yield _wrong("before_start", "effective_from", f"it begins at {iso(subscription.start)}")
        return
    before = subscription.terms_at(start)
    if before.state is RunState.ENDED:
        yield _wrong("ended", "effective_from", f"it has ended by {iso(start)}; begin another")
        return
    if change.action not in ALLOWED[before.state]:
        allowed = ", ".join(sorted(ALLOWED[before.state]))
        message = f"a subscription in the state {before.state.value} takes no {change.action.value}"
        yield Problem(code="not_allowed", message=message, field="action", allowed=allowed)
    if change.until is not None and (change.until.tzinfo is None or change.until <= start):
        yield _wrong("empty_period", "until", "it would end before it begins")
    yield from _content_problems(change)
    yield from _term_problems(with_change(subscription, change), change, version)


def _content_problems(change: SubscriptionChange) -> Iterator[Problem]:
    said = (change.plan, change.quantities, change.add, change.remove, change.commitment, change.catalog)
    is_amended = any(one not in (None, {}, ()) for one in said)
    if change.action is ChangeAction.AMEND and not is_amended:
        yield _wrong("no_change", "", "the change says nothing that changes")
    if change.action is not ChangeAction.AMEND and is_amended:
        message = f"a change that says {change.action.value} changes no terms; send two changes"
        yield _wrong("two_changes", "action", message)


def _term_problems(
    changed: Subscription, change: SubscriptionChange, version: CatalogVersion
) -> Iterator[Problem]:
    """What is wrong with the terms as they are once the change holds."""
    if change.action is ChangeAction.CANCEL:
        return
    terms, catalog = changed.terms_at(change.effective_from), version.catalog
    plan = catalog.plans.get(terms.plan)
    if plan is None:
        yield Problem(
            code="unknown_plan",
            message=f"the catalog has no plan {terms.plan[:60]!r}",
            field="plan",
            allowed=", ".join(sorted(catalog.plans)[:20]),
        )
        return
    needed = {item.quantity_from for item in plan.items if item.quantity_from}
    # What another plan needed may stay said; only what this one needs must be there.
    counted = {name: number for name, number in terms.quantities.items() if name in needed}
    yield from quantity_problems({**counted, **change.quantities}, plan)
    for key in change.add:
        if key not in catalog.prices or catalog.prices[key].currency != plan.currency:
            yield _wrong("unknown_price", "add", f"the catalog has no price {key[:60]!r} in {plan.currency}")
    for key in change.remove:
        if key not in _add_ons_before(changed, change):
            yield _wrong("no_add_on", "remove", f"{key[:60]!r} is no add-on of it")
    if change.commitment is not None and (plan.commitment is None or change.commitment < 0):
        yield _wrong("no_commitment", "commitment", "the plan has no commitment that this could change")
    if change.catalog not in (None, LIVE, version.id):
        yield _wrong("other_version", "catalog", f"{change.catalog!r} is not the version that was read")


def _add_ons_before(changed: Subscription, change: SubscriptionChange) -> tuple[str, ...]:
    rest = tuple(one for one in changed.changes if one.id != change.id)
    return dataclasses.replace(changed, changes=rest).terms_at(change.effective_from).add_ons


def _wrong(code: str, field: str, message: str) -> Problem:
    return Problem(code=code, message=message, field=field)
