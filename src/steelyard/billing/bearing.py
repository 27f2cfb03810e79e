"""Shared commitments: a member's covered charges are taken off its document and stand on the payer's.

The charge itself is made once, on the member's document, with all its steps. A line beside it takes off what
the line says, because the commitment of the contract's own customer bears it; the same amount stands on that
customer's document, where the commitment is settled as for usage of its own. Discounts of a member are for
what it pays itself, and so are its own commitments and credit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from steelyard.billing.model import Borne, Line, LineGroup
from steelyard.billing.terms import Terms
from steelyard.contracts.commitments import CommitmentTerms
from steelyard.contracts.rate_card import Bearing, RatedItem, bears_item
from steelyard.kernel import ONE, ZERO, Period, minor_digits
from steelyard.rating import Step, StepKind, Wording


def is_borne_off(line: Line) -> bool:
    """Whether the line takes off a charge that somebody else's commitment bears."""
    return line.borne is not None and line.group is LineGroup.DISCOUNT


def borne_off(terms: Terms, lines: Iterable[Line], period: Period) -> list[Line]:
    """The lines by which shared commitments take over these charges of a member's subscription.

    >>> from steelyard.contracts.rate_card import RateCard
    >>> card = RateCard(
    ...     subscription="s", customer="a", plan="p", plan_name="P", currency="USD", catalog_version="c"
    ... )
    >>> october = Period.month(2026, 10)
    >>> borne_off(Terms(card=card, active=october), [], october)
    []
    """
    if not terms.card.bearings:
        return []
    items = {item.price.key: item for item in terms.card.items}
    found = [(line, _borne(terms, line, period, items)) for line in lines]
    return [_off(line, borne, terms) for line, borne in found if borne is not None]


def _borne(terms: Terms, line: Line, period: Period, items: Mapping[str, RatedItem]) -> Borne | None:
    """What is borne of the charge: all of it, by the first contract whose commitments cover it."""
    item = items.get(line.price_key)
    by_plan = terms.card.commitment.covers if terms.card.commitment else ()
    if item is None or line.amount <= 0 or {item.price.key, item.price.family} & set(by_plan):
        return None
    for one in terms.card.bearings:
        keys = tuple(each.key for each in _held(one, period, terms.timezone) if bears_item(each, item))
        if keys and any(at.start <= line.period.start and line.period.end <= at.end for at in one.times):
            return Borne(
                customer=terms.card.customer,
                payer=one.payer,
                contract=one.contract,
                commitments=keys,
                quantity=line.quantity or ZERO,
                amount=line.amount,
            )
    return None


def _held(one: Bearing, period: Period, timezone: str) -> list[CommitmentTerms]:
    """The commitments that hold in the month, which they do in whole months."""
    return [each for each in one.commitments if each.holds_in(period, timezone)]


def _off(line: Line, borne: Borne, terms: Terms) -> Line:
    said = Wording(decimals=minor_digits(terms.card.currency)).amount(line.amount)
    keys = ", ".join(borne.commitments)
    text = f"{said} stands on the document of {borne.payer}, whose commitment {keys} bears it"
    step = Step(text=text, quantity=ONE, unit_amount=-line.amount, amount=-line.amount, kind=StepKind.LESS)
    return Line(
        id="",
        group=LineGroup.DISCOUNT,
        title=f"Borne by {borne.payer}: {line.title}",
        period=line.period,
        amount_exact=-line.amount,
        amount=-line.amount,
        price_key=line.price_key,
        price_version=line.price_version,
        subscription=line.subscription,
        reason=f"shared commitment {keys} of contract {borne.contract}",
        steps=(step,),
        borne=borne,
    )


def not_borne(lines: Sequence[Line], off: Sequence[Line]) -> list[Line]:
    """The charges that nobody else bears.

    >>> not_borne([], [])
    []
    """
    places = {(line.price_key, line.period) for line in off}
    return [line for line in lines if (line.price_key, line.period) not in places]


def on_payer(charges: Iterable[Line], contracts: Iterable[str], currency: str) -> list[Line]:
    """The lines of the payer's document for what these lines of members take off theirs.

    >>> on_payer([], ["con_1"], "USD")
    []
    """
    wanted = set(contracts)
    found = [
        _taken_over(line, line.borne, line.title.removeprefix(f"Borne by {line.borne.payer}: "), currency)
        for line in charges
        if line.borne is not None and line.borne.contract in wanted and is_borne_off(line)
    ]
    return sorted(found, key=_place)


def as_stated(lines: Iterable[Line], payer: str, currency: str) -> list[Line]:
    """The lines of a payer's document for what members used, by what the document says of them alone.

    >>> as_stated([], "group", "USD")
    []
    """
    last: dict[tuple[str, ...], Line] = {}
    for line in lines:
        if line.borne is not None and line.borne.customer != payer:
            last[_place(line)] = line
    found = [
        _taken_over(line, line.borne, line.title.removeprefix(f"{line.borne.customer}: "), currency)
        for line in last.values()
        if line.borne is not None and line.borne.amount
    ]
    return sorted(found, key=_place)


def _taken_over(line: Line, borne: Borne, title: str, currency: str) -> Line:
    wording = Wording(decimals=minor_digits(currency))
    text = f"{wording.amount(borne.amount)} on the document of {borne.customer}, by {line.subscription}"
    step = Step(text=text, quantity=ONE, unit_amount=borne.amount, amount=borne.amount, kind=StepKind.USAGE)
    return replace(
        line,
        id="",
        group=LineGroup.CORE,
        title=f"{borne.customer}: {title}",
        amount_exact=borne.amount,
        amount=borne.amount,
        quantity=None,
        reason=f"shared commitment {', '.join(borne.commitments)}, used by {borne.customer}",
        steps=(step,),
        adjusts=None,
    )


def _place(line: Line) -> tuple[str, ...]:
    customer = line.borne.customer if line.borne is not None else ""
    return customer, line.subscription, line.price_key, line.period.start.isoformat()
