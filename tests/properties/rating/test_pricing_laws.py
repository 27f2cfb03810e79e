"""What is true of every price with every option: the fast ways and the explained one agree."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
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
few = st.integers(0, 60).map(Decimal)
"""Numbers that meet: bounds, sizes and quantities of a few units, so that most examples cross a bound."""
quantities = few | st.decimals(min_value=0, max_value=10**6, places=3)
small = few | st.decimals(min_value=0, max_value=100, places=1)
some = st.integers(1, 20).map(Decimal)
per = st.sampled_from([Decimal(1), Decimal(1000)])
names = st.sampled_from(["eu", "us", "asia", ""])


@st.composite
def bounds(draw: st.DrawFn) -> list[Decimal | None]:
    steps = draw(st.lists(some | st.decimals(min_value="0.1", max_value=10**5, places=1), max_size=4))
    made: list[Decimal | None] = list(itertools.accumulate(steps))
    return [*made, None] if not made or draw(st.booleans()) else made


@st.composite
def tiers(draw: st.DrawFn) -> tuple[Tier, ...]:
    return tuple(
        Tier(up_to=bound, unit_amount=draw(maybe_amounts), flat_amount=draw(maybe_amounts))
        for bound in draw(bounds())
    )


package = st.builds(
    PackagePrice,
    size=some | st.decimals(min_value="0.5", max_value=10**4, places=1),
    amount=amounts,
    included=small,
    round=st.sampled_from(PackageRounding),
)
plain: dict[str, st.SearchStrategy[Any]] = {
    "flat": st.builds(FlatPrice, amount=amounts, flat_at_zero=st.booleans()),
    "per unit": st.builds(PerUnitPrice, unit_amount=amounts, per=per),
    "graduated": st.builds(GraduatedPrice, tiers=tiers(), per=per, flat_at_zero=st.booleans()),
    "volume": st.builds(VolumePrice, tiers=tiers(), per=per, flat_at_zero=st.booleans()),
    "package": package,
}
simple = st.one_of(*plain.values())
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
            size=some | st.decimals(min_value=1, max_value=1000, places=1),
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
counted = {**plain, "stairs": stairs, "block": block}
divided = {
    "percentage": percentage,
    "matrix": matrix,
    "multi": multi,
    "windowed": windowed,
    "dynamic": dynamic,
}
each_of_all = pytest.mark.parametrize("model", [*counted, *divided])
each_counted = pytest.mark.parametrize("model", counted)
options: dict[str, Any] = {
    "included": st.just(Decimal(0)) | small,
    "cap": st.none() | quantities,
    "minimum": st.none() | few,
    "maximum": st.none() | st.integers(20, 10**6).map(Decimal),
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
def usages(draw: st.DrawFn, by_hour: bool) -> Usage:
    """A usage divided by hours or by regions, and by events."""
    at = st.integers(0, 23).map(lambda hour: f"2026-10-03T{hour:02}") if by_hour else names
    parts = tuple(
        UsagePart(at=(place,), quantity=draw(quantities), amount=draw(amounts))
        for place in draw(st.lists(at, max_size=4, unique=True))
    )
    values = tuple(draw(st.lists(small, max_size=6)))
    total = sum((part.quantity for part in parts), Decimal(0)) if parts else sum(values, Decimal(0))
    return Usage(quantity=total, amount=draw(amounts), events=len(values), values=values, parts=parts)


def recomputes(rated: Rated) -> bool:
    """Whether each step costs its quantity times its unit amount, and the steps sum to the amount."""
    return sum((step.amount for step in rated.steps), Decimal(0)) == rated.amount and all(
        step.amount == (0 if step.kind is StepKind.NOTE else step.quantity * step.unit_amount)
        for step in rated.steps
    )


@each_of_all
@settings(max_examples=40)
@given(st.data())
def test_the_amount_alone_is_that_of_the_explanation(model: str, data: st.DataObject) -> None:
    pricing = data.draw(
        st.builds(
            Pricing,
            model={**counted, **divided}[model],
            conversion=conversions,
            weights=weights,
            scope=scopes,
            **options,
        )
    )
    usage = data.draw(usages(by_hour=model == "windowed"))
    if not why_not(pricing, usage):
        rated = charge(pricing, usage)
        assert charge_amount(pricing, usage) == rated.amount
        assert recomputes(rated)


@each_counted
@settings(max_examples=40)
@given(st.data())
def test_the_deltas_of_the_cumulative_sum_to_the_whole(model: str, data: st.DataObject) -> None:
    """However a period is split, what its parts are charged is what the period is charged."""
    pricing = data.draw(st.builds(Pricing, model=counted[model], conversion=conversions, **options))
    read = sorted(data.draw(st.lists(quantities, min_size=2, max_size=5)))
    usages = [one for one in (Usage(quantity=quantity) for quantity in read) if not why_not(pricing, one)]
    if usages:
        parts = [charge_between(pricing, None, usages[0])]
        parts += [charge_between(pricing, before, after) for before, after in itertools.pairwise(usages)]
        assert all(map(recomputes, parts))
        assert sum(part.amount for part in parts) == charge_amount(pricing, usages[-1])


@pytest.mark.parametrize("model", [*plain, "stairs"])
@settings(max_examples=40)
@given(st.data())
def test_columns_give_the_amounts_of_the_rows(model: str, data: st.DataObject) -> None:
    pricing = data.draw(st.builds(Pricing, model=counted[model], **options))
    used = data.draw(st.lists(quantities, max_size=20))
    bounds = [tier.up_to for tier in getattr(pricing.model, "tiers", ()) if tier.up_to is not None]
    compare(pricing, [one for one in [*used, *bounds] if not why_not(pricing, Usage(quantity=one))])


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


@each_counted
@settings(max_examples=40)
@given(st.data())
def test_more_units_never_cost_less(model: str, data: st.DataObject) -> None:
    """Tiers are monotone: more never costs less, but where a volume or stair price is made to fall."""
    made = counted[model].filter(rises)
    pricing = data.draw(st.builds(Pricing, model=made, conversion=conversions, **options))
    used = data.draw(st.lists(quantities, min_size=2, max_size=9))
    edges = [] if pricing.cap is None else [pricing.cap, pricing.cap + pricing.included]
    usages = [Usage(quantity=quantity) for quantity in sorted([*used, *edges])]
    each = [charge_amount(pricing, usage) for usage in usages if not why_not(pricing, usage)]
    assert each == sorted(each)
