"""Discounts on a subscription's charges: in their declared order, each a line beside what it takes off.

They rest on what the lines say, so that nothing goes below zero by rounding. Floors bind the contract year: a
discount takes off only what the year's budget still allows, and where that was overdrawn (a subscription that
ended early), the last month of the year makes it good.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_DOWN, Decimal

from steelyard.billing.floors import FloorYear
from steelyard.billing.model import Line, LineGroup
from steelyard.billing.rounding import kept, nothing, rounded
from steelyard.billing.terms import Terms
from steelyard.contracts.discounts import AgreedDiscount
from steelyard.kernel import ONE, ZERO, Period, allocate, minor_digits
from steelyard.rating import Step, StepKind, Wording
from steelyard.rating.discounts import (
    AmountOff,
    Basis,
    FreeMonths,
    Measured,
    TermOff,
    clipped,
    percent_of,
    taken_off,
)


@dataclass(slots=True)
class _Charged:
    """A charge with what is left of it while discounts apply."""

    line: Line
    left: Decimal
    discounts: list[Line] = field(default_factory=list[Line])


def in_force(terms: Terms, period: Period, timezone: str) -> list[AgreedDiscount]:
    """The discounts of the subscription that hold in the month, in the order in which they apply."""
    return [one for one in terms.card.arrangement.discounts if one.holds(period, timezone)]


def discount_lines(
    terms: Terms, charges: Sequence[Line], period: Period, timezone: str, floors: Sequence[FloorYear] = ()
) -> list[Line]:
    """The lines by which discounts take off these charges, each within what the floors allow.

    >>> from steelyard.contracts.rate_card import RateCard
    >>> card = RateCard(
    ...     subscription="s", customer="a", plan="p", plan_name="P", currency="USD", catalog_version="c"
    ... )
    >>> october = Period.month(2026, 10)
    >>> discount_lines(Terms(card=card, active=october), [], october, "UTC")
    []
    """
    agreed = in_force(terms, period, timezone)
    every = [_Charged(line=line, left=line.amount) for line in charges if line.price_key]
    for one in _without_the_worse(agreed, every, terms, period, timezone):
        mine = [each for each in every if one.is_about(each.line.price_key) and _may(one, each)]
        for each, off in zip(mine, _offs(one, mine, terms, period, timezone), strict=True):
            allowed = _allowed(off, each.line, floors)
            if allowed > 0:
                _take(one, each, allowed, off, terms, floors)
    return [line for each in every for line in each.discounts]


def _may(one: AgreedDiscount, each: _Charged) -> bool:
    """Whether the discount stacks with those that took off the charge already."""
    if one.alone:
        return not each.discounts
    return not any(line.reason.endswith(", alone") for line in each.discounts)


def _without_the_worse(
    agreed: Sequence[AgreedDiscount],
    every: Sequence[_Charged],
    terms: Terms,
    period: Period,
    timezone: str,
) -> list[AgreedDiscount]:
    """The discounts that apply: of those with the same word, the one that takes most off the list amounts."""
    best: dict[str, tuple[Decimal, AgreedDiscount]] = {}
    for one in agreed:
        if one.best_of:
            mine = [each for each in every if one.is_about(each.line.price_key)]
            worth = sum(_offs(one, mine, terms, period, timezone), ZERO)
            if one.best_of not in best or worth > best[one.best_of][0]:
                best[one.best_of] = (worth, one)
    return [one for one in agreed if not one.best_of or best[one.best_of][1] is one]


def _offs(
    one: AgreedDiscount, mine: Sequence[_Charged], terms: Terms, period: Period, timezone: str
) -> list[Decimal]:
    """What the discount would take off each charge, in minor units."""
    currency = terms.card.currency
    if isinstance(one.form, AmountOff):
        return _shared(one, mine, terms, currency)
    measured = Measured(
        seats=_seats(one, terms),
        term_months=terms.card.arrangement.term_months,
        month=one.month_of(period, timezone),
    )
    return [
        rounded(
            taken_off(
                one.form,
                each.left,
                replace(measured, units=each.line.quantity or ZERO),
                listed=each.line.amount if one.basis is Basis.LIST else None,
            ),
            currency,
        )
        for each in mine
    ]


def _shared(one: AgreedDiscount, mine: Sequence[_Charged], terms: Terms, currency: str) -> list[Decimal]:
    """An amount that the charges share by what is left of each; one that is given once goes on next month."""
    left = [max(ZERO, each.left) for each in mine]
    whole = sum(left, ZERO)
    given = -sum(
        (line.amount for past in terms.past for line in past.lines if _is_of(line, one, terms)), ZERO
    )
    off = taken_off(one.form, whole, Measured(given=given))
    total = off.quantize(nothing(currency), rounding=ROUND_DOWN)
    if not total:
        return [ZERO] * len(mine)
    return allocate(total, left, currency)


def _is_of(line: Line, one: AgreedDiscount, terms: Terms) -> bool:
    """Whether the line is one by which this very redemption took off something."""
    mine = line.subscription == terms.card.subscription and line.group is LineGroup.DISCOUNT
    return mine and line.reason in (_reason(one), _reason(replace(one, alone=True)))


def _seats(one: AgreedDiscount, terms: Terms) -> Decimal:
    return terms.card.arrangement.quantities.get(getattr(one.form, "quantity", "seats"), ZERO)


def _allowed(off: Decimal, line: Line, floors: Sequence[FloorYear]) -> Decimal:
    return clipped(off, [floor.budget for floor in floors if floor.is_about(line)])


def _take(
    one: AgreedDiscount,
    each: _Charged,
    off: Decimal,
    wanted: Decimal,
    terms: Terms,
    floors: Sequence[FloorYear],
) -> None:
    each.discounts.append(_line(one, each, off, wanted, terms))
    each.left -= off
    for floor in floors:
        if floor.is_about(each.line):
            floor.spend(off)


def _line(one: AgreedDiscount, each: _Charged, off: Decimal, wanted: Decimal, terms: Terms) -> Line:
    wording = Wording(decimals=minor_digits(terms.card.currency))
    text = _words(one, each, terms, wording)
    if off != wanted:
        text += f", of which the floor of the contract year leaves {wording.amount(off)}"
    step = Step(
        text=text,
        quantity=ONE,
        unit_amount=-off,
        amount=-off,
        kind=StepKind.LESS,
    )
    return Line(
        id="",
        group=LineGroup.DISCOUNT,
        title=f"{one.name}: {each.line.title}",
        period=each.line.period,
        amount_exact=kept(-off),
        amount=-off,
        price_key=each.line.price_key,
        price_version=terms.card.catalog_version,
        subscription=terms.card.subscription,
        reason=_reason(one),
        steps=(step,),
    )


def _reason(one: AgreedDiscount) -> str:
    return f"discount {one.discount}, redeemed as {one.id}" + (", alone" if one.alone else "")


def _words(one: AgreedDiscount, each: _Charged, terms: Terms, wording: Wording) -> str:
    base = each.line.amount if one.basis is Basis.LIST else each.left
    if isinstance(one.form, AmountOff):
        return f"its share of {wording.amount(one.form.amount)} off"
    if isinstance(one.form, FreeMonths):
        how_long = Wording(unit="months").count(Decimal(one.form.months))
        return f"free for the first {how_long}: {wording.amount(base)} off"
    measured = Measured(
        units=each.line.quantity or ZERO,
        seats=_seats(one, terms),
        term_months=terms.card.arrangement.term_months,
    )
    percent = wording.number(percent_of(one.form, measured))
    why = f" for a term of {measured.term_months} months" if isinstance(one.form, TermOff) else ""
    return f"{percent} % off {wording.amount(base)}{why}"
