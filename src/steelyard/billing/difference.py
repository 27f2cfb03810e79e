"""What a change of usage does to money: the months that it touches, drafted before and after, and compared.

Both drafts come from the functions that the bill comes from. A month that was billed is priced as it was
billed; the difference is then what the next document adjusts it by, tax apart. Credit counts: what lots pay
is owed by nobody, and what goes back to a lot is no money.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from steelyard.billing.accounts import Account, Cards, Months, account
from steelyard.billing.adjust import billed_periods
from steelyard.billing.credits import credited, resettled
from steelyard.billing.documents import documents_of
from steelyard.billing.draft import draft
from steelyard.billing.history import History
from steelyard.billing.lots_kept import LotBook
from steelyard.billing.model import Document, DraftInvoice
from steelyard.billing.readings import read_terms
from steelyard.billing.run import Books
from steelyard.contracts import Customer, Subscription
from steelyard.kernel import Problem
from steelyard.metering import Meter, UsageStore


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyChange:
    """What a month of a customer comes to before and after, tax included; `problems` where it cannot be said.

    `billed` tells that the month has a document, which the next one adjusts.
    """

    customer: str
    period: str
    currency: str
    before: Decimal
    after: Decimal
    billed: bool
    problems: tuple[Problem, ...] = ()

    @property
    def difference(self) -> Decimal:
        """How much more is owed."""
        return self.after - self.before


Drafts = Mapping[tuple[str, str], DraftInvoice]
"""Drafts by customer and month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchedMonth:
    """A customer's month by the account that prices it, with its documents, or the lots that may pay it."""

    account: Account
    month: str
    documents: tuple[Document, ...]
    lots: LotBook

    @property
    def billed(self) -> bool:
        """Whether it has a document."""
        return bool(self.documents)

    def paid(self, now: DraftInvoice) -> DraftInvoice:
        """The draft of the month with the credit that paid it, or may pay it; no credit is sold by it."""
        customer = self.account.customer
        if self.documents:
            return resettled(now, self.documents, customer.tax)
        return credited(now, customer, replace(self.lots.credits(now), orders=()))


def touched_months(books: Books, months: Iterable[tuple[str, str]]) -> list[TouchedMonth]:
    """The accounts of these customers' months (`2026-10`); who is no customer has none.

    The meters that they read are made known to the store.
    """
    cards, history = Cards(books.state), History(books.state, books.usage, books.reader)
    found: list[TouchedMonth] = []
    for key, month in months:
        customer = books.state.get(Customer, key)
        if customer is None:
            continue
        billed = {one.name: one for one in billed_periods(documents_of(books.state, key))}.get(month)
        if billed is not None:
            one = history.account(billed, cards)
        else:
            subscriptions = books.state.find(Subscription, customer=key)
            one = account(customer, subscriptions, Months(month).period(customer.timezone), cards)
        documents = () if billed is None else (billed.first, *billed.later)
        lots = LotBook(books.state, [key])
        found.append(TouchedMonth(account=one, month=month, documents=documents, lots=lots))
    books.usage.prepare(_meters(found))
    return found


def _meters(touched: Iterable[TouchedMonth]) -> Sequence[Meter]:
    return [
        item.metric.meter
        for one in touched
        for span in one.account.spans
        for item in span.card.items
        if item.metric is not None
    ]


def drafts(usage: UsageStore, touched: Iterable[TouchedMonth]) -> Drafts:
    """Each month as it would be charged by what this store measures, without adjustments of others."""
    every = list(touched)
    terms = iter(read_terms(usage, [span for one in every for span in one.account.spans]))
    return {
        (one.account.customer.key, one.month): one.paid(
            draft(one.account.customer, one.account.period, [next(terms) for _ in one.account.spans])
        )
        for one in every
    }


def money_changes(touched: Iterable[TouchedMonth], before: Drafts, after: Drafts) -> list[MoneyChange]:
    """What differs between two sets of drafts of the same months; equal ones are left out."""
    found: list[MoneyChange] = []
    for one in touched:
        place = one.account.customer.key, one.month
        old, new = before[place], after[place]
        problems = tuple(dict.fromkeys((*old.problems, *new.problems)))
        if old.total == new.total and not problems:
            continue
        found.append(
            MoneyChange(
                customer=place[0],
                period=one.month,
                currency=new.currency,
                before=old.total,
                after=new.total,
                billed=one.billed,
                problems=problems,
            )
        )
    return sorted(found, key=lambda one: (one.customer, one.period))
