"""What a customer commits to: an amount for each month or year, what it covers, and what happens beside it.

Held by a subscription. The terms are said once and never edited: others that begin later take their place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from steelyard.kernel import LATER, ONE, ZERO, Period, Problem, plain
from steelyard.kernel.period import zone
from steelyard.rating.commitment_course import CourseTerms, Payment

_MONTHS: Final = {"month": 1, "year": 12}


class Cycle(StrEnum):
    """How long a term is for which an amount is committed: a month or a year."""

    MONTH = "month"
    YEAR = "year"

    @property
    def months(self) -> int:
        """How many billing months a term has."""
        return _MONTHS[self.value]


class CommitmentScope(StrEnum):
    """Whose usage counts: that of the subscription that holds it, or of all of the customer's."""

    SUBSCRIPTION = "subscription"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Where a commitment stood when it was taken over: the month of its term, from 0, and what was drawn.

    `carried` is what had rolled over and was not used. `fee_paid`: what the month asks in any case is paid.
    """

    month: int
    drawn: Decimal
    carried: Decimal = ZERO
    fee_paid: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentTerms:
    """A committed amount per term, in the currency of the subscription's plan.

    It holds from `start` until `end` (None: as long as the subscription), in whole billing months. `covers`
    names prices or tables of prices, nothing: everything that is measured. `schedule` is the access schedule:
    how much of a term's amount becomes usable in each of its months. Commitments draw by `priority`, the
    lower first. See `CourseTerms` for the rest. One that was taken over goes on from its `opening`; of one
    that was given away, `handed` is the part of its amount that went. `contract` names the contract that
    holds it in the place of a subscription, whose own dates then do not bound it. Where its customers share
    it and it `bears_fees`, fees and agreed quantities that members pay by the prices of `covers` count too.
    `net_of_discounts`: one that covers everything measured is settled on what discounts leave of it, as one
    that names prices is; those of earlier workspaces are settled on what is charged before discounts.

    >>> from steelyard.kernel import instant
    >>> year = CommitmentTerms(
    ...     key="c1", amount=Decimal(1200), start=instant("2026-01-15T00:00:00Z"), every=Cycle.YEAR
    ... )
    >>> year.course.months, year.month_of(Period.month(2026, 4), "UTC")
    (12, 3)
    """

    key: str
    amount: Decimal
    start: datetime
    end: datetime | None = None
    covers: tuple[str, ...] = ()
    every: Cycle = Cycle.MONTH
    payment: Payment = Payment.PREPAID
    schedule: tuple[Decimal, ...] = ()
    rollover: Decimal = ZERO
    priority: int = 0
    scope: CommitmentScope = CommitmentScope.SUBSCRIPTION
    true_up: bool = True
    percent: Decimal = ZERO
    overage_factor: Decimal = ONE
    burst: Decimal = ZERO
    alert: Decimal = Decimal("0.8")
    handed: Decimal = field(default=ZERO, metadata=LATER)
    opening: Opening | None = field(default=None, metadata=LATER)
    contract: str = field(default="", metadata=LATER)
    bears_fees: bool = field(default=False, metadata=LATER)
    net_of_discounts: bool = field(default=False, metadata=LATER)

    @property
    def course(self) -> CourseTerms:
        """The terms as rating works with them."""
        return CourseTerms(
            amount=self.amount,
            months=self.every.months,
            payment=self.payment,
            schedule=self.schedule,
            rollover=self.rollover,
            true_up=self.true_up,
            percent=self.percent,
            overage_factor=self.overage_factor,
            burst=self.burst,
            alert=self.alert,
            handed=self.handed,
        )

    def holds_in(self, month: Period, timezone: str) -> bool:
        """Whether it holds in the billing month, which it does whole."""
        return self.month_of(month, timezone) >= 0 and (self.end is None or self.end > month.start)

    def bears(self, price: str, family: str, *, measured: bool) -> bool:
        """Whether it bears a member's charge by the price, where its customers share it.

        >>> from steelyard.kernel import instant
        >>> start = instant("2026-01-01T00:00:00Z")
        >>> one = CommitmentTerms(key="c", amount=Decimal(9), start=start, covers=("fee",), bears_fees=True)
        >>> one.bears("fee", "fees", measured=False), one.bears("call", "calls", measured=True)
        (True, False)
        """
        named = price in self.covers or family in self.covers
        return named or not self.covers if measured else named and self.bears_fees

    def month_of(self, period: Period, timezone: str) -> int:
        """The how-manieth month of the commitment the period is, from 0; negative before it starts."""
        local = zone(timezone)
        first, now = self.start.astimezone(local), period.start.astimezone(local)
        return (now.year - first.year) * 12 + now.month - first.month


def as_agreed_now(new: CommitmentTerms, known: Iterable[CommitmentTerms] = ()) -> CommitmentTerms:
    """The commitment as it is made now; the known one where it is said again what was agreed earlier.

    >>> from steelyard.kernel import instant
    >>> one = CommitmentTerms(key="c", amount=Decimal(9), start=instant("2026-01-01T00:00:00Z"))
    >>> as_agreed_now(one).net_of_discounts, as_agreed_now(one, [one]).net_of_discounts
    (True, False)
    """
    made = replace(new, net_of_discounts=True)
    return next((one for one in known if replace(one, net_of_discounts=True) == made), made)


def commitment_problems(
    new: CommitmentTerms, others: Iterable[CommitmentTerms], known: Iterable[str], taken: Iterable[str] = ()
) -> Iterator[Problem]:
    """What is wrong with a new commitment of a subscription, given its others and the prices it pays.

    `taken` are prices that the plan's own commitment covers already.
    """
    if any(other.key == new.key for other in others):
        yield _wrong("exists", "key", f"there is a commitment {new.key!r} already")
    if new.end is not None and new.end <= new.start:
        yield _wrong("empty_period", "end", "it would end before it starts")
    yield from _number_problems(new)
    yield from _schedule_problems(new)
    prices = sorted(set(known))
    for place, name in enumerate(new.covers):
        if name not in prices:
            message = f"the subscription pays no price {name[:60]!r}"
            yield Problem(
                code="unknown_price",
                message=message,
                field=f"covers[{place}]",
                allowed=", ".join(prices[:20]),
            )
    both = sorted(set(new.covers or prices) & set(taken))
    if both:
        yield _wrong(
            "commitment_overlap", "covers", f"the plan's own commitment covers {', '.join(both[:5])}"
        )


def _number_problems(new: CommitmentTerms) -> Iterator[Problem]:
    if new.bears_fees and not new.covers:
        yield _wrong("fees_not_named", "covers", "it bears fees, and names no price whose fees it bears")
    if not new.amount.is_finite() or new.amount <= 0:
        yield _wrong("bad_amount", "amount", f"{new.amount} is no committed amount", "more than 0")
    if not new.percent.is_finite() or not ZERO <= new.percent < 100:
        yield _wrong("bad_percent", "percent", f"{new.percent} is no discount", "0 or more, below 100")
    for name, value in (("rollover", new.rollover), ("alert", new.alert)):
        if not value.is_finite() or not ZERO <= value <= 1:
            yield _wrong("bad_fraction", name, f"{value} is no fraction", "0 to 1")
    for name, value in (("burst", new.burst), ("overage_factor", new.overage_factor)):
        if not value.is_finite() or value < 0:
            yield _wrong("bad_amount", name, f"{value} is negative", "0 or more")


def _schedule_problems(new: CommitmentTerms) -> Iterator[Problem]:
    if not new.schedule:
        if new.payment is Payment.SCHEDULED:
            yield _wrong("bad_schedule", "schedule", "paid by a schedule, and there is none")
        return
    months, whole = new.every.months, sum(new.schedule, ZERO)
    if len(new.schedule) != months:
        message = f"a schedule has an amount for each of the {months} months of a term"
        yield _wrong("bad_schedule", "schedule", message, f"{months} amounts")
    if any(not share.is_finite() or share < 0 for share in new.schedule):
        yield _wrong("bad_schedule", "schedule", "an amount of the schedule is negative", "0 or more")
    elif whole != new.amount:
        message = f"the schedule sums to {plain(whole)}, the amount is {plain(new.amount)}"
        yield _wrong("bad_schedule", "schedule", message, plain(new.amount))


def _wrong(code: str, field: str, message: str, allowed: str = "") -> Problem:
    return Problem(code=code, message=message, field=field, allowed=allowed)
