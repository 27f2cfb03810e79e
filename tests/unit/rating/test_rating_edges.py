"""Where one price ends and the next begins: bounds, nothing at all, and what is refused in words."""

from __future__ import annotations

from decimal import Decimal

import pytest

from steelyard.kernel import InvalidInput
from steelyard.rating import (
    DynamicPrice,
    FlatPrice,
    GraduatedPrice,
    LinePlace,
    PackagePrice,
    PackageRounding,
    PercentagePrice,
    PerUnitPrice,
    PriceModel,
    Pricing,
    StepKind,
    Term,
    Tier,
    UnitsChange,
    Usage,
    UsagePart,
    VolumePrice,
    Wording,
    amount_of,
    bounded,
    charge,
    charge_between,
    charged_usage,
    explain,
    free_of,
    minimum_line,
    prorate,
    rate,
    rate_between,
    rate_changes,
    refusal,
    true_up,
    why_not,
)
from steelyard.rating.bulk import bulk_amounts
from steelyard.rating.models import graduated, matrix, multi_unit, stairstep, volume
from tests.unit.rating.price_examples import (
    blocks,
    hours,
    moved,
    parts,
    per_unit,
    stairs,
    terms,
    units,
    used,
    windowed,
)
from tests.unit.rating.price_examples import matrix as matrix_of

ONE = Decimal(1)
TIERS = (
    Tier(up_to=Decimal(10), unit_amount=Decimal(10), flat_amount=Decimal(2)),
    Tier(up_to=Decimal(20), unit_amount=Decimal(5)),
    Tier(flat_amount=Decimal(30), percent=Decimal(50)),
)


@pytest.mark.parametrize(
    ("model", "quantity", "amount"),
    [
        (GraduatedPrice(tiers=TIERS), "0", "2"),
        (GraduatedPrice(tiers=TIERS, flat_at_zero=False), "0", "0"),
        (GraduatedPrice(tiers=TIERS, flat_at_zero=False), "1", "12"),
        (GraduatedPrice(tiers=TIERS), "10", "102"),
        (GraduatedPrice(tiers=TIERS), "11", "107"),
        (GraduatedPrice(tiers=TIERS), "20", "152"),
        (GraduatedPrice(tiers=TIERS), "22", "183"),
        (GraduatedPrice(tiers=TIERS[:2]), "25", "152"),
        (GraduatedPrice(tiers=TIERS[:1], per=Decimal(10)), "5", "7"),
        (VolumePrice(tiers=TIERS), "0", "2"),
        (VolumePrice(tiers=TIERS, flat_at_zero=False), "0", "0"),
        (VolumePrice(tiers=TIERS), "10", "102"),
        (VolumePrice(tiers=TIERS), "11", "55"),
        (VolumePrice(tiers=TIERS), "22", "41"),
        (FlatPrice(amount=Decimal(3)), "0", "3"),
        (FlatPrice(amount=Decimal(3), flat_at_zero=False), "0", "0"),
        (FlatPrice(amount=Decimal(3), flat_at_zero=False), "1", "3"),
        (PerUnitPrice(unit_amount=Decimal(3), per=Decimal(100)), "50", "1.5"),
        (PackagePrice(size=Decimal(10), amount=Decimal(4), included=ONE), "11", "4"),
        (PackagePrice(size=Decimal(10), amount=Decimal(4), included=ONE), "12", "8"),
        (PackagePrice(size=Decimal(10), amount=Decimal(4), round=PackageRounding.DOWN), "19", "4"),
        (PackagePrice(size=Decimal(10), amount=Decimal(4)), "0", "0"),
    ],
)
def test_amounts_at_the_bounds(model: PriceModel, quantity: str, amount: str) -> None:
    assert amount_of(model, used(quantity)) == Decimal(amount)
    assert rate(model, used(quantity)).amount == Decimal(amount)
    assert bulk_amounts(Pricing(model=model), [Decimal(quantity)]) == [Decimal(amount)]
    if isinstance(model, GraduatedPrice):
        assert graduated.rate(model, used(quantity), Wording()).amount == Decimal(amount)


