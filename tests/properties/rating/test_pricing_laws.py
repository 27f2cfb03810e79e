"""What is true of every price with every option: the fast ways and the explained one agree."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from steelyard.kernel import InvalidInput
from steelyard.rating import (
    BlockPolicy,
    BlockPrice,
    BlockTier,
    Conversion,
    ConversionOp,
    DynamicPrice,
    Exchange,
    FlatPrice,
    FreeWindow,
    GraduatedPrice,
    HourTerms,
    MatrixCell,
    MatrixPrice,
    MultiUnitPrice,
    PackagePrice,
    PackageRounding,
    PercentagePrice,
    PerUnitPrice,
    PriceModel,
    Pricing,
    Rated,
    Scope,
    Stair,
    StairstepPrice,
    StepKind,
    Tier,
    UnitPrice,
    Usage,
    UsagePart,
    VolumePrice,
    Weight,
    Weights,
    WholeUnits,
    WindowedPrice,
    WindowTerms,
    charge,
    charge_amount,
    charge_between,
    why_not,
)
from steelyard.rating.bulk import bulk_amounts

amounts = st.decimals(min_value=0, max_value=10**4, places=4)
maybe_amounts = st.none() | amounts
quantities = st.decimals(min_value=0, max_value=10**6, places=3)
small = st.decimals(min_value=0, max_value=100, places=1)
per = st.sampled_from([Decimal(1), Decimal(1000)])
names = st.sampled_from(["eu", "us", "asia", ""])


@st.composite
def bounds(draw: st.DrawFn) -> list[Decimal | None]:
    steps = draw(st.lists(st.decimals(min_value="0.1", max_value=10**5, places=1), max_size=4))
    made: list[Decimal | None] = list(itertools.accumulate(steps))
    return [*made, None] if not made or draw(st.booleans()) else made


@st.composite
def tiers(draw: st.DrawFn) -> tuple[Tier, ...]:
    return tuple(
        Tier(up_to=bound, unit_amount=draw(maybe_amounts), flat_amount=draw(maybe_amounts))
        for bound in draw(bounds())
    )


simple = st.one_of(
    st.builds(FlatPrice, amount=amounts, flat_at_zero=st.booleans()),
    st.builds(PerUnitPrice, unit_amount=amounts, per=per),
    st.builds(GraduatedPrice, tiers=tiers(), per=per, flat_at_zero=st.booleans()),
    st.builds(VolumePrice, tiers=tiers(), per=per, flat_at_zero=st.booleans()),
    st.builds(
        PackagePrice,
        size=st.decimals(min_value="0.5", max_value=10**4, places=1),
        amount=amounts,
        included=small,
        round=st.sampled_from(PackageRounding),
    ),
)
stairs = bounds().flatmap(
    lambda made: st.builds(
        StairstepPrice,
        stairs=st.tuples(*[st.builds(Stair, up_to=st.just(bound), amount=amounts) for bound in made]),
        flat_at_zero=st.booleans(),
    )
)
block = st.builds(
    BlockPrice,
    blocks=st.lists(
        st.builds(
            BlockTier,
            size=st.decimals(min_value=1, max_value=1000, places=1),
            count=st.integers(1, 50).map(Decimal),
            amount=amounts,
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
    policy=st.sampled_from(BlockPolicy),
)
percentage = st.builds(
    PercentagePrice,
    percent=small,
    event_amount=small,
    free_events=st.integers(0, 5),
    free_amount=small,
    free_until=st.sampled_from(FreeWindow),
    event_minimum=st.none() | st.decimals(min_value=0, max_value=5, places=1),
    event_maximum=st.none() | st.decimals(min_value=5, max_value=9, places=1),
)
matrix = st.builds(
    MatrixPrice,
    over=st.just(("region",)),
    cells=st.lists(
        st.builds(MatrixCell, at=st.tuples(names), unit_amount=amounts), unique_by=lambda c: c.at
    ).map(tuple),
    rest=amounts,
    per=per,
)
multi = st.builds(
    MultiUnitPrice,
    over=st.just(("region",)),
    units=st.lists(
        st.builds(UnitPrice, unit=names, price=st.one_of(simple, block)),
        unique_by=lambda u: u.unit,
        min_size=1,
    ).map(tuple),
)
window_terms = st.builds(
    WindowTerms,
    unit_amount=amounts,
    commit_amount=maybe_amounts,
    overage_factor=st.sampled_from([Decimal(1), Decimal("1.5"), Decimal("0.5")]),
    true_up=st.booleans(),
)
windowed = st.builds(
    WindowedPrice,
    outside=window_terms,
    hours=st.lists(
        st.builds(HourTerms, from_hour=st.just(8), to_hour=st.just(20), terms=window_terms), max_size=1
    ).map(tuple),
)
dynamic = st.builds(DynamicPrice, multiplier=small, unit_price_decimals=st.integers(0, 6))
models = st.one_of(simple, stairs, block, percentage, matrix, multi, windowed, dynamic)
options: dict[str, Any] = {
    "included": st.just(Decimal(0)) | small,
    "cap": st.none() | quantities,
    "minimum": maybe_amounts,
    "maximum": maybe_amounts,
    "exchange": st.none() | st.builds(Exchange, unit=st.just("credits"), rate=small.filter(bool)),
}
conversions = st.none() | st.builds(
    Conversion,
    op=st.sampled_from(ConversionOp),
    factor=st.sampled_from([Decimal(3600), Decimal(1024), Decimal("0.5")]),
    rounding=st.sampled_from(WholeUnits),
)
weights = st.none() | st.builds(
    Weights,
    over=st.just(("region",)),
    rows=st.lists(
        st.builds(Weight, at=st.tuples(names), factor=small), unique_by=lambda row: row.at, max_size=4
    ).map(tuple),
)
scopes = st.sampled_from([None, Scope(over=("region",))])


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    """A usage divided by regions, hours and events alike."""
    hours = draw(st.lists(st.integers(0, 23), max_size=4, unique=True))
    if draw(st.booleans()):
        parts = tuple(UsagePart(at=(f"2026-10-03T{hour:02}",), quantity=draw(quantities)) for hour in hours)
    else:
        places = draw(st.lists(names, max_size=4, unique=True))
        parts = tuple(UsagePart(at=(place,), quantity=draw(quantities)) for place in places)
    values = tuple(draw(st.lists(small, max_size=6)))
    total = sum((part.quantity for part in parts), Decimal(0)) if parts else sum(values, Decimal(0))
    return Usage(quantity=total, amount=draw(maybe_amounts), events=len(values), values=values, parts=parts)


def fits(pricing: Pricing, usage: Usage) -> bool:
    """Whether the usage is divided as the model wants it, by hours where it prices those."""
    by_hour = isinstance(pricing.model, WindowedPrice)
    return all(part.at[0].startswith("2026") == by_hour for part in usage.parts)


def recomputes(rated: Rated) -> bool:
    """Whether each step costs its quantity times its unit amount, and the steps sum to the amount."""
    return sum((step.amount for step in rated.steps), Decimal(0)) == rated.amount and all(
        step.amount == (0 if step.kind is StepKind.NOTE else step.quantity * step.unit_amount)
        for step in rated.steps
    )


@given(
    st.builds(Pricing, model=models, conversion=conversions, weights=weights, scope=scopes, **options),
    usages(),
)
def test_the_amount_alone_is_that_of_the_explanation(pricing: Pricing, usage: Usage) -> None:
    if not fits(pricing, usage) or why_not(pricing, usage):
        return
    rated = charge(pricing, usage)
    assert charge_amount(pricing, usage) == rated.amount
    assert recomputes(rated)


@given(
    st.builds(Pricing, model=st.one_of(simple, stairs, block), conversion=conversions, **options),
    st.lists(quantities, min_size=2, max_size=4),
)
def test_the_deltas_of_the_cumulative_sum_to_the_whole(pricing: Pricing, readings: list[Decimal]) -> None:
    """However a period is split, what its parts are charged is what the period is charged."""
    usages = [Usage(quantity=quantity) for quantity in sorted(readings)]
    if any(why_not(pricing, usage) for usage in usages):
        return
    parts = [charge_between(pricing, None, usages[0])]
    parts += [charge_between(pricing, before, after) for before, after in itertools.pairwise(usages)]
    assert all(map(recomputes, parts))
    assert sum(part.amount for part in parts) == charge_amount(pricing, usages[-1])


@given(st.builds(Pricing, model=st.one_of(simple, stairs), **options), st.lists(quantities, max_size=20))
def test_columns_give_the_amounts_of_the_rows(pricing: Pricing, used: list[Decimal]) -> None:
    compare(pricing, used)


@given(
    st.builds(Pricing, model=simple, **options),
    st.lists(st.decimals(min_value=-(10**20), max_value=10**20, places=12), max_size=5),
)
def test_columns_refuse_and_fall_back_where_the_rows_do(pricing: Pricing, used: list[Decimal]) -> None:
    compare(pricing, used)


def compare(pricing: Pricing, used: list[Decimal]) -> None:
    def row_by_row() -> list[Decimal]:
        return [charge_amount(pricing, Usage(quantity=quantity)) for quantity in used]

    assert answer(lambda: bulk_amounts(pricing, used)) == answer(row_by_row)


def answer(ask: Callable[[], list[Decimal]]) -> list[Decimal] | str:
    """The amounts, or the code of the refusal."""
    try:
        return ask()
    except InvalidInput as refused:
        return refused.detail_code


def rises(price: PriceModel) -> bool:
    """Whether a whole quantity is never charged by a lower rate or a smaller amount than a lesser one."""
    match price:
        case VolumePrice():
            return len(price.tiers) == 1
        case StairstepPrice():
            amounts = [stair.amount for stair in price.stairs]
            return amounts == sorted(amounts)
        case BlockPrice():
            return price.policy is BlockPolicy.ALL_TIERS
        case _:
            return True


@given(
    st.builds(
        Pricing, model=st.one_of(simple, stairs, block).filter(rises), conversion=conversions, **options
    ),
    quantities,
    quantities,
)
def test_more_units_never_cost_less(pricing: Pricing, one: Decimal, other: Decimal) -> None:
    """Tiers are monotone: more never costs less, but where a volume or stair price is made to fall."""
    usages = [Usage(quantity=quantity) for quantity in sorted((one, other))]
    if any(why_not(pricing, usage) for usage in usages):
        return
    less, more = (charge_amount(pricing, usage) for usage in usages)
    assert less <= more
