"""Commitments with terms of their own: what a month draws on them, what lies above, what is trued up.

The month is settled after discounts, on what the lines say. Where it stands follows from the months before,
as they were billed: the same course is run again from the commitment's start, so that nothing is kept beside
the documents. Published prices stand on the lines; what committed rates take off is a discount line, what was
paid for already a credit line, and what lies above the commitment is said in words.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from steelyard.billing.model import Line, LineGroup
from steelyard.billing.past import by_month
from steelyard.billing.rounding import kept, rounded
from steelyard.billing.terms import Terms, share_of
from steelyard.contracts.commitments import CommitmentScope, CommitmentTerms
from steelyard.kernel import ONE, ZERO, Period, add_months, minor_digits
from steelyard.kernel.period import zone
from steelyard.rating import Step, StepKind, Wording
from steelyard.rating.commitment_course import (
    Course,
    CourseTerms,
    MonthSettled,
    Payment,
    Position,
    prorated_terms,
    settle_month,
)

CHARGES = frozenset(
    {
        LineGroup.CORE,
        LineGroup.OVERAGE,
        LineGroup.ADD_ON,
        LineGroup.SUPPORT,
        LineGroup.SERVICES,
        LineGroup.COMMITTED,
        LineGroup.DISCOUNT,
    }
)
"""The groups in which lines of a price may stand, with what is taken off them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A commitment with the terms of the subscription that holds it."""

    terms: Terms
    agreed: CommitmentTerms

    def covers(self, line: Line, measured: Container[tuple[str, str]] = ()) -> bool:
        """Whether the line, or what is taken off it, falls under the commitment.

        `measured` are the subscriptions and prices of the month whose charges rest on usage.
        """
        if not line.price_key or line.group not in CHARGES or line.adjusts is not None:
            return False
        if line.borne is not None and line.borne.customer != self.terms.card.customer:
            return line.borne.contract == self.agreed.contract and self.agreed.key in line.borne.commitments
        own = line.subscription == self.terms.card.subscription
        if not own and self.agreed.scope is CommitmentScope.SUBSCRIPTION:
            return False
        if not self.agreed.covers:
            # What takes a measured charge off is about it, too.
            taken_off = self.agreed.net_of_discounts and (line.subscription, line.price_key) in measured
            return bool(line.metric) or line.borne is not None or taken_off
        families = {item.price.key: item.price.family for item in self.terms.card.items}
        return line.price_key in self.agreed.covers or families.get(line.price_key) in self.agreed.covers


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A commitment's month: the terms and where it stood before, and what the month comes to."""

    held: Held
    course: CourseTerms
    before: Position
    month: MonthSettled


def committed_lines(
    terms: Iterable[Terms], lines: Sequence[Line], period: Period, timezone: str
) -> list[Line]:
    """The lines of all commitments for the month, given the charges and discounts that stand already.

    >>> committed_lines([], [], Period.month(2026, 10), "UTC")
    []
    """
    found = standings(terms, lines, period, timezone)
    return [line for one in found for line in _lines(one)]


def standings(terms: Iterable[Terms], lines: Sequence[Line], period: Period, timezone: str) -> list[Standing]:
    """Where each commitment that holds in the month stands, in the order in which they draw."""
    every = list(terms)
    held = [
        Held(terms=one, agreed=agreed)
        for one in every
        for agreed in one.card.arrangement.commitments
        if agreed.month_of(period, timezone) >= 0 and not _is_over(one, agreed, period)
    ]
    if not held:
        return []
    held.sort(key=lambda one: (one.agreed.priority, one.agreed.key))
    start = min(one.agreed.start for one in held)
    count = max(one.agreed.month_of(period, timezone) for one in held)
    past = max((one.past for one in every), key=len)
    positions: dict[int, Position] = {}
    for place, before in enumerate(by_month(past, start, timezone, count)):
        month = _months_before(period, count - place, timezone)
        for number, one in _settled(held, positions, before.lines if before else (), month, timezone).items():
            positions[number] = one.month.after
    return list(_settled(held, positions, lines, period, timezone).values())


