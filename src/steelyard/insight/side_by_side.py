"""The bills of a migration side by side: what its customers pay by the one catalog and by the other.

Both are drafts of `billing.draft` for the same usage; one of them is due, the other is for comparison and
never posted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from steelyard.billing.accounts import Cards, Months, account
from steelyard.billing.coming import active_part
from steelyard.billing.draft import draft
from steelyard.billing.model import DraftInvoice
from steelyard.billing.readings import read_terms
from steelyard.contracts import Customer, Subscription
from steelyard.contracts.migration import Migration
from steelyard.kernel import NotFound, Period
from steelyard.metering import UsageStore
from steelyard.record import State


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoBills:
    """A customer's bill by the terms before the migration and after it; `new_is_due` says which is due."""

    customer: str
    name: str
    currency: str
    old: DraftInvoice
    new: DraftInvoice
    new_is_due: bool

    @property
    def difference(self) -> Decimal:
        """How much more the customer pays after the migration (negative: less)."""
        return self.new.subtotal - self.old.subtotal


def two_bills(
    state: State, usage: UsageStore, migration: Migration, month: str, *, only: str = ""
) -> tuple[TwoBills, ...]:
    """Both bills of each customer of the migration for the month, or of `only` one, by customer key."""
    cards, months = Cards(state), Months(month)
    customers = {one.key: one for one in state.find(Customer)}
    keys = sorted({one.customer for one in migration.moved if only in ("", one.customer)})
    subscriptions = {key: state.find(Subscription, customer=key) for key in keys}
    old = {one.subscription: _version(cards, one.before) for one in migration.moved}
    new = {one.subscription: _version(cards, migration.to) for one in migration.moved}
    periods = {key: months.period(customers[key].timezone) for key in keys}
    new_is_due = {key: _new_is_due(migration, subscriptions[key], periods[key]) for key in keys}
    bills: dict[bool, list[DraftInvoice]] = {}
    for is_new, versions in ((False, old), (True, new)):
        # The one that is due is the bill itself, whatever it is by; only the other one is made up.
        accounts = [
            account(
                customers[key],
                subscriptions[key],
                periods[key],
                cards,
                {} if is_new == new_is_due[key] else versions,
            )
            for key in keys
        ]
        read = iter(read_terms(usage, [span for one in accounts for span in one.spans]))
        bills[is_new] = [draft(one.customer, one.period, [next(read) for _ in one.spans]) for one in accounts]
    return tuple(
        TwoBills(
            customer=key,
            name=customers[key].name,
            currency=customers[key].currency,
            old=before,
            new=after,
            new_is_due=new_is_due[key],
        )
        for key, before, after in zip(keys, bills[False], bills[True], strict=True)
    )


def _new_is_due(migration: Migration, subscriptions: Sequence[Subscription], month: Period) -> bool:
    """Whether the month, or a part of it, is billed by what the migration moves to."""
    moved = {one.subscription for one in migration.moved}
    return any(one.id in moved and _follows(one, migration, month) for one in subscriptions)


def _follows(one: Subscription, migration: Migration, month: Period) -> bool:
    active = active_part(one, month) or month
    since = max(active.start, one.start)
    if one.terms_at(since).catalog == migration.to and migration.effective_at <= since:
        return True
    turns = one.turns_over(active)
    return any(turn.catalog == migration.to and migration.effective_at <= turn.at for turn in turns)


def _version(cards: Cards, name: str) -> str:
    found = cards.version(name)
    if found is None:
        raise NotFound(f"there is no catalog version {name[:60]!r}", code="unknown_catalog_version")
    return found.id
