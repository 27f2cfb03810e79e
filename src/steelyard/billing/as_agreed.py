"""What a month would come to if a subscription had other terms: the bill's own draft, with those terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from steelyard.billing.accounts import Cards, Months, account
from steelyard.billing.committing import Standing, standings
from steelyard.billing.draft import draft
from steelyard.billing.model import DraftInvoice
from steelyard.billing.readings import read_terms
from steelyard.billing.run import Books
from steelyard.billing.terms import Terms
from steelyard.contracts import Customer, Subscription
from steelyard.kernel import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class AsAgreed:
    """A month as things stand and as they would, both without adjustments of earlier months."""

    before: DraftInvoice
    after: DraftInvoice


def as_agreed(books: Books, changed: Subscription, month: str) -> AsAgreed:
    """The customer's month by the subscriptions there are, and with this one in place of what it was."""
    customer, terms = _terms(books, changed.customer, month, None)
    period = Months(month).period(customer.timezone)
    _, others = _terms(books, changed.customer, month, changed)
    return AsAgreed(before=draft(customer, period, terms), after=draft(customer, period, others))


def standings_of(books: Books, subscription: Subscription, month: str) -> list[Standing]:
    """Where the commitments of a subscription stand in the month, in the order in which they draw."""
    customer, terms = _terms(books, subscription.customer, month, None)
    period = Months(month).period(customer.timezone)
    lines = draft(customer, period, terms).lines
    found = standings(terms, lines, period, customer.timezone)
    return [one for one in found if one.held.terms.card.subscription == subscription.id]


def _terms(
    books: Books, key: str, month: str, changed: Subscription | None
) -> tuple[Customer, Sequence[Terms]]:
    customer = books.state.get(Customer, key)
    if customer is None:
        raise NotFound(f"there is no customer {key!r}", code="unknown_customer")
    subscriptions = books.state.find(Subscription, customer=key)
    if changed is not None:
        subscriptions = [changed if one.id == changed.id else one for one in subscriptions]
    period = Months(month).period(customer.timezone)
    one = account(customer, subscriptions, period, Cards(books.state))
    return customer, read_terms(books.usage, one.spans)