def _settled(
    held: Sequence[Held], positions: dict[int, Position], lines: Sequence[Line], month: Period, timezone: str
) -> dict[int, Standing]:
    """What the month comes to for each commitment that has begun, by its place."""
    begun = [number for number, one in enumerate(held) if one.agreed.month_of(month, timezone) >= 0]
    measured = {(line.subscription, line.price_key) for line in lines if line.metric}
    values = _net_by_price(
        line for line in lines if any(held[number].covers(line, measured) for number in begun)
    )
    courses = [
        Course(
            terms=_terms_in(held[number], month, timezone),
            position=positions.get(number, _opening(held[number])),
            covers=tuple(held[number].covers(line, measured) for line, _ in values),
            final=_ends_in(held[number], month),
            fee_paid=_fee_paid(held[number], month, timezone),
        )
        for number in begun
    ]
    months = settle_month(courses, [value for _, value in values])
    return {
        number: Standing(held=held[number], course=course.terms, before=course.position, month=settled)
        for number, course, settled in zip(begun, courses, months, strict=True)
    }


def _opening(one: Held) -> Position:
    """Where the commitment stands before its first month: at nothing, or where it was taken over."""
    opening = one.agreed.opening
    if opening is None:
        return Position()
    return Position(month=opening.month, drawn=opening.drawn, carried=opening.carried)


def _fee_paid(one: Held, month: Period, timezone: str) -> bool:
    opening = one.agreed.opening
    return opening is not None and opening.fee_paid and one.agreed.month_of(month, timezone) == 0


def _net_by_price(lines: Iterable[Line]) -> list[tuple[Line, Decimal]]:
    """What each price comes to after what was taken off it, with its first line."""
    found: dict[tuple[str, str], tuple[Line, Decimal]] = {}
    for line in lines:
        place = (line.subscription, line.price_key)
        first, value = found.get(place, (line, ZERO))
        found[place] = (first, value + line.amount)
    return list(found.values())


def _terms_in(one: Held, month: Period, timezone: str) -> CourseTerms:
    """The terms for the month: a monthly amount only for the days on which the commitment ran."""
    course = one.agreed.course
    if course.months > 1:
        return course
    active = _active(one, month)
    share = share_of(active, month, timezone)
    return prorated_terms(course, share.days, share.of)


def _active(one: Held, month: Period) -> Period:
    own = None if one.agreed.contract else one.terms.card.arrangement.start
    start = max(one.agreed.start, month.start, own or month.start)
    end = min(one_end for one_end in (month.end, _end(one.terms, one.agreed)) if one_end is not None)
    return Period(start=start, end=end) if start < end else month


def _end(terms: Terms, agreed: CommitmentTerms) -> datetime | None:
    # What a contract commits to does not end with the subscription that it stands with.
    own = None if agreed.contract else terms.card.arrangement.end
    ends = [end for end in (agreed.end, own) if end is not None]
    return min(ends, default=None)


def _is_over(terms: Terms, agreed: CommitmentTerms, period: Period) -> bool:
    end = _end(terms, agreed)
    return end is not None and end <= period.start


def _ends_in(one: Held, month: Period) -> bool:
    end = _end(one.terms, one.agreed)
    return end is not None and end <= month.end


def _months_before(period: Period, count: int, timezone: str) -> Period:
    local = period.start.astimezone(zone(timezone)).date()
    first = add_months(local.replace(day=1), -count)
    return Period.month(first.year, first.month, timezone)


def _lines(one: Standing) -> list[Line]:
    """The lines of one commitment: what is due, what committed rates take off, what is covered, the rest."""
    wording = Wording(decimals=minor_digits(one.held.terms.card.currency))
    parts = (_fee, _rates, _covered, _overage, _true_up)
    found = [part for part in (make(one, wording) for make in parts) if part is not None]
    if found and not one.month.usage_value:
        return [_line(one, *part) for part in found]
    # Where the commitment stands is said once: on the line of what it covers or of what it takes off. So does
    # a month in which nothing was used: it gets a document, and later months look back on documents.
    place = next((n for n, part in reversed([*enumerate(found)]) if part[0] in _SAYS_STANDING), None)
    if place is None:
        found.append((LineGroup.COMMITTED, "Commitment", "standing", _notes(one, wording)))
    else:
        found[place] = (*found[place][:3], (*found[place][3], *_notes(one, wording)))
    return _to_the_cent(one, [_line(one, *part) for part in found])


def _to_the_cent(one: Standing, lines: list[Line]) -> list[Line]:
    """The lines with what is covered such that exactly what is owed for the usage is left, rounded once.

    What committed rates take off and what is covered would else be rounded twice, and differ by a cent.
    """
    off = next((line for line in lines if line.group is LineGroup.DISCOUNT), None)
    covered = next((line for line in lines if line.group is LineGroup.CREDIT), None)
    if off is None or covered is None:
        return lines
    value, currency = one.month.usage_value, one.held.terms.card.currency
    owed = rounded(value + off.amount_exact + covered.amount_exact, currency)
    exactly = replace(covered, amount=owed - value - off.amount)
    return [exactly if line is covered else line for line in lines]