def test_dynamic_amounts_are_those_that_events_carried() -> None:
    usage = used("4", amount=Decimal(10))
    assert amount_of(DynamicPrice(multiplier=Decimal("1.2")), usage) == 12
    with pytest.raises(InvalidInput) as refused:
        amount_of(DynamicPrice(), used("4"))
    assert refused.value.detail_code == "amount_missing"
    assert refused.value.message == "a dynamic price needs the amount that the events carried"


def test_the_tier_of_prorated_units_is_that_of_the_whole_ones() -> None:
    price = VolumePrice(tiers=TIERS)
    assert amount_of(price, used("5", tier_quantity=Decimal(15))) == 25
    assert volume.holds(VolumePrice(tiers=TIERS[:2]), used("5", tier_quantity=Decimal(20)))
    assert not volume.holds(VolumePrice(tiers=TIERS[:2]), used("5", tier_quantity=Decimal(21)))


@pytest.mark.parametrize(
    ("ask", "code", "message"),
    [
        (
            lambda: stairstep.amount(stairs(("1", "1")), used("2")),
            "above_last_tier",
            "the usage lies above the last step",
        ),
        (
            lambda: volume.amount(VolumePrice(tiers=TIERS[:1]), used("11")),
            "above_last_tier",
            "the quantity lies above the last tier",
        ),
        (
            lambda: matrix.unit_amount_of(matrix_of(("a/b", "1"), over="x/y"), ("c", "d")),
            "no_rate",
            "there is no amount for c / d",
        ),
        (
            lambda: multi_unit.unit_of(units(a=per_unit("1")), UsagePart(at=("b",), quantity=ONE)),
            "no_rate",
            "there is no price for 'b'",
        ),
        (
            lambda: prorate(ONE, ONE, Decimal(0)),
            "empty_period",
            "the period that is divided must not be empty",
        ),
    ],
)
def test_what_cannot_be_priced_says_why(ask: object, code: str, message: str) -> None:
    assert callable(ask)
    with pytest.raises(InvalidInput) as refused:
        ask()
    assert (refused.value.detail_code, refused.value.message) == (code, message)


def test_shares_of_a_day_are_shares() -> None:
    assert prorate(Decimal(90), Decimal("0.5"), ONE) == 45
    assert prorate(Decimal(90), Decimal("0.25"), Decimal("0.5")) == 45


def test_the_cell_that_names_most_applies_and_the_earlier_of_equals() -> None:
    places = [("*", "*"), ("*", "s"), ("eu", "*"), ("eu", "s")]
    assert [matrix.place_of(places, at) for at in (("eu", "s"), ("eu", "x"), ("us", "s"), ("us", "x"))] == [
        3,
        2,
        1,
        0,
    ]
    assert matrix.place_of([("eu", "*"), ("*", "s")], ("eu", "s")) == 0
    assert matrix.place_of([("*", "*"), ("*", "s")], ("eu", "s")) == 1
    assert matrix.place_of([("eu", "s")], ("us", "s")) is None


def test_blocks_name_what_is_beyond_them_and_show_cents() -> None:
    rated = rate(blocks(("10", "1", "1.5")), used("10.5"))
    assert explain(rated) == [
        "1 block × 1.50 = 1.50 (10 units in blocks of 10, tier 1)",
        "0.5 units above the last tier, not charged",
    ]
    assert [(step.kind, step.quantity) for step in rated.steps] == [
        (StepKind.USAGE, 1),
        (StepKind.NOTE, Decimal("0.5")),
    ]


def test_steps_of_a_staircase_are_named_by_their_bounds() -> None:
    price = stairs(("10", "1"), (None, "2"))
    assert explain(rate(price, used("11"))) == ["2.00 for 11 units (step 2: above 10)"]
    assert explain(rate(stairs((None, "2")), used("1"))) == ["2.00 for 1 unit (step 1: all)"]
    assert explain(rate(stairs(("1", "1"), ("2", "2"), (None, "3")), used("2"))) == [
        "2.00 for 2 units (step 2: up to 2)"
    ]


