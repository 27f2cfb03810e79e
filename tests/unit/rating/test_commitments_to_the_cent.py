"""Commitments and discounts in figures: each field of the terms changes exactly what it says."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from steelyard.kernel import InvalidInput
from steelyard.rating.commitment_course import (
    Course,
    CourseTerms,
    Payment,
    Position,
    due,
    prorated_terms,
    run_course,
    settle_month,
)
from steelyard.rating.discounts import (
    AmountOff,
    Band,
    FreeMonths,
    FreeUnits,
    Measured,
    PercentOff,
    SeatsOff,
    TermOff,
    VolumeOff,
    clipped,
    floor_of,
    percent_of,
    shares,
    taken_off,
)

MONTHLY = CourseTerms(amount=Decimal(100))
QUARTERS = tuple(Decimal(n) for n in (40, 0, 30, 0, 0, 20, 0, 0, 10, 0, 0, 0))
BANDS = tuple(Band(at_least=Decimal(n), percent=Decimal(p)) for n, p in ((10, 5), (20, 8)))


def dues(terms: CourseTerms, *values: int, ends: bool = False) -> list[Decimal]:
    found = run_course(terms, [Decimal(value) for value in values], ends=ends)
    return [due(terms, one) for one in found]


def test_each_month_is_a_term_of_its_own():
    assert dues(MONTHLY, 0, 99, 100, 101) == [100, 100, 100, 101]


def test_a_year_is_paid_ahead_once_and_again_after_twelve_months():
    yearly = replace(MONTHLY, months=12)
    assert dues(yearly, 60, 60, *[0] * 10, 5) == [100, 20, *[0] * 10, 100]


def test_paid_by_use_the_rest_is_due_when_the_term_or_the_commitment_ends():
    by_use = replace(MONTHLY, months=12, payment=Payment.POSTPAID)
    assert dues(by_use, 30, 30) == [30, 30]
    assert dues(by_use, 30, 30, ends=True) == [30, 70]
    assert dues(replace(by_use, true_up=False), 30, 30, ends=True) == [30, 30]


def test_a_schedule_releases_and_asks_share_by_share_and_the_rest_at_an_early_end():
    by_share = replace(MONTHLY, months=12, payment=Payment.SCHEDULED, schedule=QUARTERS)
    assert dues(by_share, 50, 0, 10) == [50, 0, 30]
    assert dues(by_share, 0, 0, 0, ends=True) == [40, 0, 60]
    assert dues(replace(by_share, true_up=False), 0, 0, 0, ends=True) == [40, 0, 30]
    ahead = replace(by_share, payment=Payment.PREPAID)
    assert dues(ahead, 50, 0, 30) == [110, 0, 0]


def test_what_rolls_over_is_a_fraction_used_first_and_only_in_the_next_term():
    half = replace(MONTHLY, rollover=Decimal("0.5"))
    months = run_course(half, [Decimal(n) for n in (20, 30, 500)])
    assert [one.carried for one in months] == [0, 30, 50]
    assert [one.own for one in months] == [20, 0, 100]
    assert months[0].after.carried == 40
    # Of the 40 that rolled over 10 are lost; of the unused 100 a half rolls over.
    assert months[1].after.carried == 50
    soft = replace(half, payment=Payment.POSTPAID, true_up=False)
    assert [one.carried for one in run_course(soft, [Decimal(0), Decimal(9)])] == [0, 0]


def test_committed_rates_burst_and_overage_part_at_their_bounds():
    terms = replace(MONTHLY, percent=Decimal(50), burst=Decimal(20), overage_factor=Decimal(3))
    (one,) = run_course(terms, [Decimal(250)])
    assert (one.own, one.own_value) == (100, 200)
    assert (one.burst, one.burst_value, one.overage_value, one.overage) == (20, 40, 10, 30)
    assert due(terms, one) == 150
    (below,) = run_course(terms, [Decimal(231)])
    assert below.burst == Decimal("15.5")
    assert not below.alert
    (at,) = run_course(terms, [Decimal(232)])
    assert at.burst == 16
    assert at.alert
    assert not run_course(MONTHLY, [Decimal(500)])[0].alert


def test_negative_values_draw_nothing_and_what_is_not_covered_is_left_alone():
    course = Course(terms=MONTHLY, position=Position(), covers=(True, False, True))
    (one,) = settle_month([course], [Decimal(-5), Decimal(70), Decimal(30)])
    assert (one.own, one.usage_value) == (30, 30)


def test_part_of_a_month_has_part_of_amount_and_buffer():
    whole = replace(MONTHLY, burst=Decimal(31))
    assert prorated_terms(whole, 31, 31) is whole
    part = prorated_terms(whole, 1, 31)
    assert (str(part.amount), part.burst) == ("3.225806451612903226", 1)


@pytest.mark.parametrize(
    ("form", "measured", "percent"),
    [
        (VolumeOff(bands=BANDS), Measured(units=Decimal("9.9")), 0),
        (VolumeOff(bands=BANDS), Measured(units=Decimal(10)), 5),
        (SeatsOff(bands=BANDS), Measured(seats=Decimal(20)), 8),
        (TermOff(bands=BANDS), Measured(term_months=19), 5),
        (FreeMonths(months=2), Measured(month=1), 100),
        (FreeMonths(months=2), Measured(month=2), 0),
        (PercentOff(percent=Decimal(7)), Measured(), 7),
        (AmountOff(amount=Decimal(7)), Measured(), 0),
        (FreeUnits(units=Decimal(7)), Measured(), 0),
    ],
)
def test_a_form_goes_by_its_own_measure(form: PercentOff, measured: Measured, percent: int):
    assert percent_of(form, measured) == percent


def test_nothing_is_taken_off_nothing_or_less():
    ten = PercentOff(percent=Decimal(10))
    assert taken_off(ten, Decimal(0), Measured(), listed=Decimal(50)) == 0
    assert taken_off(ten, Decimal(-10), Measured()) == 0
    assert taken_off(ten, Decimal(3), Measured(), listed=Decimal(50)) == 3
    spent = Measured(given=Decimal(9))
    assert taken_off(AmountOff(amount=Decimal(7), once=True), Decimal(50), spent) == 0
    assert taken_off(AmountOff(amount=Decimal(7)), Decimal(50), spent) == 7


def test_a_floor_is_the_larger_of_its_bounds():
    assert floor_of(Decimal(200), percent=Decimal(60), amount=Decimal(150)) == 150
    assert floor_of(Decimal(-5), percent=Decimal(60)) == 0
    assert clipped(Decimal(5), [Decimal(-1)]) == 0


def test_shares_of_nothing_go_to_nobody():
    assert shares(Decimal(10), [Decimal(0), Decimal(1), Decimal(0)]) == (0, 10, 0)
    for weights in ([Decimal(0)], [Decimal(3), Decimal(-1)]):
        with pytest.raises(InvalidInput, match="weights"):
            shares(Decimal(10), weights)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: PercentOff(percent=Decimal("100.1")), "bad_percent"),
        (lambda: PercentOff(percent=Decimal(-1)), "bad_percent"),
        (lambda: AmountOff(amount=Decimal(-1)), "negative_discount"),
        (lambda: FreeUnits(units=Decimal(-1)), "negative_discount"),
        (lambda: FreeMonths(months=0), "no_months"),
        (lambda: VolumeOff(bands=()), "no_bands"),
        (lambda: SeatsOff(bands=(BANDS[1], BANDS[0])), "band_order"),
        (lambda: TermOff(bands=(BANDS[0], BANDS[0])), "band_order"),
        (lambda: TermOff(bands=(Band(at_least=Decimal(1), percent=Decimal(101)),)), "bad_percent"),
    ],
)
def test_what_is_no_discount_is_refused(make: type, code: str):
    with pytest.raises(InvalidInput) as refused:
        make()
    assert refused.value.detail_code == code
