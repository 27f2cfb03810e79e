"""Prices in a unit of credit: exchanged before the bounds of the period, the same with and without words."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from steelyard.rating import Exchange, GraduatedPrice, Tier, Usage, charge, charge_amount
from steelyard.rating.bulk import bulk_amounts
from steelyard.rating.pricing import Pricing

TIERED = GraduatedPrice(
    tiers=(Tier(up_to=Decimal(10), unit_amount=Decimal(3)), Tier(up_to=None, unit_amount=Decimal("1.5")))
)
NUMBERS = st.integers(0, 10**6).map(lambda n: Decimal(n) / 100)


@given(NUMBERS, st.integers(1, 10**6).map(lambda n: Decimal(n) / 10_000), st.none() | NUMBERS)
def test_the_steps_the_amount_and_the_bulk_way_agree(
    quantity: Decimal, rate: Decimal, most: Decimal | None
) -> None:
    pricing = Pricing(model=TIERED, maximum=most, exchange=Exchange(unit="points", rate=rate))
    usage = Usage(quantity=quantity)
    told = charge(pricing, usage)
    bare = charge_amount(Pricing(model=TIERED), usage) * rate
    assert told.amount == charge_amount(pricing, usage) == (bare if most is None else min(bare, most))
    assert sum((step.amount for step in told.steps), Decimal(0)) == told.amount
    assert bulk_amounts(pricing, [quantity]) == [told.amount]
