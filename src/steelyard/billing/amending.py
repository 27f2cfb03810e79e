"""What a change of terms does to money: the months that it touches, drafted before and after it.

Both drafts come from the functions that the bill comes from, by the usage that was measured until now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from steelyard.billing.accounts import Cards, account
from steelyard.billing.documents import documents_of
from steelyard.billing.draft import draft
from steelyard.billing.model import DraftInvoice, Line
from steelyard.billing.readings import read_terms
from steelyard.billing.run import Books
from steelyard.contracts import Contract, Customer, Subscription
from steelyard.kernel import ZERO, Period, Problem, iso
from steelyard.kernel.period import month_of


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChange:
    """One line of a month before and after a change of terms; None where it was not, or is no more."""

    title: str
    reason: str
    period: Period
    before: Decimal | None
    after: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthChange:
    """A month before and after a change of terms: what is given back, what is charged instead, the net.

    `credit` is negative or nothing. All is before tax, by the usage measured until now.
    """

    period_name: str
    currency: str
    before: Decimal
    after: Decimal
    credit: Decimal
    charge: Decimal
    lines: tuple[LineChange, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def net(self) -> Decimal:
        """How much more the month comes to."""
        return self.after - self.before


def months_changed(
    books: Books,
    customer: Customer,
    *,
    before: Sequence[Subscription],
    after: Sequence[Subscription],
    since: datetime,
    contracts: Sequence[Contract] | None = None,
    months: int = 2,
) -> list[MonthChange]:
    """The month in which the change takes effect and those after it, by both sets of subscriptions.

    `contracts` are those that hold after the change, where they are others than now.
    """
    found: list[MonthChange] = []
    period, cards = month_of(since, customer.timezone), Cards(books.state)
    for _ in range(months):
        old = account(customer, before, period, cards)
        new = account(customer, after, period, cards, contracts=contracts)
        terms = iter(read_terms(books.usage, [*old.spans, *new.spans]))
        was = draft(customer, period, [next(terms) for _ in old.spans])
        now = draft(customer, period, [next(terms) for _ in new.spans])
        found.append(compared(was, now))
        period = month_of(period.end, customer.timezone)
    return found


def compared(was: DraftInvoice, now: DraftInvoice) -> MonthChange:
    """What differs between two drafts of the same month, line by line."""
    old, new = {_key(one): one for one in was.lines}, {_key(one): one for one in now.lines}
    lines: list[LineChange] = []
    for key in dict.fromkeys((*old, *new)):
        one, other = old.get(key), new.get(key)
        said = other or one
        if said is not None and (one is None or other is None or one.amount != other.amount):
            lines.append(
                LineChange(
                    title=said.title,
                    reason=said.reason,
                    period=said.period,
                    before=one.amount if one else None,
                    after=other.amount if other else None,
                )
            )
    moved = [(one.after or ZERO) - (one.before or ZERO) for one in lines]
    return MonthChange(
        period_name=now.period_name,
        currency=now.currency,
        before=was.subtotal,
        after=now.subtotal,
        credit=sum((one for one in moved if one < 0), ZERO),
        charge=sum((one for one in moved if one > 0), ZERO),
        lines=tuple(lines),
        problems=now.problems,
    )


def _key(line: Line) -> tuple[str, str, str, str, str]:
    since = f"{iso(line.period.start)}/{iso(line.period.end)}"
    return line.subscription, line.group.value, line.price_key, line.reason, since


def billed_until(books: Books, customer: str) -> datetime | None:
    """The end of the last period for which the customer has a document; None where none is billed."""
    return max((one.period.end for one in documents_of(books.state, customer)), default=None)
