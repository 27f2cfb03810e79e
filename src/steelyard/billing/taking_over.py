"""What a commitment has left when somebody else takes it over: where it stands, as billed and measured."""

from __future__ import annotations

from datetime import datetime

from steelyard.billing.as_agreed import standings_of
from steelyard.billing.committing import Standing
from steelyard.billing.run import Books
from steelyard.contracts import Customer, Subscription
from steelyard.contracts.commitments import Opening
from steelyard.contracts.merging import Openings
from steelyard.kernel import NotFound
from steelyard.kernel.period import month_of, zone


def openings_of(books: Books, customer: str, moment: datetime) -> Openings:
    """Where each commitment of the customer stands at the moment, by subscription and key.

    In the middle of a month, what the month drew until now has been drawn, and its fee is paid by whoever had
    the commitment at its start; at the start of a month nothing of that month is.
    """
    known = books.state.get(Customer, customer)
    if known is None:
        raise NotFound(f"there is no customer {customer!r}", code="unknown_customer")
    start = month_of(moment, known.timezone).start
    month = f"{start.astimezone(zone(known.timezone)):%Y-%m}"
    return {
        (subscription.id, one.held.agreed.key): _opening(one, begun=moment > start)
        for subscription in books.state.find(Subscription, customer=customer)
        if subscription.active_at(moment) and subscription.commitments
        for one in standings_of(books, subscription, month)
    }


def _opening(one: Standing, *, begun: bool) -> Opening:
    before = one.before
    if not begun:
        return Opening(month=before.month, drawn=before.drawn, carried=before.carried)
    return Opening(month=before.month, drawn=before.drawn + one.month.own, fee_paid=True)
