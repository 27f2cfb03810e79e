"""The course of commitments from month to month: what is due, drawn, above it, trued up and rolled over.

A commitment is an amount for a term of one or twelve months. Usage has a published value (what its prices
say); committed units cost `percent` less. What the commitment covers draws on it at that committed value.
Above it a burst buffer is still at committed rates, up to its cap a month; the rest is overage at published
rates, times a factor. Exact and unrounded, except where a quotient has no end: that is kept to 18 decimals,
and the parts of a value still sum to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from steelyard.kernel import ONE, ZERO
from steelyard.rating.exactly import kept

_HUNDRED = Decimal(100)


class Payment(StrEnum):
    """When the committed amount is due: at each term's start, by the access schedule, or as it is used."""

    PREPAID = "prepaid"
    SCHEDULED = "scheduled"
    POSTPAID = "postpaid"


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseTerms:
    """What is committed to for each term of so many `months`.

    `schedule` says how much of the amount may be drawn from each month of the term on (empty: all at once).
    `rollover` is the fraction of what was paid and not used that may be used in the next term, only there.
    `burst` is how much a month above the commitment is still at committed rates; from `alert` of it on
    somebody should look. `handed` of the amount went over to somebody else: it cannot be drawn here any more,
    and what is still due for it is due there.
    """

    amount: Decimal
    months: int = 1
    payment: Payment = Payment.PREPAID
    schedule: tuple[Decimal, ...] = ()
    rollover: Decimal = ZERO
    true_up: bool = True
    percent: Decimal = ZERO
    overage_factor: Decimal = ONE
    burst: Decimal = ZERO
    alert: Decimal = Decimal("0.8")
    handed: Decimal = ZERO

    @property
    def factor(self) -> Decimal:
        """What a published amount is multiplied by at committed rates."""
        return (_HUNDRED - self.percent) / _HUNDRED

    def released(self, month: int) -> Decimal:
        """How much of the amount may have been drawn by the end of this month of the term, from 0."""
        return sum(self.schedule[: month + 1], ZERO) if self.schedule else self.amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a commitment stands before a month: its place in the term, what was drawn, what rolled over."""

    month: int = 0
    drawn: Decimal = ZERO
    carried: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A commitment as it enters a month; `covers` says of each value whether it falls under it.

    `final`: nothing follows this month, so a term that has begun ends with it. `fee_paid`: what is due for
    the month in any case was paid by whoever had the commitment before.
    """

    terms: CourseTerms
    position: Position
    covers: tuple[bool, ...]
    final: bool = False
    fee_paid: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthSettled:
    """What a month comes to under one commitment, and where it stands afterwards.

    `fee` is due in any case. `carried` and `own` are what was drawn, at committed rates; the amounts named
    `…_value` are the same at published rates. `usage_due` is what is to be paid for all of it, `true_up` what
    is missing to the commitment at the end of a term that is paid by use.
    """

    fee: Decimal
    carried: Decimal
    carried_value: Decimal
    own: Decimal
    own_value: Decimal
    burst: Decimal
    burst_value: Decimal
    overage_value: Decimal
    overage: Decimal
    true_up: Decimal
    alert: bool
    after: Position

    @property
    def usage_value(self) -> Decimal:
        """Everything that falls under the commitment, at published rates."""
        return self.carried_value + self.own_value + self.burst_value + self.overage_value


@dataclass(slots=True)
class _Running:
    """The sums of one commitment while a month is settled."""

    course: Course
    carried: Decimal = ZERO
    carried_value: Decimal = ZERO
    own: Decimal = ZERO
    own_value: Decimal = ZERO
    burst: Decimal = ZERO
    burst_value: Decimal = ZERO
    overage_value: Decimal = ZERO

    def draw(self, value: Decimal) -> Decimal:
        """Draws on what rolled over, then on the term's own amount; gives the value that is left."""
        terms, position = self.course.terms, self.course.position
        used, worth = _at_most(value, position.carried - self.carried, terms.factor)
        self.carried += used
        self.carried_value += worth
        left = value - worth
        most = min(terms.released(position.month), terms.amount - terms.handed)
        room = most - position.drawn - self.own
        used, worth = _at_most(left, room, terms.factor)
        self.own += used
        self.own_value += worth
        return left - worth

    def exceed(self, value: Decimal) -> None:
        """Takes what no commitment covers: first into the burst buffer, then as overage."""
        terms = self.course.terms
        used, worth = _at_most(value, terms.burst - self.burst, terms.factor)
        self.burst += used
        self.burst_value += worth
        self.overage_value += value - worth

    def settled(self) -> MonthSettled:
        terms, position = self.course.terms, self.course.position
        ends = self.course.final or position.month + 1 == terms.months
        drawn = position.drawn + self.own
        missing = max(ZERO, terms.amount - terms.handed - drawn)
        trued = self._trued_up(missing, ends=ends)
        paid = trued if terms.payment is Payment.POSTPAID else missing
        after = Position(month=position.month + 1, drawn=drawn, carried=position.carried - self.carried)
        if ends:
            after = Position(carried=kept(paid * terms.rollover))
        return MonthSettled(
            fee=ZERO if self.course.fee_paid else _fee(terms, position.month),
            carried=self.carried,
            carried_value=self.carried_value,
            own=self.own,
            own_value=self.own_value,
            burst=self.burst,
            burst_value=self.burst_value,
            overage_value=self.overage_value,
            overage=self.overage_value * terms.overage_factor,
            true_up=trued,
            alert=terms.burst > 0 and self.burst >= terms.burst * terms.alert,
            after=after,
        )

    def _trued_up(self, missing: Decimal, *, ends: bool) -> Decimal:
        """What is still to be paid for the term at its end: what was not used, or the shares not yet due."""
        terms = self.course.terms
        if not ends or not terms.true_up or terms.payment is Payment.PREPAID:
            return ZERO
        if terms.payment is Payment.POSTPAID:
            return missing
        if terms.handed:
            return ZERO
        return terms.amount - terms.released(self.course.position.month)


