"""What rating refuses, in its own words, and figures at the very edge where another rule begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from steelyard.kernel import InvalidInput
from steelyard.rating import (
    Exchange,
    FlatPrice,
    GraduatedPrice,
    HourTerms,
    MatrixCell,
    MatrixPrice,
    PackagePrice,
    PackageRounding,
    PerUnitPrice,
    Pricing,
    Scope,
    Step,
    StepKind,
    Tier,
    Usage,
    UsagePart,
    VolumePrice,
    Weight,
    Weights,
    WindowedPrice,
    WindowSize,
    WindowTerms,
    Wording,
    amount_of,
    charge,
    charge_amount,
    charged_usage,
    rate,
    rate_between,
    rate_changes,
    why_not,
)
from steelyard.rating.bulk import bulk_amounts, bulk_charges
from steelyard.rating.commitment_course import (
    Course,
    CourseTerms,
    Position,
    due,
    prorated_terms,
    run_course,
    settle_month,
)
from steelyard.rating.discounts import (
    AmountOff,
    Band,
    Basis,
    FreeMonths,
    FreeUnits,
    Measured,
    PercentOff,
    SeatsOff,
    VolumeOff,
    floor_of,
    shares,
    stacked,
    taken_off,
)
from steelyard.rating.exactly import exactly
from steelyard.rating.prorated_tiers import UnitsChange


def dec(text: str | int) -> Decimal:
    return Decimal(text)


def used(quantity: str | int, **more: Any) -> Usage:
    return Usage(quantity=dec(quantity), **more)


ONE_TIER = Tier(up_to=dec(5), unit_amount=dec(1))

REFUSED: list[tuple[Callable[[], object], str, str]] = [
    (lambda: PackagePrice(size=dec(0), amount=dec(1)), "package_size", "a package holds more than nothing"),
    (
        lambda: PackagePrice(size=dec(1), amount=dec(1), included=dec(-1)),
        "negative_included",
        "included units are not negative",
    ),
    (lambda: GraduatedPrice(tiers=()), "no_tiers", "a tiered price needs at least one tier"),
    (
        lambda: VolumePrice(tiers=(Tier(unit_amount=dec(1), percent=dec(1)),)),
        "tier_two_prices",
        "tier 1 has an amount per unit and a percentage",
    ),
    (
        lambda: GraduatedPrice(tiers=(Tier(unit_amount=dec(1)), ONE_TIER)),
        "tier_order",
        "tier 1 is unlimited but not the last",
    ),
    (
        lambda: GraduatedPrice(tiers=(ONE_TIER, ONE_TIER)),
        "tier_order",
        "tier 2 ends at or before the tier below it",
    ),
    (lambda: Exchange(unit="c", rate=dec(0)), "bad_rate", "0 is no exchange rate"),
    (lambda: Exchange(unit="c", rate=dec("Infinity")), "bad_rate", "Infinity is no exchange rate"),
    (lambda: AmountOff(amount=dec(-1)), "negative_discount", "a discount is not negative"),
    (lambda: FreeUnits(units=dec("-0.1")), "negative_discount", "free units are not negative"),
    (lambda: FreeMonths(months=0), "no_months", "at least one month is free"),
    (lambda: PercentOff(percent=dec("100.1")), "bad_percent", "a discount is from 0 to 100 percent"),
    (lambda: VolumeOff(bands=()), "no_bands", "a discount by bands needs at least one band"),
    (
        lambda: SeatsOff(
            bands=(Band(at_least=dec(2), percent=dec(1)), Band(at_least=dec(2), percent=dec(2)))
        ),
        "band_order",
        "band 2 begins at or below the one before it",
    ),
    (
        lambda: shares(dec(1), [dec(0), dec(0)]),
        "invalid_weights",
        "weights must not be negative and not all be zero",
    ),
    (
        lambda: shares(dec(1), [dec(3), dec(-1)]),
        "invalid_weights",
        "weights must not be negative and not all be zero",
    ),
    (
        lambda: Weights(over=("a", "b"), rows=()).factor_of(("x", "y")),
        "no_rate",
        "there is no weight for x / y",
    ),
    (
        lambda: rate(
            MatrixPrice(over=("a", "b"), cells=(MatrixCell(at=("u", "v"), unit_amount=dec(1)),)),
            used(1, parts=(UsagePart(at=("x", "y"), quantity=dec(1)),)),
        ),
        "no_rate",
        "there is no amount for x, y",
    ),
    (lambda: rate(PackagePrice(size=dec(2), amount=dec(1)), used(-1)), "negative_quantity", "zero units"),
]


@pytest.mark.parametrize(("ask", "code", "words"), REFUSED)
def test_what_makes_no_sense_is_refused_in_words(ask: Callable[[], object], code: str, words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        ask()
    assert refused.value.detail_code == code
    assert refused.value.message == words or refused.value.message.endswith(words)


def test_nothing_is_a_discount_too() -> None:
    assert (AmountOff(amount=dec(0)).amount, FreeUnits(units=dec(0)).units) == (0, 0)
    assert FreeUnits(units=dec("0.5")).units == dec("0.5")
    assert floor_of(dec("0.5"), amount=dec(3)) == dec("0.5")
    assert taken_off(AmountOff(amount=dec(2)), dec(-5), Measured()) == 0


def test_an_amount_that_38_digits_do_not_hold_is_refused_as_that() -> None:
    with pytest.raises(InvalidInput, match=r"^the amount has more than 38 digits$") as refused, exactly():
        _ = Decimal(1) / 3
    assert refused.value.detail_code == "too_many_digits"


def test_stacked_discounts_each_go_by_what_was_measured() -> None:
    bands = (Band(at_least=dec(10), percent=dec(10)), Band(at_least=dec(20), percent=dec(50)))
    forms = [(VolumeOff(bands=bands), Basis.REMAINING), (PercentOff(percent=dec(50)), Basis.LIST)]
    assert stacked(dec(80), forms, Measured(units=dec(20))) == (40, 40)
    assert stacked(dec(80), forms, Measured(units=dec(10))) == (8, 40)


def test_shares_of_an_endless_quotient_sum_to_the_whole_and_the_last_takes_the_rest() -> None:
    thirds = shares(dec(10), [dec(1), dec(1), dec(1), dec(0)])
    assert thirds == (
        dec("3.333333333333333333"),
        dec("3.333333333333333333"),
        dec("3.333333333333333334"),
        0,
    )
    assert shares(dec("0.000000000000000001"), [dec(1), dec(1)]) == (0, dec("0.000000000000000001"))
    assert [str(one) for one in shares(dec(9), [dec(1), dec(2)])] == ["3", "6"]
    assert [str(one) for one in shares(dec("1E-18"), [dec(4), dec(1)])] == ["1E-18", "0E-18"]


CREDITS = Exchange(unit="credits", rate=dec("0.01"))


def test_a_price_in_credits_says_each_step_in_credits_and_the_rate_once() -> None:
    tiers = (Tier(up_to=dec(2), unit_amount=dec(30), flat_amount=dec(5)), Tier(unit_amount=dec(10)))
    pricing = Pricing(model=GraduatedPrice(tiers=tiers), included=dec(1), exchange=CREDITS)
    charged = charge(pricing, used(4), wording=Wording(unit="calls"))
    assert charged.steps == (
        Step(
            text="4 calls used, 1 included: 3 charged",
            quantity=dec(4),
            unit_amount=dec(0),
            amount=dec(0),
            kind=StepKind.NOTE,
        ),
        Step(
            text="2 calls × 30.00 = 60.00 (tier 1: up to 2), in credits",
            quantity=dec(2),
            unit_amount=dec("0.3"),
            amount=dec("0.6"),
        ),
        Step(
            text="5.00 flat (tier 1: up to 2), in credits",
            quantity=dec(1),
            unit_amount=dec("0.05"),
            amount=dec("0.05"),
            kind=StepKind.FLAT,
        ),
        Step(
            text="1 call × 10.00 = 10.00 (tier 2: above 2), in credits",
            quantity=dec(1),
            unit_amount=dec("0.1"),
            amount=dec("0.1"),
        ),
        Step(
            text="75.00 credits × 0.01 = 0.75",
            quantity=dec(75),
            unit_amount=dec("0.01"),
            amount=dec(0),
            kind=StepKind.NOTE,
        ),
    )


def test_billing_in_parts_says_how_much_of_the_new_units_was_included() -> None:
    price = PerUnitPrice(unit_amount=dec(2))

    def between(before: int | None, after: int) -> list[Step]:
        then = None if before is None else used(before)
        return list(rate_between(price, then, used(after), included=dec(10)).steps)

    note = Step(
        text="6 of 9 units included", quantity=dec(6), unit_amount=dec(0), amount=dec(0), kind=StepKind.NOTE
    )
    assert between(4, 13)[0] == note
    assert [step.text for step in between(4, 13)] == ["6 of 9 units included", "3 units × 2.00 = 6.00"]
    assert between(None, 13)[0].text == "10 of 13 units included"
    assert between(0, 13)[0].text == "10 of 13 units included"
    assert [step.text for step in between(12, 13)] == ["1 unit × 2.00 = 2.00"]


def test_what_was_charged_before_is_a_step_that_takes_off() -> None:
    price = VolumePrice(tiers=(Tier(up_to=dec(10), unit_amount=dec(3)), Tier(unit_amount=dec(2))))
    taken = rate_between(price, used(4), used(12)).steps[-1]
    assert taken == Step(
        text="less 12.00 charged before for 4 units",
        quantity=dec(1),
        unit_amount=dec(-12),
        amount=dec(-12),
        kind=StepKind.LESS,
    )


def test_what_happens_before_rating_keeps_all_that_the_usage_says() -> None:
    usage = used(
        12, amount=dec(3), tier_quantity=dec(30), events=2, values=(dec(5), dec(7)), parts=(
            UsagePart(at=("eu",), quantity=dec(12), amount=dec(3)),
        )
    )  # fmt: skip
    charged = charged_usage(Pricing(model=PerUnitPrice(unit_amount=dec(1)), included=dec(2)), usage)
    assert charged == replace(usage, quantity=dec(10))
    tiers = (Tier(up_to=dec(20), unit_amount=dec(3)), Tier(unit_amount=dec(2)))
    volume = Pricing(model=VolumePrice(tiers=tiers), included=dec(2))
    assert charge_amount(volume, usage) == charge(volume, usage).amount == 20


def test_a_place_of_several_values_is_named_with_commas() -> None:
    parts = (UsagePart(at=("eu", ""), quantity=dec(3)),)
    table = Weights(over=("region", "kind"), rows=(Weight(at=("us", "*"), factor=dec(2)),))
    no = why_not(Pricing(model=PerUnitPrice(unit_amount=dec(1)), weights=table), used(3, parts=parts))
    assert no is not None
    assert no.reason == "the weight table has no weight for eu, no value"
    scoped = Pricing(
        model=GraduatedPrice(tiers=(Tier(unit_amount=dec(2)),)), scope=Scope(over=("region", "kind"))
    )
    (step,) = charge(scoped, used(3, parts=parts)).steps
    assert step.text == "eu, none: 3 units × 2.00 = 6.00 (tier 1: all)"


def test_hours_that_touch_are_no_overlap_and_equal_terms_are_not_charged_twice() -> None:
    cheap, dear = WindowTerms(unit_amount=dec(1)), WindowTerms(unit_amount=dec(3))
    spans = (HourTerms(from_hour=0, to_hour=8, terms=cheap), HourTerms(from_hour=8, to_hour=20, terms=dear))
    price = WindowedPrice(window=WindowSize.HOUR, outside=cheap, hours=spans)
    parts = tuple(UsagePart(at=(f"2026-10-03T{hour:02}",), quantity=dec(1)) for hour in (7, 8, 19, 20))
    usage = used(4, parts=parts)
    assert rate(price, usage).amount == amount_of(price, usage) == 1 + 3 + 3 + 1
    early = HourTerms(from_hour=6, to_hour=7, terms=dear)
    with pytest.raises(InvalidInput) as refused:
        WindowedPrice(window=WindowSize.HOUR, outside=cheap, hours=(*spans, early))
    assert refused.value.detail_code == "hours_overlap"


@pytest.mark.parametrize(
    ("unit", "said"),
    [("seats", "1 seat"), ("gas", "1 ga"), ("as", "1 as"), ("glass", "1 glass"), ("GB", "1 GB")],
)
def test_one_of_a_unit_is_said_in_the_singular(unit: str, said: str) -> None:
    assert Wording(unit=unit).count(dec(1)) == said


def test_negative_numbers_are_marked_once() -> None:
    words = Wording()
    assert (words.amount(dec("-1234.5")), words.number(dec("-1234.5"))) == ("-1,234.50", "-1,234.5")
    assert (words.amount(dec("-0.5")), words.number(dec("-0.5"))) == ("-0.50", "-0.5")


def test_units_that_came_and_went_and_tiers_that_cost_nothing_flat() -> None:
    price = GraduatedPrice(tiers=(Tier(up_to=dec(2), unit_amount=dec(10)), Tier(unit_amount=dec(4))))
    assert rate_changes(price, [UnitsChange(units=dec(3), prorated=dec("1.5"))]) == 12
    none_at_zero = replace_flat(price)
    assert rate_changes(none_at_zero, [UnitsChange(units=dec(0), prorated=dec(0))]) == 0


def replace_flat(price: GraduatedPrice) -> GraduatedPrice:
    tiers = tuple(
        Tier(up_to=one.up_to, unit_amount=one.unit_amount, flat_amount=dec(9)) for one in price.tiers
    )
    return GraduatedPrice(tiers=tiers, flat_at_zero=False)


# What fits into columns of whole numbers, and what must be charged one by one: equal either way.

MANY = [dec(n) for n in ("0", "1", "0.999999999999", "7", "49.5", "50", "50.0000001", "1000000")]
TIERS = (Tier(up_to=dec("49.75"), unit_amount=dec("0.1"), flat_amount=dec("0.003")), Tier(percent=dec("2.5")))


@pytest.mark.parametrize(
    "pricing",
    [
        Pricing(model=FlatPrice(amount=dec("9.99"), flat_at_zero=False)),
        Pricing(model=PerUnitPrice(unit_amount=dec("1E+3"), per=dec(1000)), cap=dec("7.123456789012345")),
        Pricing(model=GraduatedPrice(tiers=TIERS), included=dec("0.0000000001"), cap=dec("49.123456")),
        Pricing(model=VolumePrice(tiers=TIERS), minimum=dec("0.0001"), maximum=dec("1.23456")),
        Pricing(model=PackagePrice(size=dec("0.3"), amount=dec("1E+2"), included=dec("0.25"))),
        Pricing(model=PackagePrice(size=dec(3), amount=dec("0.1"), round=PackageRounding.DOWN)),
        Pricing(model=PerUnitPrice(unit_amount=dec("1234567890123456789012"))),
        Pricing(model=GraduatedPrice(tiers=TIERS), minimum=dec("1E+17")),
    ],
)
def test_columns_charge_what_each_quantity_alone_is_charged(pricing: Pricing) -> None:
    alone = [charge_amount(pricing, Usage(quantity=one)) for one in MANY]
    assert bulk_amounts(pricing, MANY) == alone
    assert bulk_amounts(pricing, []) == []
    for one, amount in zip(MANY, alone, strict=True):
        assert bulk_amounts(pricing, [one]) == [amount]


def test_columns_keep_exact_where_62_bits_are_just_not_enough() -> None:
    price = Pricing(model=PerUnitPrice(unit_amount=dec("0.000000000001")))
    near = [dec(2**60) / 10**12, dec(2**61), dec(2**62 - 1), dec(10) ** 20]
    assert bulk_amounts(price, near) == [one.scaleb(-12) for one in near]
    many = GraduatedPrice(
        tiers=(*(Tier(up_to=dec(n), flat_amount=dec(2**53)) for n in range(1, 400)), Tier(unit_amount=dec(1)))
    )
    assert bulk_amounts(Pricing(model=many), [dec(400)]) == [399 * dec(2**53) + 1]


def test_usages_in_bulk_are_charged_as_alone_and_refused_ones_are_none() -> None:
    tiers = (Tier(up_to=dec(10), unit_amount=dec(3)), Tier(unit_amount=dec(2)))
    price = Pricing(model=VolumePrice(tiers=tiers), included=dec(1))
    usages = [used(12), used(-1), used(4, tier_quantity=dec(40)), used(-1), used(0)]
    assert bulk_charges(price, usages) == [22, None, 6, None, 0]
    assert bulk_charges(price, [usages[1]]) == [None]
    assert bulk_charges(price, [used(4), used(4)]) == [9, 9]
    divided = Pricing(model=MatrixPrice(over=("a",), cells=(), rest=dec(2)))
    parts = (UsagePart(at=("x",), quantity=dec(3)),)
    assert bulk_charges(divided, [used(3, parts=parts), used(3)]) == [6, None]


# Commitments: several charges of one month draw on the same amounts.


def test_charges_of_a_month_share_what_rolled_over_the_term_and_the_buffer() -> None:
    terms = CourseTerms(amount=dec(100), burst=dec(30), overage_factor=dec(2), rollover=dec(1), months=2)
    course = Course(terms=terms, position=Position(carried=dec(50)), covers=(True, True, False))
    (month,) = settle_month([course], [dec(40), dec(160), dec(999)])
    assert (month.carried, month.carried_value) == (50, 50)
    assert (month.own, month.burst, month.overage_value, month.overage) == (100, 30, 20, 40)
    assert month.after == Position(month=1, drawn=dec(100), carried=dec(0))
    assert month.alert


def test_two_charges_fill_one_burst_buffer_and_never_twice() -> None:
    terms = CourseTerms(amount=dec(10), burst=dec(30))
    course = Course(terms=terms, position=Position(), covers=(True, True, True))
    (month,) = settle_month([course], [dec(20), dec(15), dec(10)])
    assert (month.own, month.burst, month.overage_value) == (10, 30, 5)


def test_what_rolled_over_stays_for_later_months_of_the_term() -> None:
    terms = CourseTerms(amount=dec(100), months=3, rollover=dec(1))
    course = Course(terms=terms, position=Position(carried=dec(50)), covers=(True,))
    (month,) = settle_month([course], [dec(20)])
    assert (month.carried, month.own, month.after.carried) == (20, 0, 30)


def test_a_buffer_of_less_than_one_still_alerts_and_none_never_does() -> None:
    small = CourseTerms(amount=dec(1), burst=dec("0.5"), alert=dec("0.8"))
    (month,) = run_course(small, [dec("1.4")])
    assert (month.burst, month.alert) == (dec("0.4"), True)
    (none,) = run_course(CourseTerms(amount=dec(1)), [dec(9)])
    assert not none.alert


def test_days_share_amount_and_buffer_alike() -> None:
    part = prorated_terms(CourseTerms(amount=dec(310), burst=dec(62)), 10, 31)
    assert (part.amount, part.burst) == (100, 20)
    thirds = prorated_terms(CourseTerms(amount=dec(100)), 1, 3)
    assert thirds.amount == dec("33.333333333333333333")


def test_a_committed_rate_fills_its_room_to_the_last_unit() -> None:
    fifth = CourseTerms(amount=dec(80), percent=dec(20))
    exact, beyond = (run_course(fifth, [dec(value)])[0] for value in (100, 101))
    assert (exact.own, exact.own_value, exact.overage_value) == (80, 100, 0)
    assert (beyond.own, beyond.own_value, beyond.overage_value) == (80, 100, 1)
    third = CourseTerms(amount=dec(1), percent=dec(70))
    (month,) = run_course(third, [dec(10)])
    assert month.own_value == dec("3.333333333333333333")
    assert due(third, run_course(third, [dec("0.5")])[0]) == 1
