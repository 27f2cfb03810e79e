"""Which billed months a contract would change behind their documents, and by how much.

A document says what was agreed when it was issued. What is agreed afterwards holds from the end of what is
billed on; what would have changed before is told with its money, so that nothing is changed in silence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from steelyard.billing.accounts import Account, Cards, account
from steelyard.billing.adjust import billed_periods
from steelyard.billing.amending import MonthChange, compared
from steelyard.billing.documents import DOCUMENT_KINDS, documents_of
from steelyard.billing.draft import draft
from steelyard.billing.readings import read_terms
from steelyard.billing.run import Books
from steelyard.contracts import Contract, Customer, Subscription
from steelyard.contracts.timeline import contracts_of
from steelyard.kernel import Problem, from_micros, iso, plain
from steelyard.record import State


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedMonth:
    """A billed month of a customer, as it is agreed now and as it would be."""

    customer: str
    document: str
    until: datetime
    change: MonthChange

    @property
    def problem(self) -> Problem:
        """Why the contract cannot be so, in words, with the money that it is about."""
        one = self.change
        message = (
            f"{one.period_name} is billed to {self.customer!r} ({self.document}) and would come to "
            f"{plain(one.after)} instead of {plain(one.before)} {one.currency}"
        )
        return Problem(
            code="billed_already",
            message=message,
            field="effective_from",
            allowed=f"from {iso(self.until)} on; what is owed for before can be granted as credit",
        )


def moved_months(books: Books, contract: Contract) -> list[MovedMonth]:
    """The billed months of everybody under the contract that it would change as it is to be.

    Each is drafted by what is agreed now and by what would be, with the catalog version of its document.
    """
    found: list[MovedMonth] = []
    for key in contract.customers:
        customer = books.state.get(Customer, key)
        if customer is not None:
            found += _moved(books, contract, customer)
    return found


def _moved(books: Books, contract: Contract, customer: Customer) -> Iterator[MovedMonth]:
    billed = billed_periods(documents_of(books.state, customer.key))
    until = max((one.first.period.end for one in billed), default=contract.start)
    if until <= contract.start:
        return
    cards = Cards(books.state)
    others = [one for one in cards.contracts(customer.key) if one.id != contract.id]
    agreed = contracts_of(customer.key, [*others, contract])
    subscriptions = books.state.find(Subscription, customer=customer.key)
    for one in billed:
        mine = [each for each in subscriptions if each.id in one.first.versions]
        before = account(customer, mine, one.first.period, cards, one.first.versions)
        after = account(customer, mine, one.first.period, cards, one.first.versions, agreed)
        if _rates(before) != _rates(after):
            change = _change(books, before, after)
            if change.lines:
                yield MovedMonth(customer=customer.key, document=one.first.number, until=until, change=change)


def _rates(one: Account) -> list[object]:
    """What decides about money, which is all but which contracts were looked at."""
    return [replace(span.card, contracts=()) for span in one.spans]


def _change(books: Books, before: Account, after: Account) -> MonthChange:
    terms = iter(read_terms(books.usage, [*before.spans, *after.spans]))
    was = draft(before.customer, before.period, [next(terms) for _ in before.spans])
    now = draft(after.customer, after.period, [next(terms) for _ in after.spans])
    return compared(was, now)


def billed_until_of(state: State, customers: Collection[str]) -> dict[str, datetime]:
    """The end of the last billed period of each of these customers that has one, in one question."""
    only = {"customer": next(iter(customers))} if len(customers) == 1 else {}
    found: dict[str, int] = {}
    for kind in DOCUMENT_KINDS:
        for customer, end in state.columns(kind, "customer", "period_end", **only):
            if customer in customers and customer is not None:
                found[customer] = max(found.get(customer, 0), int(end or 0))
    return {customer: from_micros(end) for customer, end in found.items() if end}
