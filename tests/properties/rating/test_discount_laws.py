"""What holds of discounts: the declared order, parts that sum to the whole, never below zero or the floor."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from steelyard.rating.discounts import (
    AmountOff,
    Basis,
    DiscountForm,
    Measured,
    PercentOff,
    clipped,
    floor_of,
    shares,
    stacked,
    taken_off,
)

amounts = st.decimals(min_value=0, max_value=1_000_000, places=2)
percents = st.decimals(min_value=0, max_value=100, places=1)
forms = st.one_of(
    percents.map(lambda percent: PercentOff(percent=percent)),
    amounts.map(lambda amount: AmountOff(amount=amount)),
)
stacks = st.lists(st.tuples(forms, st.sampled_from(Basis)), max_size=6)


@given(amounts, stacks)
def test_discounts_take_at_most_everything_each_from_what_the_ones_before_leave(
    amount: Decimal, stack: list[tuple[DiscountForm, Basis]]
):
    offs = stacked(amount, stack, Measured())
    assert all(off >= 0 for off in offs)
    assert sum(offs) <= amount
    left = amount
    for (form, basis), off in zip(stack, offs, strict=True):
        assert off == taken_off(form, left, Measured(), listed=amount if basis is Basis.LIST else None)
        left -= off


@given(amounts, stacks, stacks)
def test_what_is_declared_later_changes_nothing_of_what_comes_before(
    amount: Decimal, stack: list[tuple[DiscountForm, Basis]], more: list[tuple[DiscountForm, Basis]]
):
    assert stacked(amount, [*stack, *more], Measured())[: len(stack)] == stacked(amount, stack, Measured())


def test_the_order_matters_where_an_amount_meets_a_percentage():
    tenth, ten = PercentOff(percent=Decimal(10)), AmountOff(amount=Decimal(10))
    first = stacked(Decimal(100), [(tenth, Basis.REMAINING), (ten, Basis.REMAINING)], Measured())
    other = stacked(Decimal(100), [(ten, Basis.REMAINING), (tenth, Basis.REMAINING)], Measured())
    assert (sum(first), sum(other)) == (20, 19)


@given(amounts, st.lists(st.integers(0, 1000), min_size=1, max_size=9).filter(any))
def test_shares_sum_to_the_whole(total: Decimal, weights: list[int]):
    assert sum(shares(total, [Decimal(weight) for weight in weights])) == total


@given(amounts, st.lists(amounts, max_size=12))
def test_an_amount_that_is_given_once_is_given_once(amount: Decimal, bases: list[Decimal]):
    given_before = Decimal(0)
    for base in bases:
        once = AmountOff(amount=amount, once=True)
        given_before += taken_off(once, base, Measured(given=given_before))
    assert given_before == min(amount, sum(bases, Decimal(0)))


@given(amounts, amounts, percents)
def test_a_floor_never_asks_more_than_was_listed(listed: Decimal, amount: Decimal, percent: Decimal):
    least = floor_of(listed, percent=percent, amount=amount)
    assert 0 <= least <= listed
    assert listed - clipped(listed, [listed - least]) == least