@pytest.mark.parametrize(
    ("price", "usage", "sentences"),
    [
        (PercentagePrice(percent=ONE, free_events=1), moved("1", "-1"), []),
        (
            PercentagePrice(percent=ONE, free_amount=Decimal(5)),
            moved("10"),
            ["free: 5.00 of 10.00, 0 of 1 events", "1% of 5.00 = 0.05"],
        ),
        (
            PercentagePrice(percent=ONE, free_events=1, event_amount=ONE),
            Usage(quantity=Decimal(9), events=3),
            ["free: 0.00 of 9.00, 1 of 3 events", "1% of 9.00 = 0.09", "2 events × 1.00 = 2.00"],
        ),
        (PercentagePrice(percent=Decimal(10), event_minimum=ONE), moved("10"), ["10% of 10.00 = 1.00"]),
        (PercentagePrice(percent=Decimal(10), event_maximum=ONE), moved("10"), ["10% of 10.00 = 1.00"]),
        (
            PercentagePrice(percent=Decimal(10), event_maximum=Decimal("1.5"), event_amount=ONE),
            moved("10", "30"),
            ["2 events × 1.50 = 3.00 (at most)"],
        ),
        (
            PercentagePrice(percent=Decimal(10), event_minimum=ONE, free_amount=ONE),
            moved("0.5", "10"),
            ["free: 1 of 2 events", "1 event × 1.00 = 1.00 (at least)"],
        ),
    ],
)
def test_percentages_read_like_this(price: PercentagePrice, usage: Usage, sentences: list[str]) -> None:
    assert explain(rate(price, usage)) == sentences


def test_what_is_free_at_the_edges() -> None:
    one_free = PercentagePrice(percent=ONE, free_events=1)
    assert free_of(one_free, moved("4", "6")) == (Decimal(4), 1)
    assert free_of(one_free, moved("4")) == (Decimal(4), 1)
    assert free_of(PercentagePrice(percent=ONE, free_amount=Decimal(9)), moved("1", "1")) == (Decimal(2), 2)
    assert free_of(PercentagePrice(percent=ONE, free_amount=Decimal(9)), moved("1", "-1")) == (Decimal(0), 2)
    assert free_of(PercentagePrice(percent=ONE), moved("4")) == (Decimal(0), 0)


def test_terms_minimums_and_true_ups() -> None:
    due = [(term, place) for term in Term for place in LinePlace if term.is_due(place)]
    assert due == [
        (Term.IN_ADVANCE, LinePlace.SINGLE),
        (Term.IN_ADVANCE, LinePlace.FIRST),
        (Term.IN_ARREARS, LinePlace.SINGLE),
        (Term.IN_ARREARS, LinePlace.LAST),
    ]
    assert true_up(ONE, ONE) == 0
    assert true_up(ONE, Decimal(2)) is None
    assert [minimum_line(ONE, Decimal(0), place) for place in LinePlace] == [1, 0, 0, 1]


def test_units_that_come_and_go_pay_flat_amounts_of_the_tiers_reached() -> None:
    price = GraduatedPrice(tiers=TIERS)
    came = UnitsChange(units=Decimal(12), prorated=Decimal(6))
    gone = UnitsChange(units=Decimal(-12), prorated=Decimal(-6))
    assert rate_changes(price, [came]) == Decimal(55) + 2
    assert rate_changes(price, [came, gone]) == Decimal(0) + 2
    assert rate_changes(price, [gone]) == 0
    assert rate_changes(price, []) == 2
    assert rate_changes(GraduatedPrice(tiers=TIERS, flat_at_zero=False), []) == 0
    assert rate_changes(price, [UnitsChange(units=Decimal(21), prorated=Decimal(21))]) == 152 + Decimal(
        "30.5"
    )


def test_windows_of_cents() -> None:
    rated = rate(windowed(terms("0.5", "10")), hours(("2026-10-03T23", "30")))
    assert explain(rated) == ["30 units × 0.50 = 15.00 (1 hour)"]
    assert amount_of(windowed(terms("1"), (23, 24, terms("2"))), hours(("2026-10-03T23", "3"))) == 6


