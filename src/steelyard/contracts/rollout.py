"""Roll-out: which subscriptions a publication leaves on the version before, and until when.

One that begins while a version is rolled out gets the version that its customer's cohort or share says. One
that stays does so from when it began to follow the live catalog, so that no month of it that is not billed
yet gets the new prices. No later publication moves it; a migration or its date does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from steelyard.catalog.change import EVERYONE, Rollout, RolloutTo
from steelyard.catalog.impact import CustomerImpact, Follows, Impact
from steelyard.catalog.release import Release
from steelyard.contracts.changes import ChangeAction, RunState, SubscriptionChange, in_order
from steelyard.contracts.model import LIVE, Customer, NewSubscription, Subscription
from steelyard.kernel import ZERO, add_months, content_id, encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Staying:
    """A subscription as it was, and as it stays on the version before."""

    before: Subscription
    after: Subscription


def follows_live(subscription: Subscription, now: datetime) -> bool:
    """Whether the subscription runs, or will run, and follows the live catalog.

    >>> from steelyard.kernel import instant
    >>> start = instant("2026-01-01T00:00:00Z")
    >>> one = Subscription(id="s", customer="acme", plan="pro", start=start)
    >>> follows_live(one, start), follows_live(replace(one, catalog="cat_1"), start)
    (True, False)
    """
    terms = subscription.terms_at(max(now, subscription.start))
    return terms.catalog == LIVE and terms.state is not RunState.ENDED


def staying(
    rollout: Rollout,
    subscriptions: Iterable[Subscription],
    customers: Mapping[str, Customer],
    *,
    base: str,
    now: datetime,
    by: str,
) -> tuple[Staying, ...]:
    """The subscriptions that the roll-out does not reach, as they stay on the version `base`."""
    if rollout.to is RolloutTo.EVERYONE or not base:
        return ()
    found: list[Staying] = []
    for one in subscriptions:
        if not follows_live(one, now):
            continue
        customer = customers.get(one.customer)
        attributes = customer.attributes_at(now) if customer is not None else {}
        if not rollout.reaches(one.customer, attributes):
            until = rollout.until
            if rollout.to is RolloutTo.NEW_AND_RENEWING and until is None:
                until = renewal_after(one, now)
            found.append(Staying(before=one, after=kept_on(one, base, until=until, now=now, by=by)))
    return tuple(found)


def begun_on(
    new: NewSubscription, customer: Customer, newest_first: Sequence[Release], now: datetime
) -> NewSubscription:
    """The subscription as it begins under the roll-outs that go on: on an earlier version where none of the
    later ones reaches its customer; as it is asked for where it names a version itself.

    >>> from steelyard.kernel import instant
    >>> start = instant("2026-01-01T00:00:00Z")
    >>> acme = Customer(key="acme", name="Acme", currency="USD", created_at=start)
    >>> new = NewSubscription(customer="acme", plan="pro", start=start)
    >>> begun_on(new, acme, [], start).catalog
    'live'
    """
    if new.catalog != LIVE or new.catalog_until is not None:
        return new
    moment = max(now, new.start)
    attributes = customer.attributes_at(now)
    until: datetime | None = None
    for place, release in enumerate(newest_first):
        rollout = release.change.rollout if release.change is not None else EVERYONE
        if not _passes(rollout, new.customer, attributes, moment):
            if not place:
                return new
            return replace(new, catalog=release.version_id, catalog_until=until)
        if not place:
            until = rollout.until
    return new


def _passes(rollout: Rollout, customer: str, attributes: Mapping[str, str], moment: datetime) -> bool:
    """Whether the roll-out passes by a customer who begins a subscription at the moment."""
    if rollout.to not in (RolloutTo.COHORT, RolloutTo.PERCENT):
        return False
    over = rollout.until is not None and rollout.until <= moment
    return not over and not rollout.reaches(customer, attributes)


def renewal_after(subscription: Subscription, now: datetime) -> datetime:
    """When the subscription renews next: at its end, or else on the next anniversary of its start.

    >>> from steelyard.kernel import instant
    >>> one = Subscription(id="s", customer="acme", plan="pro", start=instant("2025-03-15T00:00:00Z"))
    >>> renewal_after(one, instant("2026-11-01T00:00:00Z")).isoformat()
    '2027-03-15T00:00:00+00:00'
    """
    if subscription.end is not None:
        return subscription.end
    start = subscription.start
    years = max(1, now.year - start.year)
    while (day := _anniversary(start, years)) <= now:
        years += 1
    return day


def _anniversary(start: datetime, years: int) -> datetime:
    day = add_months(start.date(), 12 * years)
    return start.replace(year=day.year, month=day.month, day=day.day)


def kept_on(
    subscription: Subscription, version: str, *, until: datetime | None, now: datetime, by: str
) -> Subscription:
    """The subscription as it stays on a version from when it began to follow the live catalog."""
    named = [one for one in in_order(subscription.changes) if one.catalog is not None]
    if not named and subscription.catalog == LIVE:
        return replace(subscription, catalog=version, catalog_until=until)
    since = max([subscription.start, *(one.effective_from for one in named)])
    if subscription.catalog_until is not None:
        since = max(since, subscription.catalog_until)
    pins = [_named(subscription, version, since, now, by)]
    if until is not None:
        pins.append(_named(subscription, LIVE, until, now, by))
    return replace(subscription, changes=(*subscription.changes, *pins))


def moved_to(
    subscription: Subscription, version: str, *, effective_from: datetime, now: datetime, by: str, reason: str
) -> Subscription:
    """The subscription as it follows another version (or `live`) from a moment on."""
    change = _named(subscription, version, effective_from, now, by, reason)
    return replace(subscription, changes=(*subscription.changes, change))


def _named(
    subscription: Subscription,
    version: str,
    since: datetime,
    now: datetime,
    by: str,
    reason: str = "roll-out of a catalog",
) -> SubscriptionChange:
    told = [subscription.id, len(subscription.changes), version, since, now, reason]
    return SubscriptionChange(
        id=content_id("chg", encode(told)),
        effective_from=since,
        action=ChangeAction.AMEND,
        by=by,
        recorded_at=now,
        reason=reason,
        catalog=version,
        splits_month=True,
    )


def with_staying(
    impact: Impact, subscriptions: Sequence[Subscription], those: Sequence[Staying], now: datetime
) -> Impact:
    """The impact as it is when these stay: customers all of whose subscriptions stay pay as before."""
    stays = {one.before.id: one.after for one in those}
    reached = {one.customer for one in subscriptions if one.id not in stays and follows_live(one, now)}
    held = {one.before.customer: one.after for one in those if one.before.customer not in reached}
    rows = [_held(one, held[one.customer]) if one.customer in held else one for one in impact.customers]
    return replace(impact, customers=tuple(rows))


def _held(one: CustomerImpact, after: Subscription) -> CustomerImpact:
    until = after.catalog_until or any(change.catalog == LIVE for change in after.changes)
    follows = Follows.UNTIL if until else Follows.PINNED
    moved = one.moved or ZERO
    return replace(one, new=one.old, moved=moved, cost_new=one.cost_old, follows=follows, problems=())