_SAYS_STANDING = (LineGroup.CREDIT, LineGroup.DISCOUNT)

_Part = tuple[LineGroup, str, str, tuple[Step, ...]]


def _fee(one: Standing, wording: Wording) -> _Part | None:
    fee = one.month.fee
    if not fee:
        return None
    term = "month" if one.course.months == 1 else "year"
    text = f"{wording.amount(one.course.amount)} committed for the {term}"
    if fee != one.course.amount:
        text += f", of which {wording.amount(fee)} are due now"
    return LineGroup.COMMITTED, "Committed amount", "", (_step(text, fee, StepKind.FLAT),)


def _rates(one: Standing, wording: Wording) -> _Part | None:
    """What committed rates take off what lies within the commitment and its burst buffer."""
    month = one.month
    value = month.carried_value + month.own_value + month.burst_value
    off = value - month.carried - month.own - month.burst
    if not off:
        return None
    percent = wording.number(one.course.percent)
    text = f"{percent} % off {wording.amount(value)} within the commitment and its burst buffer"
    return LineGroup.DISCOUNT, "Committed rates", "rates", (_step(text, -off, StepKind.LESS),)


def _covered(one: Standing, wording: Wording) -> _Part | None:
    """What was paid for already: what rolled over, and the term's own amount where it is prepaid."""
    month, steps = one.month, list[Step]()
    if month.carried:
        text = f"{wording.amount(month.carried)} covered by what rolled over"
        steps.append(_step(text, -month.carried, StepKind.LESS))
    if month.own and one.course.payment is not Payment.POSTPAID:
        text = f"{wording.amount(month.own)} covered by the commitment"
        steps.append(_step(text, -month.own, StepKind.LESS))
    if not steps:
        return None
    return LineGroup.CREDIT, "Covered by the commitment", "", tuple(steps)


def _overage(one: Standing, wording: Wording) -> _Part | None:
    """What overage costs beyond published rates; at those it costs nothing more than the lines say."""
    month = one.month
    more = month.overage - month.overage_value
    if not more:
        return None
    times = wording.number(one.course.overage_factor)
    text = (
        f"{wording.amount(month.overage_value)} above the commitment × {times}: {wording.amount(more)} more"
    )
    return LineGroup.OVERAGE, "Overage above the commitment", "", (_step(text, more, StepKind.USAGE),)


def _true_up(one: Standing, wording: Wording) -> _Part | None:
    if not one.month.true_up:
        return None
    used = one.before.drawn + one.month.own
    text = f"{wording.amount(one.course.amount)} committed, {wording.amount(used)} used in the term"
    if one.course.payment is Payment.SCHEDULED:
        text = f"{wording.amount(one.course.amount)} committed, the rest is due at the end"
    step = _step(text, one.month.true_up, StepKind.FLAT)
    return LineGroup.COMMITTED, "True-up to the commitment", "true-up", (step,)


def _notes(one: Standing, wording: Wording) -> tuple[Step, ...]:
    """Where the commitment stands after the month, and what lies above it, in words."""
    month, course = one.month, one.course
    used = one.before.drawn + month.own
    texts = [f"{wording.amount(used)} of {wording.amount(course.amount)} used in the term"]
    if month.burst:
        texts.append(
            f"{wording.amount(month.burst)} in the burst buffer of {wording.amount(course.burst)}"
            + (", which is nearly used up" if month.alert else "")
        )
    if month.overage_value:
        rates = "published rates"
        if course.overage_factor != ONE:
            rates += f" × {wording.number(course.overage_factor)}"
        texts.append(f"{wording.amount(month.overage_value)} above it at {rates}")
    return tuple(_step(text, ZERO, StepKind.NOTE) for text in texts)


def _step(text: str, amount: Decimal, kind: StepKind) -> Step:
    return Step(text=text, quantity=ONE, unit_amount=amount, amount=amount, kind=kind)


def _line(one: Standing, group: LineGroup, title: str, about: str, steps: tuple[Step, ...]) -> Line:
    exact = kept(sum((step.amount for step in steps), ZERO))
    card, key = one.held.terms.card, one.held.agreed.key
    return Line(
        id="",
        group=group,
        title=title,
        period=one.held.terms.active,
        amount_exact=exact,
        amount=rounded(exact, card.currency),
        price_version=card.catalog_version,
        subscription=card.subscription,
        reason=f"commitment {key}" + (f", {about}" if about else ""),
        steps=steps,
    )