def settle_month(courses: Sequence[Course], values: Sequence[Decimal]) -> tuple[MonthSettled, ...]:
    """What a month of these published values comes to under the commitments, in the order of their priority.

    Each value is drawn from the commitments that cover it, one after the other; what all of them leave falls
    into the burst buffer, and then the overage, of the first of them.

    >>> terms = CourseTerms(
    ...     amount=Decimal(100), percent=Decimal(20), burst=Decimal(40), overage_factor=Decimal(2)
    ... )
    >>> (one,) = settle_month([Course(terms=terms, position=Position(), covers=(True,))], [Decimal(200)])
    >>> str(one.own_value), str(one.burst_value), str(one.overage)
    ('125', '50', '50')
    """
    running = [_Running(course=course) for course in courses]
    for place, value in enumerate(values):
        left = max(ZERO, value)
        mine = [one for one in running if one.course.covers[place]]
        for one in mine:
            left = one.draw(left)
        if mine:
            mine[0].exceed(left)
    return tuple(one.settled() for one in running)


def run_course(
    terms: CourseTerms, values: Sequence[Decimal], *, ends: bool = False
) -> tuple[MonthSettled, ...]:
    """What months of these published values come to under one commitment, one after the other.

    `ends`: the commitment ends with the last of them.

    >>> yearly = CourseTerms(amount=Decimal(1200), months=12, payment=Payment.POSTPAID)
    >>> months = run_course(yearly, [Decimal(90)] * 12)
    >>> str(months[-1].true_up), str(sum(one.own for one in months))
    ('120', '1080')
    """
    position = Position()
    found: list[MonthSettled] = []
    for place, value in enumerate(values):
        final = ends and place == len(values) - 1
        course = Course(terms=terms, position=position, covers=(True,), final=final)
        (month,) = settle_month([course], [value])
        found.append(month)
        position = month.after
    return tuple(found)


def due(terms: CourseTerms, month: MonthSettled) -> Decimal:
    """What is to be paid for a month in all: fee, usage beyond what was paid, true-up.

    >>> terms = CourseTerms(amount=Decimal(100))
    >>> [str(due(terms, one)) for one in run_course(terms, [Decimal(60), Decimal(130)])]
    ['100', '130']
    """
    own = month.own if terms.payment is Payment.POSTPAID else ZERO
    return month.fee + own + month.burst + month.overage + month.true_up


def prorated_terms(terms: CourseTerms, part: int, whole: int) -> CourseTerms:
    """The terms of a month of which only so many days are under the commitment.

    >>> prorated_terms(CourseTerms(amount=Decimal(310)), 10, 31).amount
    Decimal('100')
    """
    if part == whole:
        return terms
    return replace(terms, amount=kept(terms.amount * part / whole), burst=kept(terms.burst * part / whole))


def _fee(terms: CourseTerms, month: int) -> Decimal:
    match terms.payment:
        case Payment.POSTPAID:
            return ZERO
        case Payment.SCHEDULED:
            return terms.released(month) - (terms.released(month - 1) if month else ZERO)
        case Payment.PREPAID:
            return ZERO if month else terms.amount


def _at_most(value: Decimal, room: Decimal, factor: Decimal) -> tuple[Decimal, Decimal]:
    """How much of a published value fits into the room, at committed rates and at published ones."""
    if room <= 0 or value <= 0:
        return ZERO, ZERO
    at_rates = value * factor
    if at_rates <= room:
        return at_rates, value
    return room, room if factor == ONE else kept(room / factor)
