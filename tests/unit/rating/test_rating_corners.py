"""Corners where another rule begins: nothing at all, exactly enough, one more, and words that say which."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from steelyard.kernel import InvalidInput
from steelyard.rating import (
    DynamicPrice,
    FlatPrice,
    FreeWindow,
    GraduatedPrice,
    HourTerms,
    MatrixPrice,
    PercentagePrice,
    PerUnitPrice,
    PriceModel,
    Pricing,
    Scope,
    StepKind,
    Tier,
    Usage,
    UsagePart,
    VolumePrice,
    WindowedPrice,
    WindowTerms,
    amount_of,
    average,
    charge,
    charge_amount,
    charge_between,
    explain,
    rate,
    rate_between,
    rate_changes,
)
from steelyard.rating.bulk import bulk_amounts, bulk_charges
from steelyard.rating.commitment_course import (
    Course,
    CourseTerms,
    MonthSettled,
    Payment,
    Position,
    due,
    run_course,
    settle_month,
)
from tests.unit.rating.price_examples import (
    blocks,
    matrix,
    moved,
    parts,
    stairs,
    terms,
    units,
    used,
    windowed,
)

ZERO = Decimal(0)


def dec(text: str | int) -> Decimal:
    return Decimal(text)


@pytest.mark.parametrize(
    "price",
    [
        matrix(("eu", "2")),
        units(cpu=FlatPrice(amount=dec(2))),
        windowed(terms("2")),
        blocks(("10", None, "5")),
        PercentagePrice(percent=dec(2)),
        PercentagePrice(percent=dec(2), event_minimum=dec(1)),
        VolumePrice(tiers=(Tier(unit_amount=dec(2)),)),
        GraduatedPrice(tiers=(Tier(unit_amount=dec(2)),)),
    ],
    ids=lambda price: type(price).__name__,
)
def test_nothing_costs_an_exact_zero(price: PriceModel) -> None:
    for amount in (rate(price, Usage(quantity=ZERO)).amount, amount_of(price, Usage(quantity=ZERO))):
        assert isinstance(amount, Decimal)
        assert amount == 0
    assert isinstance(rate_changes(GraduatedPrice(tiers=(Tier(unit_amount=dec(1)),)), []), Decimal)


def test_a_tier_by_percentage_says_of_which_money_it_is_the_share() -> None:
    price = GraduatedPrice(tiers=(Tier(up_to=dec(100), percent=dec(3)), Tier(percent=dec("2.5"))))
    rated = rate(price, used("140"))
    assert [(step.text, step.quantity, step.unit_amount, step.amount) for step in rated.steps] == [
        ("3% of 100.00 = 3.00 (tier 1: up to 100)", 100, dec("0.03"), 3),
        ("2.5% of 40.00 = 1.00 (tier 2: above 100)", 40, dec("0.025"), 1),
    ]


def test_steps_of_a_stair_are_named_by_their_bounds() -> None:
    price = stairs(("5", "10"), ("9", "20"))
    assert [explain(rate(price, used(n))) for n in ("5", "6")] == [
        ["10.00 for 5 units (step 1: up to 5)"],
        ["20.00 for 6 units (step 2: up to 9)"],
    ]
    assert explain(rate(stairs((None, "4")), used("3"))) == ["4.00 for 3 units (step 1: all)"]


def test_a_flat_amount_that_waits_for_usage_is_due_with_the_first_unit_and_once() -> None:
    price = FlatPrice(amount=dec(9), flat_at_zero=False)
    told = [("0", "0"), ("0", "1"), ("1", "2")]
    assert [rate_between(price, used(one), used(other)).amount for one, other in told] == [0, 9, 0]
    kinds = units(cpu=price)
    for quantity, amount in (("0", 0), ("3", 9)):
        usage = parts(cpu=quantity)
        assert rate(kinds, usage).amount == amount_of(kinds, usage) == amount


def test_averages_are_rounded_half_up_where_they_are_shown() -> None:
    price = DynamicPrice(unit_price_decimals=1)
    assert explain(rate(price, used("1", amount=dec("0.25")))) == [
        "0.25 carried by 1 unit = 0.25 (0.30 a unit on average)"
    ]
    assert average(dec(1), dec(3)).as_tuple().exponent == -38


def test_amounts_that_parts_carry_are_charged_part_by_part() -> None:
    carried = tuple(UsagePart(at=(at,), quantity=dec(1), amount=dec(n)) for at, n in (("eu", 4), ("us", 6)))
    price = Pricing(model=DynamicPrice(multiplier=dec(2)), scope=Scope(over=("region",)))
    usage = used("2", amount=dec(10), parts=carried)
    assert [step.amount for step in charge(price, usage).steps] == [8, 12]
    assert charge_amount(price, usage) == 20


def test_hours_apart_are_no_overlap() -> None:
    price, dear = WindowTerms(unit_amount=dec(1)), WindowTerms(unit_amount=dec(3))
    spans = [HourTerms(from_hour=start, to_hour=start + 2, terms=dear) for start in (8, 12, 13)]
    assert WindowedPrice(outside=price, hours=tuple(spans[:2])).hours == tuple(spans[:2])
    with pytest.raises(InvalidInput):
        WindowedPrice(outside=price, hours=tuple(spans))


def test_what_is_included_does_not_count_towards_the_last_bound() -> None:
    price = VolumePrice(tiers=(Tier(up_to=dec(10), unit_amount=dec(3)),))
    assert rate(price, used("14"), included=dec(5)).amount == 27
    billed = charge_between(Pricing(model=price, included=dec(5)), used("8"), used("14"))
    assert billed.amount == 18
    with pytest.raises(InvalidInput, match="above the last tier"):
        rate(price, used("16"), included=dec(5))


# Percentages: free windows to the cent.


@pytest.mark.parametrize(
    ("usage", "amount"),
    [(moved("1"), "0"), (moved("1", "5"), "0.01"), (moved("0"), "0"), (moved("5", "5"), "0.05")],
)
def test_a_free_amount_is_free_to_its_last_unit(usage: Usage, amount: str) -> None:
    price = PercentagePrice(percent=dec(1), free_amount=dec(5))
    assert rate(price, usage).amount == amount_of(price, usage) == dec(amount)


def test_less_than_one_left_of_the_free_amount_is_still_free() -> None:
    price = PercentagePrice(
        percent=dec(10), free_events=3, free_amount=dec(10), free_until=FreeWindow.EITHER, event_minimum=ZERO
    )
    assert rate(price, moved("9.5", "5", "1")).amount == dec("0.55")


@pytest.mark.parametrize("options", [{}, {"event_maximum": Decimal(9)}])
def test_what_is_free_is_a_note(options: dict[str, Any]) -> None:
    price = PercentagePrice(percent=dec(10), free_events=1, **options)
    steps = rate(price, moved("50", "20")).steps
    assert [(step.kind, step.amount) for step in steps] == [(StepKind.NOTE, 0), (StepKind.USAGE, 2)]


# Columns: what they cannot know is charged one by one.


def test_a_tier_chosen_by_another_quantity_is_chosen_so_in_bulk_too() -> None:
    tiers = (Tier(up_to=dec(10), unit_amount=dec(3)), Tier(unit_amount=dec(2)))
    usages = [used("4", tier_quantity=dec(40)), used("5", tier_quantity=dec(5))]
    assert bulk_charges(Pricing(model=VolumePrice(tiers=tiers)), usages) == [8, 15]


@pytest.mark.parametrize("quantity", ["1", "4096", "2305843009213693951", "4611686018427387904"])
def test_columns_keep_every_digit_around_the_largest_whole_number(quantity: str) -> None:
    half = dec(2**61) / dec(quantity).quantize(dec(1))
    price = GraduatedPrice(
        tiers=(Tier(up_to=dec(1), flat_amount=dec(2**60)), Tier(unit_amount=half.to_integral_value()))
    )
    quantities = [dec(quantity), dec(1)]
    alone = [charge_amount(Pricing(model=price), Usage(quantity=one)) for one in quantities]
    assert bulk_amounts(Pricing(model=price), quantities) == alone


def test_prices_that_look_into_usage_are_charged_alone() -> None:
    price = MatrixPrice(over=("region",), cells=(), rest=dec(2))
    with pytest.raises(InvalidInput, match="not divided"):
        bulk_amounts(Pricing(model=price), [dec(3)])
    scoped = Pricing(model=PerUnitPrice(unit_amount=dec(2)), scope=Scope(over=("region",)))
    assert bulk_charges(scoped, [parts(eu="3", us="1")]) == [8]


# Commitments of which a part went over to somebody else.


def month_of(agreed: CourseTerms, value: int, **place: Any) -> MonthSettled:
    given = {name: place.pop(name) for name in ("final", "fee_paid") if name in place}
    course = Course(terms=agreed, position=Position(**place), covers=(True,), **given)
    (month,) = settle_month([course], [dec(value)])
    return month


def test_what_was_handed_over_cannot_be_drawn_here_any_more() -> None:
    rest = CourseTerms(amount=dec(100), handed=dec(40), rollover=dec(1))
    month = month_of(rest, 90)
    assert (month.own, month.overage, month.after.carried) == (60, 30, 0)
    assert month_of(rest, 50).after.carried == 10
    drawn = month_of(rest, 10, drawn=dec(80))
    assert (drawn.own, drawn.own_value, drawn.overage) == (0, 0, 10)


def test_what_is_missing_at_the_end_is_missing_of_what_was_not_handed_over() -> None:
    rest = CourseTerms(amount=dec(100), handed=dec(40), payment=Payment.POSTPAID)
    assert month_of(rest, 50).true_up == 10
    assert month_of(rest, 50, final=True, drawn=dec(20)).true_up == 0
    shares = CourseTerms(
        amount=dec(100), months=2, schedule=(dec(60), dec(40)), payment=Payment.SCHEDULED, handed=dec(40)
    )
    assert month_of(shares, 0, final=True).true_up == 0


def test_a_fee_that_somebody_else_paid_is_not_asked_again() -> None:
    yearly = CourseTerms(amount=dec(100), months=12)
    assert [month_of(yearly, 0, fee_paid=paid).fee for paid in (False, True)] == [100, 0]


def test_without_a_schedule_all_is_released_and_asked_at_once() -> None:
    at_once = CourseTerms(amount=dec(100), months=2, payment=Payment.SCHEDULED)
    assert [month.fee for month in run_course(at_once, [dec(0), dec(0)])] == [100, 0]


def test_a_course_goes_on_unless_it_is_said_to_end() -> None:
    by_use = CourseTerms(amount=dec(100), months=12, payment=Payment.POSTPAID)
    assert [due(by_use, month) for month in run_course(by_use, [dec(30), dec(30)])] == [30, 30]
