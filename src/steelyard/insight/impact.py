"""What a catalog would have charged for usage that did happen, beside what the live one charges for it.

Both bills of a customer come from `billing.draft`, from the same readings: the usage store is asked once for
whatever either catalog needs, and about no other meter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from steelyard.billing.accounts import Account, Cards, Months, account, by_customer
from steelyard.billing.costs import usage_costs
from steelyard.billing.draft import draft
from steelyard.billing.model import DraftInvoice
from steelyard.billing.readings import Span, read_terms
from steelyard.billing.rounding import nothing
from steelyard.billing.terms import Terms
from steelyard.catalog import Catalog, CatalogVersion, Impact, catalog_id, live_version
from steelyard.catalog.impact import CustomerImpact, Follows
from steelyard.contracts import LIVE, Customer, Subscription
from steelyard.insight.usage_once import UsageOnce
from steelyard.kernel import ZERO, Period
from steelyard.metering import UsageStore
from steelyard.record import State

Progress = Callable[[int, int], None]
"""Told how many steps are done, of how many: half of them are the reading of usage, half the bills."""

_TOLD_EVERY: Final = 50

Costs = Mapping[str, Decimal | None]
"""What each customer's usage cost, in the customer's currency; None where it was in another one."""


class AsIfLive(Cards):
    """Rate cards as if this version were the live one."""

    def __init__(self, state: State, version: CatalogVersion) -> None:
        super().__init__(state)
        self._candidate = version

    def version(self, name: str) -> CatalogVersion | None:
        """The catalog version of that id, or the one that is taken for live."""
        return self._candidate if name in (LIVE, self._candidate.id) else super().version(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """The accounts of everybody by one catalog, in one order, and what their usage costs by it."""

    accounts: Sequence[Account]
    terms: Sequence[Sequence[Terms]]
    costs: Costs


def impact_of(
    state: State,
    usage: UsageStore,
    candidate: Catalog,
    *,
    month: str,
    now: datetime,
    record_size: int = 0,
    customers: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Impact:
    """Old and new bill of everybody (or of those named) whose subscription ran in the month.

    The old bill is by the version that is live, the new one by the candidate, for the same usage as known
    now; subscriptions that stay on a version stay. What the candidate asks of events that no meter read yet
    is first read from all that are stored. Raises InvalidInput for what is no month.
    """
    live = live_version(state) or _version(Catalog(), now, identity="")
    new = _version(candidate, now, identity=catalog_id(candidate))
    once = UsageOnce(usage)
    work = _Work(state=state, once=once, month=month, customers=customers)
    everybody = work.customers_with_subscriptions()
    tell = progress or _tell_nobody
    steps = len(everybody)
    tell(0, 2 * steps)
    old_side, new_side = work.sides(everybody, (live, new))
    moved = work.moved(everybody, new, now)
    rows: list[CustomerImpact] = []
    for place, (customer, subscriptions) in enumerate(everybody):
        if old_side.accounts[place].spans:
            rows.append(_row(customer, subscriptions, place, old_side, new_side, moved, now))
        if place % _TOLD_EVERY == 0 or place + 1 == steps:
            tell(steps + place + 1, 2 * steps)
    return Impact(
        base=live.id,
        candidate=new.id,
        period=month,
        customers=tuple(sorted(rows, key=lambda one: one.customer)),
        record_size=record_size,
        partial=any(one.period.end > now for one in old_side.accounts),
    )


def _tell_nobody(_done: int, _total: int) -> None:
    """Where nobody watches."""


def _version(catalog: Catalog, now: datetime, *, identity: str) -> CatalogVersion:
    return CatalogVersion(id=identity, number=0, published_at=now, published_by="", catalog=catalog)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What both sides of the comparison are worked out from."""

    state: State
    once: UsageOnce
    month: str
    customers: Sequence[str] | None

    def customers_with_subscriptions(self) -> list[tuple[Customer, list[Subscription]]]:
        """Whoever has any, with all of them."""
        named = None if self.customers is None else set(self.customers)
        subscriptions = by_customer(self.state.find(Subscription))
        return [
            (one, subscriptions[one.key])
            for one in self.state.find(Customer)
            if one.key in subscriptions and (named is None or one.key in named)
        ]

    def sides(
        self,
        everybody: Sequence[tuple[Customer, list[Subscription]]],
        versions: tuple[CatalogVersion, CatalogVersion],
    ) -> list[_Side]:
        """The accounts by each version, all their usage read together."""
        months = Months(self.month)
        accounts = [
            [
                account(customer, subscriptions, months.period(customer.timezone), cards)
                for customer, subscriptions in everybody
            ]
            for cards in (AsIfLive(self.state, version) for version in versions)
        ]
        spans: list[Span] = [span for side in accounts for one in side for span in one.spans]
        read = iter(read_terms(self.once.store, spans))
        terms = [[[next(read) for _ in one.spans] for one in side] for side in accounts]
        old, new = (version.catalog for version in versions)
        costs = self._costs(old, accounts[0])
        moved = costs if _cost_alike(old, new) else self._costs(new, accounts[0])
        return [
            _Side(accounts=side, terms=those, costs=own)
            for side, those, own in zip(accounts, terms, (costs, moved), strict=True)
        ]

    def moved(
        self,
        everybody: Sequence[tuple[Customer, list[Subscription]]],
        version: CatalogVersion,
        now: datetime,
    ) -> Mapping[str, tuple[Account, list[Terms]]]:
        """The accounts of those who stay on another version, as if they moved to this one."""
        months, cards = Months(self.month), AsIfLive(self.state, version)
        accounts = [
            account(
                customer,
                subscriptions,
                months.period(customer.timezone),
                cards,
                {one.id: version.id for one in subscriptions},
            )
            for customer, subscriptions in everybody
            if _follows(subscriptions, now) is not Follows.LIVE
        ]
        read = iter(read_terms(self.once.store, [span for one in accounts for span in one.spans]))
        return {one.customer.key: (one, [next(read) for _ in one.spans]) for one in accounts}

    def _costs(self, catalog: Catalog, accounts: Iterable[Account]) -> Costs:
        by_period: dict[Period, dict[str, str]] = {}
        for one in accounts:
            by_period.setdefault(one.period, {})[one.customer.key] = one.customer.currency
        found: dict[str, Decimal | None] = {}
        for period, currencies in by_period.items():
            named = None if self.customers is None and len(by_period) == 1 else sorted(currencies)
            for cost in usage_costs(self.once.store, catalog, period, customers=named):
                own = currencies.get(cost.customer)
                if own is None or not cost.total:
                    continue
                so_far = found.get(cost.customer, ZERO)
                same = cost.currency in (own, "")
                found[cost.customer] = so_far + cost.total if same and so_far is not None else None
        return found


