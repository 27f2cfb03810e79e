"""Alerts about commitments: told once, when a burst buffer is nearly used up or usage goes beyond all of it.

Where every commitment stands follows from its documents and its usage at any time; an alert is the fact that
somebody could have known, with the moment. The duty of a running server and every billing run look for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from steelyard.billing.accounts import Account, Cards, Months, account, by_customer
from steelyard.billing.committing import Standing, standings
from steelyard.billing.draft import draft
from steelyard.billing.readings import read_terms
from steelyard.billing.run import Books
from steelyard.contracts import Contract, Customer, Subscription
from steelyard.kernel import content_id, encode, minor_digits
from steelyard.rating import Wording
from steelyard.record import Kind, State, Write
from steelyard.record.planned import saving, together


class AlertKind(StrEnum):
    """What an alert is about: a burst buffer that is nearly used up, or usage above commitment and buffer."""

    BURST = "burst"
    ABOVE = "above"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentAlert:
    """That a commitment reached the point at which somebody should look, in a month, and when it was seen.

    `holder` is the subscription, or the contract, that holds the commitment. `amount` is in the burst buffer,
    at committed rates, or above all, at published ones, of a `buffer` that was agreed.
    """

    id: str
    customer: str
    holder: str
    commitment: str
    kind: AlertKind
    period: str
    currency: str
    amount: Decimal
    buffer: Decimal
    text: str
    seen_at: datetime


def has_commitments(subscriptions: Iterable[Subscription], contracts: Iterable[Contract]) -> set[str]:
    """The customers with commitments that have terms of their own.

    >>> has_commitments([], [])
    set()
    """
    found = {one.customer for one in subscriptions if one.commitments}
    return found | {key for one in contracts if one.commitments for key in one.customers}


def alert_write(books: Books, months: Sequence[str], *, at: datetime) -> Write | None:
    """What to write so that everything to be told of these months is told; None where it was told already."""
    seen = (
        one
        for month in months
        for customer, standing in _standings(books, month)
        for one in alerts_of(standing, customer, month, at)
    )
    return together(_told(books.state, one) for one in seen)


def _told(state: State, one: CommitmentAlert) -> Write | None:
    known = state.version(CommitmentAlert, one.id)
    return saving(Kind.CONTRACT, one.customer, one, one.id, None) if known is None else None


def _standings(books: Books, month: str) -> Iterator[tuple[Customer, Standing]]:
    """Where every commitment stands in the month, everybody's usage read at once."""
    accounts = list(_accounts(books.state, month))
    terms = iter(read_terms(books.usage, [span for one in accounts for span in one.spans]))
    for one in accounts:
        own = [next(terms) for _ in one.spans]
        lines = draft(one.customer, one.period, own).lines
        good = [each for each in own if not each.card.problems]
        for standing in standings(good, lines, one.period, one.customer.timezone):
            yield one.customer, standing


def _accounts(state: State, month: str) -> Iterator[Account]:
    every = state.find(Subscription)
    wanted = has_commitments(every, state.find(Contract))
    subscriptions, months, cards = by_customer(every), Months(month), Cards(state)
    for key in sorted(wanted):
        customer = state.get(Customer, key)
        if customer is not None:
            yield account(customer, subscriptions.get(key, []), months.period(customer.timezone), cards)


def alerts_of(one: Standing, customer: Customer, month: str, at: datetime) -> Iterator[CommitmentAlert]:
    """What is to be told of a commitment that so stands in the month."""
    currency = one.held.terms.card.currency
    wording = Wording(decimals=minor_digits(currency))
    buffer = f"burst buffer of {wording.amount(one.course.burst)} {currency}"
    if one.month.alert:
        text = f"{wording.amount(one.month.burst)} of the {buffer} is used"
        yield _alert(one, AlertKind.BURST, one.month.burst, text, customer, month, at)
    if one.month.overage_value:
        above = f"the commitment and its {buffer}" if one.course.burst else "the commitment"
        text = f"{wording.amount(one.month.overage_value)} {currency} lies above {above}"
        yield _alert(one, AlertKind.ABOVE, one.month.overage_value, text, customer, month, at)


def _alert(
    one: Standing,
    kind: AlertKind,
    amount: Decimal,
    text: str,
    customer: Customer,
    month: str,
    at: datetime,
) -> CommitmentAlert:
    agreed = one.held.agreed
    holder = agreed.contract or one.held.terms.card.subscription
    return CommitmentAlert(
        id=content_id("alt", encode([customer.key, holder, agreed.key, kind.value, month])),
        customer=customer.key,
        holder=holder,
        commitment=agreed.key,
        kind=kind,
        period=month,
        currency=one.held.terms.card.currency,
        amount=amount,
        buffer=one.course.burst,
        text=f"commitment {agreed.key}: {text}",
        seen_at=at,
    )
