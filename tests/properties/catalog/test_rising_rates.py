"""A rate never rises with the tier unless that is declared: no unit costs more than the one before it."""

from __future__ import annotations

import itertools
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from steelyard.catalog.judge_changes import rises
from steelyard.rating import GraduatedPrice, Tier, Usage, amount_of

rates = st.integers(0, 5).map(Decimal)
quantities = st.integers(0, 60).map(Decimal)


@st.composite
def prices(draw: st.DrawFn) -> GraduatedPrice:
    """Tiers of ten units each, all by the unit or all by percentage."""
    by_percent = draw(st.booleans())
    each = draw(st.lists(rates, min_size=1, max_size=5))
    tiers = [
        Tier(
            up_to=Decimal(10 * place) if place < len(each) else None,
            unit_amount=None if by_percent else rate,
            percent=rate if by_percent else None,
        )
        for place, rate in enumerate(each, start=1)
    ]
    return GraduatedPrice(tiers=tuple(tiers))


def cost(price: GraduatedPrice, quantity: Decimal) -> Decimal:
    return amount_of(price, Usage(quantity=quantity))


@given(prices(), quantities)
def test_where_no_rate_rises_no_unit_costs_more_than_the_one_before(
    price: GraduatedPrice, used: Decimal
) -> None:
    one, two, three = (cost(price, used + more) for more in (0, 1, 2))
    first_paid = two > one > 0
    if not list(rises(price)) and first_paid:
        assert three - two <= two - one


@given(prices())
def test_where_a_rate_rises_a_unit_costs_more_than_one_before_it(price: GraduatedPrice) -> None:
    ends = [cost(price, Decimal(10 * place)) for place in range(7)]
    each = [after - before for before, after in itertools.pairwise(ends)]
    paid = [amount for place, amount in enumerate(each) if any(each[: place + 1])]
    assert bool(list(rises(price))) == (paid != sorted(paid, reverse=True))
