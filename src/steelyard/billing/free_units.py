"""Units that discounts make free: taken off before the price rates the rest, and kept within the floors.

What they would have cost stands on the line that they lessen. Where the budget of a contract year does not
allow all of it, the line charges the rest again and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import ROUND_UP, Decimal

from steelyard.billing.floors import FloorYear
from steelyard.billing.model import Line
from steelyard.billing.rounding import nothing
from steelyard.billing.terms import Terms
from steelyard.contracts.discounts import AgreedDiscount
from steelyard.contracts.rate_card import RatedItem
from steelyard.kernel import ONE, ZERO, Period, minor_digits
from steelyard.rating import DynamicPrice, FlatPrice, Step, StepKind, Wording
from steelyard.rating.discounts import FreeUnits


def with_free_units(terms: Terms, period: Period, timezone: str) -> Terms:
    """The terms with the units that discounts make free added to what the items include.

    The same terms where no discount of the month makes units free.

    >>> from steelyard.contracts.rate_card import RateCard
    >>> card = RateCard(
    ...     subscription="s", customer="a", plan="p", plan_name="P", currency="USD", catalog_version="c"
    ... )
    >>> october = Period.month(2026, 10)
    >>> terms = Terms(card=card, active=october)
    >>> with_free_units(terms, october, "UTC") is terms
    True
    """
    agreed = terms.card.arrangement.discounts
    free = [one for one in agreed if isinstance(one.form, FreeUnits) and one.holds(period, timezone)]
    if not free:
        return terms
    items = tuple(_with_free(item, free) for item in terms.card.items)
    return replace(terms, card=replace(terms.card, items=items))


def _with_free(item: RatedItem, free: Iterable[AgreedDiscount]) -> RatedItem:
    metered = item.metric is not None and item.quantity is None
    if not metered or isinstance(item.price.model, (FlatPrice, DynamicPrice)):
        return item
    for one in free:
        if isinstance(one.form, FreeUnits) and one.is_about(item.price.key):
            units = Wording().number(one.form.units)
            reason = f"{item.reason}, {units} free by {one.name}"
            item = replace(item, included=item.included + one.form.units, reason=reason)
    return item


def with_worth(lines: Iterable[Line], listed: Iterable[Line]) -> list[Line]:
    """The lines with what their free units would have cost, by the same lines drafted without them.

    >>> with_worth([], [])
    []
    """
    without = {(one.price_key, one.period): one.amount for one in listed}
    return [
        replace(line, given_free=max(ZERO, without.get((line.price_key, line.period), ZERO) - line.amount))
        for line in lines
    ]


def within_floors(lines: Sequence[Line], floors: Sequence[FloorYear], currency: str) -> list[Line]:
    """The lines with so much of their free units charged as the floors do not let go.

    >>> within_floors([], [], "USD")
    []
    """
    return [_charged_again(line, floors, currency) if line.given_free else line for line in lines]


def _charged_again(line: Line, floors: Sequence[FloorYear], currency: str) -> Line:
    mine = [floor for floor in floors if floor.is_about(line)]
    over = max([ZERO, *(-floor.budget for floor in mine)])
    over = min(line.given_free, over.quantize(nothing(currency), rounding=ROUND_UP))
    if not over:
        return line
    for floor in mine:
        floor.spend(-over)
    left = line.given_free - over
    return replace(
        line,
        amount=line.amount + over,
        amount_exact=line.amount_exact + over,
        given_free=left,
        steps=(*line.steps, _step(line.given_free, left, over, currency)),
    )


def _step(worth: Decimal, left: Decimal, over: Decimal, currency: str) -> Step:
    wording = Wording(decimals=minor_digits(currency))
    text = (
        f"free units worth {wording.amount(worth)}, of which the floor of the contract year leaves "
        f"{wording.amount(left)}: {wording.amount(over)} charged"
    )
    return Step(text=text, quantity=ONE, unit_amount=over, amount=over, kind=StepKind.FLAT)