def test_included_units_and_caps_at_the_edges() -> None:
    price = Pricing(model=per_unit("1"), included=ONE)
    assert charged_usage(price, used("0.5")).quantity == 0
    assert charged_usage(price, used("1")).quantity == 0
    assert charged_usage(price, used("1.5")).quantity == Decimal("0.5")
    assert explain(charge(price, used("0.5")))[0] == "0.5 units used, 1 included: nothing beyond"


def test_a_negative_charge_is_neither_capped_nor_called_so() -> None:
    rated = rate(per_unit("2"), used("-3"))
    assert bounded(rated, minimum=None, maximum=Decimal(5)) == rated
    assert bulk_amounts(Pricing(model=per_unit("2"), maximum=Decimal(5)), [Decimal(-3)]) == [-6]


def test_what_comes_on_top_is_told_in_the_words_asked_for() -> None:
    words = Wording(unit="calls", decimals=0)
    price = Pricing(model=per_unit("2"), maximum=Decimal(100))
    assert explain(charge_between(price, None, used("1"), wording=words)) == ["1 call × 2 = 2"]
    assert explain(charge_between(price, used("1"), used("3"), wording=words)) == [
        "3 calls × 2 = 6",
        "less 2 charged before for 1 call",
    ]
    assert charge_between(price, used("1"), used("3")).steps[-1].unit_amount == -2


def test_refusals_name_every_value_of_a_place() -> None:
    usage = Usage(quantity=ONE, parts=(UsagePart(at=("c", ""), quantity=ONE),))
    no = refusal(matrix_of(("a/b", "1"), over="x/y"), usage)
    assert no is not None
    assert no.reason == "there is no amount for c, no value"
    assert why_not(Pricing(model=per_unit("1")), parts(a="1")) is None


def test_columns_of_nothing_and_of_huge_numbers() -> None:
    price = Pricing(model=GraduatedPrice(tiers=TIERS))
    assert bulk_amounts(price, []) == []
    huge = [Decimal(10) ** 20, Decimal(3)]
    assert bulk_amounts(price, huge) == [amount_of(price.model, Usage(quantity=one)) for one in huge]
    with pytest.raises(InvalidInput, match="no meaning below zero"):
        bulk_amounts(price, [Decimal(-1)])
    with pytest.raises(InvalidInput, match="above the last tier"):
        bulk_amounts(Pricing(model=VolumePrice(tiers=TIERS[:1])), [Decimal(11)])
    assert bulk_amounts(Pricing(model=stairs((None, "4"))), [ONE]) == [4]


def test_what_events_carried_on_top_is_charged_alone() -> None:
    price = DynamicPrice(multiplier=Decimal(2), unit_price_decimals=1)
    before, after = used("2", amount=Decimal(5)), used("5", amount=Decimal(11))
    rated = rate_between(price, before, after)
    assert explain(rated) == ["6.00 carried by 3 units × 2 = 12.00 (4.00 a unit on average)"]
    (step,) = rated.steps
    assert (step.quantity, step.unit_amount, step.amount, rated.amount) == (6, 2, 12, 12)
    assert rate_between(price, before, before).steps == ()
    assert rate_between(price, before, before).amount == 0
    more_money = rate_between(price, before, used("2", amount=Decimal(6)))
    assert explain(more_money) == ["1.00 carried by 0 units × 2 = 2.00"]
    more_units = rate_between(price, before, used("3", amount=Decimal(5)))
    assert explain(more_units) == ["0.00 carried by 1 unit × 2 = 0.00 (0.00 a unit on average)"]
    assert explain(rate(price, used("3", amount=Decimal(1)))) == [
        "1.00 carried by 3 units × 2 = 2.00 (0.70 a unit on average)"
    ]
    assert explain(rate(price, used("0", amount=Decimal(0)))) == ["0.00 carried by 0 units × 2 = 0.00"]
