"""The price curve: what a quantity costs in all, at the margin and on average, and where customers stand."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from steelyard.billing.trial import cards_of
from steelyard.catalog import Catalog
from steelyard.insight.inputs import Inputs, checked
from steelyard.insight.packaging import equal_steps
from steelyard.insight.probe import Probe, check_vary
from steelyard.kernel import ZERO, InvalidInput, parse_decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """One quantity: its bill, what a unit more cost since the point before, and a unit on average.

    `customers` is how many real ones lie from here to the next point. `marginal` and `average` are None where
    there is no unit to divide by.
    """

    quantity: Decimal
    total: Decimal | None
    marginal: Decimal | None
    average: Decimal | None
    customers: int = 0


def price_curve(
    catalog: Catalog,
    plan: str,
    inputs: Inputs,
    *,
    vary: str,
    most: Decimal,
    points: int = 25,
    real: Iterable[Decimal] = (),
) -> tuple[CurvePoint, ...]:
    """The plan's bill at equal steps from nothing to `most`; `real` are the quantities of real customers.

    Raises InvalidInput where `most` is not above zero or fewer than two points are asked for.
    """
    if most <= 0 or points < 2:
        raise InvalidInput("a curve goes from zero to more, in two points at least", code="out_of_range")
    check_vary(catalog, vary)
    checked(inputs, catalog, [chosen := catalog.plan(plan)])
    probe = Probe(catalog=catalog, plan=chosen, inputs=inputs, vary=vary, cards=cards_of(catalog))
    places = equal_steps(most, points)
    counts = [0] * len(places)
    for quantity in real:
        counts[max(bisect_right(places, quantity) - 1, 0)] += 1
    totals = [probe.total(place) for place in places]
    marginal = [None, *(_slope(*pair) for pair in pairwise(zip(places, totals, strict=True)))]
    return tuple(
        CurvePoint(
            quantity=place,
            total=total,
            marginal=slope,
            average=_over(total, place),
            customers=count,
        )
        for place, total, slope, count in zip(places, totals, marginal, counts, strict=True)
    )


def _slope(before: tuple[Decimal, Decimal | None], after: tuple[Decimal, Decimal | None]) -> Decimal | None:
    if before[1] is None or after[1] is None:
        return None
    return _over(after[1] - before[1], after[0] - before[0])


def _over(amount: Decimal | None, quantity: Decimal) -> Decimal | None:
    """The amount for a unit, to twelve places."""
    if amount is None or quantity == ZERO:
        return None
    return parse_decimal(format(amount / quantity, ".12f")).normalize() + ZERO
