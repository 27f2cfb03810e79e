"""What surrounds a price model: weights, conversion, included units, cap, scope, minimum and maximum."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import pytest

from steelyard.kernel import InvalidInput
from steelyard.rating import (
    Breakdown,
    Conversion,
    ConversionOp,
    FlatPrice,
    GraduatedPrice,
    PackagePrice,
    PercentagePrice,
    PriceModel,
    Pricing,
    Scope,
    StairstepPrice,
    StepKind,
    Tier,
    Usage,
    UsagePart,
    Weight,
    Weights,
    WholeUnits,
    WindowSize,
    Wording,
    bounded,
    breakdown_of,
    charge,
    charge_amount,
    charge_between,
    charged_usage,
    explain,
    sold_unit,
    takes_included,
    why_not,
)
from tests.unit.rating.price_examples import (
    blocks,
    hours,
    matrix,
    parts,
    per_unit,
    stairs,
    terms,
    units,
    used,
    windowed,
)

ONE = Decimal(1)
YEN = Wording(unit="calls", decimals=0)
TEN = PackagePrice(size=Decimal(10), amount=Decimal(4))
TIERS = GraduatedPrice(tiers=(Tier(up_to=Decimal(5), unit_amount=Decimal(2)), Tier(unit_amount=ONE)))


def priced(model: PriceModel, **options: Any) -> Pricing:
    made: dict[str, Any] = {
        name: Decimal(value) if type(value) is str else value for name, value in options.items()
    }
    return Pricing(model=model, **made)


def divided(
    factor: str, rounding: WholeUnits = WholeUnits.NONE, op: ConversionOp = ConversionOp.DIVIDE
) -> Conversion:
    return Conversion(op=op, factor=Decimal(factor), rounding=rounding, unit="hours")


def weights(rest: str | None = None, **factors: str) -> Weights:
    rows = tuple(Weight(at=(name,), factor=Decimal(factor)) for name, factor in factors.items())
    return Weights(over=("kind",), rows=rows, rest=None if rest is None else Decimal(rest), unit="credits")


SAID = [
    (priced(per_unit("2")), used("3"), ["3 calls × 2 = 6"]),
    (
        priced(per_unit("2"), included="10"),
        used("12"),
        ["12 calls used, 10 included: 2 charged", "2 calls × 2 = 4"],
    ),
    (
        priced(per_unit("2"), included="10"),
        used("10"),
        ["10 calls used, 10 included: nothing beyond", "0 calls × 2 = 0"],
    ),
    (priced(per_unit("2"), included="10"), used("0"), ["0 calls × 2 = 0"]),
    (priced(per_unit("2"), included="10"), used("-3"), ["-3 calls × 2 = -6"]),
    (
        priced(per_unit("2"), cap="5"),
        used("7"),
        ["2 calls above the cap of 5, not charged", "5 calls × 2 = 10"],
    ),
    (priced(per_unit("2"), cap="5"), used("5"), ["5 calls × 2 = 10"]),
    (
        priced(per_unit("2"), cap="5", included="3"),
        used("9"),
        ["9 calls used, 3 included: 6 charged", "1 call above the cap of 5, not charged", "5 calls × 2 = 10"],
    ),
    (
        priced(per_unit("3"), conversion=divided("10", WholeUnits.CEILING)),
        used("11"),
        ["11 / 10 = 2 calls (rounded up)", "2 calls × 3 = 6"],
    ),
    (
        priced(per_unit("3"), conversion=divided("10", WholeUnits.FLOOR)),
        used("19"),
        ["19 / 10 = 1 call (rounded down)", "1 call × 3 = 3"],
    ),
    (
        priced(per_unit("3"), conversion=divided("10", WholeUnits.HALF_UP), included="1"),
        used("15"),
        ["15 / 10 = 2 calls (rounded)", "2 calls used, 1 included: 1 charged", "1 call × 3 = 3"],
    ),
    (
        priced(per_unit("3"), conversion=divided("10", op=ConversionOp.MULTIPLY)),
        used("1.5"),
        ["1.5 × 10 = 15 calls", "15 calls × 3 = 45"],
    ),
    (
        priced(per_unit("2"), weights=weights("0.5", a="4"), conversion=divided("10", WholeUnits.CEILING)),
        parts(a="3", b="2"),
        ["3 of a × 4 = 12", "2 of b × 0.5 = 1", "13 / 10 = 2 calls (rounded up)", "2 calls × 2 = 4"],
    ),
    (
        priced(TIERS, scope=Scope(over=("kind",))),
        parts(a="6", b="1"),
        [
            "a: 5 calls × 2 = 10 (tier 1: up to 5)",
            "a: 1 call × 1 = 1 (tier 2: above 5)",
            "b: 1 call × 2 = 2 (tier 1: up to 5)",
        ],
    ),
    (
        priced(TEN, scope=Scope(window=WindowSize.HOUR)),
        hours(("2026-10-03T08", "1"), ("2026-10-03T09", "11")),
        [
            "2026-10-03T08: 1 package × 4 = 4 (1 call in packages of 10, rounded up)",
            "2026-10-03T09: 2 packages × 4 = 8 (11 calls in packages of 10, rounded up)",
        ],
    ),
    (
        priced(per_unit("2"), scope=Scope(over=("kind",)), conversion=divided("10", WholeUnits.CEILING)),
        parts(a="1", b="11"),
        ["a: 1 call × 2 = 2", "b: 2 calls × 2 = 4"],
    ),
    (
        priced(per_unit("2"), scope=Scope(over=("kind",)), cap="3"),
        Usage(quantity=Decimal(4), parts=(UsagePart(at=("",), quantity=Decimal(4)),)),
        ["none: 3 calls × 2 = 6"],
    ),
    (priced(per_unit("2"), minimum="10"), used("4"), ["4 calls × 2 = 8", "2 to the minimum of 10"]),
    (priced(per_unit("2"), minimum="8"), used("4"), ["4 calls × 2 = 8"]),
    (priced(per_unit("2"), maximum="8"), used("4"), ["4 calls × 2 = 8"]),
    (priced(per_unit("2"), maximum="7"), used("4"), ["4 calls × 2 = 8", "1 above the maximum of 7"]),
    (
        priced(per_unit("2"), maximum="7", minimum="7"),
        used("3"),
        ["3 calls × 2 = 6", "1 to the minimum of 7"],
    ),
    (priced(per_unit("2"), maximum="0"), used("3"), ["3 calls × 2 = 6", "6 above the maximum of 0"]),
]


@pytest.mark.parametrize(("pricing", "usage", "sentences"), SAID)
def test_a_charge_reads_like_this(pricing: Pricing, usage: Usage, sentences: list[str]) -> None:
    rated = charge(pricing, usage, wording=YEN)
    assert explain(rated) == sentences
    assert rated.amount == sum((step.amount for step in rated.steps), Decimal(0))
    assert rated.amount == charge_amount(pricing, usage)
    assert why_not(pricing, usage) is None


@pytest.mark.parametrize(("pricing", "usage", "_"), SAID)
def test_the_figures_of_a_step_make_its_amount(pricing: Pricing, usage: Usage, _: list[str]) -> None:
    for step in charge(pricing, usage, wording=YEN).steps:
        if step.kind is StepKind.NOTE:
            assert (step.amount, step.unit_amount) == (0, 0)
        else:
            assert step.quantity * step.unit_amount == step.amount


@pytest.mark.parametrize(("pricing", "usage", "_"), SAID)
def test_charged_twice_in_a_period_is_charged_once(pricing: Pricing, usage: Usage, _: list[str]) -> None:
    nothing = Usage(quantity=Decimal(0))
    first = charge_between(pricing, None, nothing, wording=YEN).amount
    then = charge_between(pricing, nothing, usage, wording=YEN).amount
    assert first + then == charge(pricing, usage).amount
    assert charge_between(pricing, usage, usage).amount == 0


def test_the_kinds_and_figures_of_bounds_and_notes() -> None:
    low, high = Decimal(5), Decimal(9)
    least = charge(priced(per_unit("2"), minimum="5"), used("1")).steps[-1]
    assert (least.kind, least.amount, least.quantity) == (StepKind.FLAT, 3, 1)
    most = charge(priced(per_unit("2"), maximum="9"), used("5")).steps[-1]
    assert (most.kind, most.amount, most.quantity) == (StepKind.LESS, -1, 1)
    nothing = charge(priced(per_unit("2")), used("3"))
    assert bounded(nothing, minimum=low, maximum=high) == nothing
    assert bounded(nothing, minimum=None, maximum=None) == nothing
    less = charge_between(priced(per_unit("2"), maximum="9"), used("2"), used("3")).steps[-1]
    assert (less.kind, less.amount, less.quantity) == (StepKind.LESS, -4, 1)
    assert less.text == "less 4.00 charged before for 2 units"
    notes = charge(priced(per_unit("2"), included="3", cap="4"), used("9")).steps[:2]
    assert [note.quantity for note in notes] == [9, 2]


def test_without_options_charges_between_are_those_of_the_model() -> None:
    rated = charge_between(priced(TEN, included="5"), used("14"), used("16"), wording=YEN)
    assert rated.amount == 4
    assert explain(rated)[-1].startswith("1 package × 4 = 4")


def test_a_quotient_without_end_is_billed_to_twelve_decimals() -> None:
    price = priced(per_unit("3"), conversion=divided("3"))
    assert charged_usage(price, used("10")).quantity == Decimal("3.333333333333")
    assert charge_amount(price, used("10")) == Decimal("9.999999999999")
    assert charged_usage(price, used("9")).quantity == 3


def test_what_is_not_changed_stays_the_very_usage() -> None:
    usage = used("3", amount=ONE)
    assert charged_usage(priced(per_unit("1")), usage) is usage
    assert charged_usage(priced(per_unit("1"), included="1"), usage) == dataclasses.replace(
        usage, quantity=Decimal(2)
    )
    assert charged_usage(priced(per_unit("1"), included="5"), usage).quantity == 0
    assert charged_usage(priced(per_unit("1"), included="5"), used("-1")).quantity == -1


@pytest.mark.parametrize("name", ["weights", "conversion", "included", "cap", "scope", "minimum", "maximum"])
def test_a_price_is_bare_without_any_option(name: str) -> None:
    options: dict[str, Any] = {
        "weights": weights("1"),
        "conversion": divided("2"),
        "included": ONE,
        "cap": Decimal(0),
        "scope": Scope(over=("a",)),
        "minimum": Decimal(0),
        "maximum": Decimal(0),
    }
    assert Pricing(model=TEN).is_bare
    assert not Pricing(model=TEN, **{name: options[name]}).is_bare


NO_PARTS = "the price looks into the usage, which is not divided"


@pytest.mark.parametrize(
    ("pricing", "usage", "code", "reason"),
    [
        (
            priced(per_unit("1"), weights=weights(a="1")),
            parts(b="1"),
            "no_rate",
            "the weight table has no weight for b",
        ),
        (
            priced(per_unit("1"), weights=weights(a="1")),
            parts(**{"": "1"}),
            "no_rate",
            "the weight table has no weight for no value",
        ),
        (priced(per_unit("1"), weights=weights(a="1")), used("1"), "parts_missing", NO_PARTS),
        (priced(per_unit("1"), scope=Scope(over=("a",))), used("1"), "parts_missing", NO_PARTS),
        (
            priced(TEN, scope=Scope(over=("a",))),
            parts(a="1", b="-1"),
            "negative_quantity",
            "a price with tiers or packages has no meaning below zero units",
        ),
        (
            priced(TEN),
            used("-1"),
            "negative_quantity",
            "a price with tiers or packages has no meaning below zero units",
        ),
    ],
)
def test_a_usage_that_cannot_be_charged_is_refused(
    pricing: Pricing, usage: Usage, code: str, reason: str
) -> None:
    no = why_not(pricing, usage)
    assert no is not None
    assert (no.code.value, no.reason) == (code, reason)


@pytest.mark.parametrize("charged", [charge, charge_amount])
def test_what_is_refused_is_not_charged_either(charged: Any) -> None:
    for pricing in (priced(TEN), priced(TEN, maximum="5")):
        with pytest.raises(InvalidInput) as refused:
            charged(pricing, used("-1"))
        assert refused.value.detail_code == "negative_quantity"
        assert "below zero units" in refused.value.message
    with pytest.raises(InvalidInput) as refused:
        charged(priced(per_unit("1"), weights=weights(a="1")), parts(b="1"))
    assert (refused.value.detail_code, refused.value.message) == ("no_rate", "there is no weight for b")


def test_too_many_digits_are_refused_with_and_without_words() -> None:
    price = per_unit("0.12345678901234567891")
    for pricing in (priced(price), priced(price, maximum="5")):
        for charged in (charge, charge_amount):
            with pytest.raises(InvalidInput, match="the amount has more than 38 digits") as refused:
                charged(pricing, used("12345678901234567891.1"))
            assert refused.value.detail_code == "too_many_digits"


def test_what_is_sold_has_the_name_of_the_last_unit_made() -> None:
    plain = dataclasses.replace(divided("2"), unit="")
    assert sold_unit(priced(TEN)) == ""
    assert sold_unit(priced(TEN, conversion=divided("2"), weights=weights("1"))) == "hours"
    assert sold_unit(priced(TEN, conversion=plain, weights=weights("1"))) == "credits"
    assert sold_unit(priced(TEN, conversion=plain)) == ""


@pytest.mark.parametrize(
    ("model", "wanted"),
    [
        (per_unit("1"), Breakdown()),
        (matrix(("eu/x", "1"), over="region/size"), Breakdown(over=("region", "size"))),
        (units(call=per_unit("1")), Breakdown(over=("kind",))),
        (stairs((None, "1")), Breakdown()),
        (stairs((None, "1"), over=("kind",)), Breakdown(over=("kind",))),
        (windowed(terms("1")), Breakdown(window=WindowSize.HOUR)),
        (windowed(terms("1"), window=WindowSize.DAY), Breakdown(window=WindowSize.DAY)),
        (PercentagePrice(percent=ONE), Breakdown()),
        (PercentagePrice(percent=ONE, free_events=1), Breakdown(events=True)),
        (PercentagePrice(percent=ONE, free_amount=ONE), Breakdown(events=True)),
        (PercentagePrice(percent=ONE, event_maximum=ONE), Breakdown(events=True)),
        (PercentagePrice(percent=ONE, event_minimum=ONE), Breakdown(events=True)),
    ],
)
def test_a_model_says_how_usage_must_be_divided(model: PriceModel, wanted: Breakdown) -> None:
    found = breakdown_of(model)
    assert found == wanted
    assert bool(found) == (wanted != Breakdown())


def test_options_want_usage_divided_too_but_never_twice() -> None:
    assert breakdown_of(TEN, weights_over=("kind",)) == Breakdown(over=("kind",))
    assert breakdown_of(TEN, scope=Scope(over=("kind",))) == Breakdown(over=("kind",))
    assert breakdown_of(TEN, scope=Scope(window=WindowSize.DAY)) == Breakdown(window=WindowSize.DAY)
    with pytest.raises(InvalidInput) as refused:
        breakdown_of(matrix(("eu", "1")), scope=Scope(window=WindowSize.DAY))
    assert refused.value.detail_code == "two_divisions"
    assert refused.value.message == (
        "the usage would have to be divided in two ways: give the price one of dimensions, windows, weights "
        "and scope"
    )
    with pytest.raises(InvalidInput, match="two ways"):
        breakdown_of(TEN, weights_over=("kind",), scope=Scope(over=("kind",)))


def test_a_scope_is_of_dimensions_or_of_a_window() -> None:
    for fields in ({}, {"over": ("a",), "window": WindowSize.DAY}):
        with pytest.raises(InvalidInput) as refused:
            Scope(**fields)  # type: ignore[arg-type]
        assert refused.value.detail_code == "scope"
        assert refused.value.message == "a scope is one of dimensions or of a window"


def test_units_can_be_included_where_plain_units_are_rated() -> None:
    for model in (per_unit("1"), TEN, TIERS, blocks(("1", None, "1")), stairs((None, "1"))):
        assert takes_included(model)
        assert not takes_included(model, Scope(over=("a",)))
    for model in (
        FlatPrice(amount=ONE),
        StairstepPrice(stairs=stairs((None, "1")).stairs, over=("kind",)),
        matrix(("eu", "1")),
        units(a=per_unit("1")),
        PercentagePrice(percent=ONE),
    ):
        assert not takes_included(model)


def test_a_weight_table_names_each_place_once() -> None:
    with pytest.raises(InvalidInput, match="two cells are for the same values"):
        Weights(over=("kind",), rows=(Weight(at=("a",), factor=ONE),) * 2)
    assert weights("2", a="3").factor_of(("b",)) == 2
    assert weights("2", a="3").unweighted(parts(b="1")) is None
    assert weights(a="3").unweighted(parts(a="1")) is None