def _cost_alike(old: Catalog, new: Catalog) -> bool:
    """Whether the same usage costs the same by both: the same cost cards over the same meters."""
    keys = {price.metric for price in old.cost_prices if price.metric is not None}
    return old.cost_prices == new.cost_prices and all(
        old.metric(key).meter == new.metric(key).meter for key in keys
    )


def _row(
    customer: Customer,
    subscriptions: Sequence[Subscription],
    place: int,
    old_side: _Side,
    new_side: _Side,
    moved: Mapping[str, tuple[Account, list[Terms]]],
    now: datetime,
) -> CustomerImpact:
    period = old_side.accounts[place].period
    old_terms, new_terms = old_side.terms[place], new_side.terms[place]
    old = draft(customer, period, old_terms)
    new = old if _same(old_terms, new_terms) else draft(customer, period, new_terms)
    as_moved = new
    if customer.key in moved:
        as_moved = draft(customer, period, moved[customer.key][1])
    plans = dict.fromkeys(one.card.plan_name for one in old_terms)
    return CustomerImpact(
        customer=customer.key,
        name=customer.name,
        currency=customer.currency,
        old=_bill(old),
        new=_bill(new),
        moved=_bill(as_moved),
        cost_old=old_side.costs.get(customer.key, ZERO),
        cost_new=new_side.costs.get(customer.key, ZERO),
        follows=_follows(subscriptions, now),
        plan=", ".join(plans),
        segment=customer.attributes_at(period.start).get("segment", ""),
        problems=() if old.problems else new.problems,
    )


def _bill(one: DraftInvoice) -> Decimal:
    """What the bill says before tax; a bill that cannot be finished charges nothing."""
    return nothing(one.currency) if one.problems else one.subtotal


def _same(old: Sequence[Terms], new: Sequence[Terms]) -> bool:
    """Whether these terms make the same bill: they differ in the version's name at most."""
    return len(old) == len(new) and all(
        replace(one, card=replace(one.card, catalog_version=other.card.catalog_version)) == other
        for one, other in zip(old, new, strict=True)
    )


def _follows(subscriptions: Iterable[Subscription], now: datetime) -> Follows:
    """Which catalog these follow now: all the same way, or mixed.

    >>> from steelyard.kernel import instant
    >>> now = instant("2026-02-01T00:00:00Z")
    >>> one = Subscription(id="s", customer="a", plan="p", start=instant("2026-01-01T00:00:00Z"))
    >>> _follows([one], now).value, _follows([one, replace(one, catalog="cat_1")], now).value
    ('live', 'mixed')
    """
    found = {_way(one, now) for one in subscriptions}
    return found.pop() if len(found) == 1 else Follows.MIXED


def _way(subscription: Subscription, now: datetime) -> Follows:
    moment = max(now, subscription.start)
    catalog = subscription.terms_at(moment).catalog
    if catalog == LIVE:
        return Follows.LIVE
    until = subscription.catalog_until
    ends = until is not None and until > moment and catalog == subscription.catalog
    to_come = [one for one in subscription.changes if one.effective_from > moment and not one.withdrawn]
    return Follows.UNTIL if ends or any(one.catalog == LIVE for one in to_come) else Follows.PINNED
