"""What is true of every price and every usage."""

import itertools
from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from steelyard.catalog import answer_rating
from steelyard.kernel import encode, plain
from steelyard.rating import (
    DynamicPrice,
    FlatPrice,
    GraduatedPrice,
    PackagePrice,
    PackageRounding,
    PerUnitPrice,
    PriceModel,
    Tier,
    Usage,
    VolumePrice,
    rate,
    rate_between,
    refusal,
)

few = st.integers(0, 60).map(Decimal)
"""Numbers that meet: bounds, sizes and quantities of a few units, so that most examples cross a bound."""
quantities = few | st.decimals(min_value=0, max_value=10**12, places=6)
wide = st.decimals(min_value="0.01", max_value=10**6, places=2)
amounts = st.decimals(min_value=0, max_value=10**6, places=8)
maybe_amounts = st.none() | amounts


@st.composite
def tiers(draw: st.DrawFn, bounded: bool = True) -> tuple[Tier, ...]:
    steps = draw(st.lists(st.integers(1, 20).map(Decimal) | wide, max_size=4))
    bounds: list[Decimal | None] = [sum(steps[: i + 1], Decimal(0)) for i in range(len(steps))]
    if not (bounded and bounds and draw(st.booleans())):
        bounds.append(None)
    return tuple(
        Tier(up_to=bound, unit_amount=draw(maybe_amounts), flat_amount=draw(maybe_amounts))
        for bound in bounds
    )


graduated = st.builds(GraduatedPrice, tiers=tiers(), flat_at_zero=st.booleans())
volume = st.builds(VolumePrice, tiers=tiers(bounded=False), flat_at_zero=st.booleans())
per = st.sampled_from([Decimal(1), Decimal(1000), Decimal(1000000)])
prices = st.one_of(
    st.builds(FlatPrice, amount=amounts, flat_at_zero=st.booleans()),
    st.builds(PerUnitPrice, unit_amount=amounts, per=per),
    graduated,
    volume,
    st.builds(
        PackagePrice,
        size=st.integers(1, 20).map(Decimal) | st.decimals(min_value="0.5", max_value=10**4, places=2),
        amount=amounts,
        included=quantities,
        round=st.sampled_from(PackageRounding),
    ),
    st.builds(DynamicPrice, multiplier=amounts),
)


def at(quantity: Decimal) -> Usage:
    """A usage whose carried amount grows with its quantity."""
    return Usage(quantity=quantity, amount=quantity * 2)


@given(prices, quantities, quantities)
def test_the_steps_of_a_charge_sum_to_its_amount(price: PriceModel, quantity: Decimal, free: Decimal) -> None:
    rated = rate(price, at(quantity), included=free if not isinstance(price, DynamicPrice) else Decimal(0))
    assert sum((step.amount for step in rated.steps), Decimal(0)) == rated.amount


@given(prices, st.lists(quantities, min_size=1, max_size=5), quantities)
def test_charging_in_parts_sums_to_charging_at_once(
    price: PriceModel, readings: list[Decimal], free: Decimal
) -> None:
    included = free if not isinstance(price, DynamicPrice) else Decimal(0)
    parts = rate(price, at(readings[0]), included=included).amount
    for before, after in itertools.pairwise(readings):
        parts += rate_between(price, at(before), at(after), included=included).amount
    assert parts == rate(price, at(readings[-1]), included=included).amount


@given(graduated, quantities, quantities)
def test_a_graduated_price_never_falls_with_quantity(
    price: GraduatedPrice, one: Decimal, other: Decimal
) -> None:
    less, more = sorted((one, other))
    assert rate(price, at(less)).amount <= rate(price, at(more)).amount


@given(amounts, maybe_amounts, quantities)
def test_with_one_tier_graduated_volume_and_per_unit_agree(
    unit: Decimal, flat: Decimal | None, quantity: Decimal
) -> None:
    only = (Tier(unit_amount=unit, flat_amount=flat),)
    by_tier = rate(GraduatedPrice(tiers=only), at(quantity)).amount
    by_unit = rate(PerUnitPrice(unit_amount=unit), at(quantity)).amount
    assert by_tier == rate(VolumePrice(tiers=only), at(quantity)).amount == by_unit + (flat or 0)


@given(prices, quantities, quantities)
def test_what_is_included_is_free_and_the_rest_is_not(
    price: PriceModel, quantity: Decimal, free: Decimal
) -> None:
    assume(not isinstance(price, DynamicPrice))
    net = max(Decimal(0), quantity - free)
    assert rate(price, at(quantity), included=free).amount == rate(price, Usage(quantity=net)).amount


@given(prices, st.decimals(min_value=-(10**6), max_value="-0.01", places=2))
def test_a_negative_quantity_is_refused_with_a_reason_or_gives_no_charge(
    price: PriceModel, quantity: Decimal
) -> None:
    refused = refusal(price, at(quantity))
    if refused is None:
        assert isinstance(price, (FlatPrice, PerUnitPrice, DynamicPrice))
        assert isinstance(price, FlatPrice) or rate(price, at(quantity)).amount <= 0
    else:
        assert refused.code == "negative_quantity"
        assert not refused.retryable


@given(graduated | volume, quantities)
def test_a_price_asked_for_in_json_gives_the_same_amount(price: PriceModel, quantity: Decimal) -> None:
    assume(all(t.unit_amount is not None or t.flat_amount is not None for t in price.tiers))  # type: ignore[union-attr]
    request = {"price": {**_as_written(price), "currency": "EUR"}, "quantity": plain(quantity)}
    assert answer_rating(encode(request))["amount"] == plain(rate(price, at(quantity)).amount)


def _as_written(price: PriceModel) -> dict[str, object]:
    assert isinstance(price, (GraduatedPrice, VolumePrice))
    model = "graduated" if isinstance(price, GraduatedPrice) else "volume"
    return {"model": model, "tiers": price.tiers, "flat_at_zero": price.flat_at_zero}
