"""The price models that look into a usage, said in the sentences that stand on an invoice."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from steelyard.kernel import InvalidInput
from steelyard.rating import (
    BlockPrice,
    BlockTier,
    DynamicPrice,
    FlatPrice,
    FreeWindow,
    GraduatedPrice,
    MatrixPrice,
    MultiUnitPrice,
    PackagePrice,
    PercentagePrice,
    PriceModel,
    Stair,
    StairstepPrice,
    StepKind,
    Tier,
    UnitPrice,
    Usage,
    UsagePart,
    VolumePrice,
    WindowSize,
    Wording,
    amount_of,
    explain,
    free_of,
    rate,
    rate_between,
    refusal,
    settle,
    values_needed,
)
from tests.unit.rating.price_examples import (
    blocks,
    hours,
    matrix,
    moved,
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


def fee(percent: str, **options: Any) -> PercentagePrice:
    made: dict[str, Any] = {
        name: Decimal(value) if type(value) is str else value for name, value in options.items()
    }
    return PercentagePrice(percent=Decimal(percent), **made)


CAPACITY = StairstepPrice(
    over=("kind",),
    stairs=(
        Stair(amount=Decimal(10), limits={"call": Decimal(100), "row": Decimal(5)}),
        Stair(amount=Decimal(20)),
    ),
)

SAID = [
    (stairs(("10", "5"), (None, "8")), used("0"), ["5 for 0 calls (step 1: up to 10)"]),
    (stairs(("10", "5"), (None, "8"), flat_at_zero=False), used("0"), []),
    (stairs(("10", "5"), (None, "8"), flat_at_zero=False), used("1"), ["5 for 1 call (step 1: up to 10)"]),
    (stairs(("10", "5"), ("20", "8")), used("20"), ["8 for 20 calls (step 2: up to 20)"]),
    (stairs(("10", "5"), ("20", "8"), (None, "9")), used("21"), ["9 for 21 calls (step 3: above 20)"]),
    (stairs((None, "5")), used("7"), ["5 for 7 calls (step 1: all)"]),
    (CAPACITY, parts(call="100", row="5"), ["10 for 105 calls (step 1: call up to 100, row up to 5)"]),
    (CAPACITY, parts(call="101"), ["20 for 101 calls (step 2: all)"]),
    (CAPACITY, parts(disk="1"), ["20 for 1 call (step 2: all)"]),
    (blocks(("100", None, "3")), used("0"), []),
    (blocks(("100", None, "3")), used("100"), ["1 block × 3 = 3 (100 calls in blocks of 100, tier 1)"]),
    (
        blocks(("100", "2", "3"), ("10", None, "1")),
        used("211"),
        [
            "2 blocks × 3 = 6 (200 calls in blocks of 100, tier 1)",
            "2 blocks × 1 = 2 (11 calls in blocks of 10, tier 2)",
        ],
    ),
    (
        blocks(("100", "2", "3"), ("10", None, "1"), policy="TOP_TIER"),
        used("200"),
        ["2 blocks × 3 = 6 (200 calls in blocks of 100, tier 1)"],
    ),
    (
        blocks(("100", "2", "3"), ("10", None, "1"), policy="TOP_TIER"),
        used("201"),
        ["21 blocks × 1 = 21 (201 calls in blocks of 10, tier 2)"],
    ),
    (
        blocks(("100", "1", "3")),
        used("130"),
        [
            "1 block × 3 = 3 (100 calls in blocks of 100, tier 1)",
            "30 calls above the last tier, not charged",
        ],
    ),
    (
        matrix(("eu", "2"), ("*", "1")),
        parts(eu="3", us="4"),
        ["3 calls × 2 = 6 (eu)", "4 calls × 1 = 4 (us)"],
    ),
    (
        matrix(("eu/*", "2"), ("*/small", "3"), over="region/size", rest=Decimal(7), per=Decimal(10)),
        Usage(
            quantity=Decimal(60),
            parts=(
                UsagePart(at=("eu", "small"), quantity=Decimal(20)),
                UsagePart(at=("us", "small"), quantity=Decimal(10)),
                UsagePart(at=("us", ""), quantity=Decimal(30)),
            ),
        ),
        [
            "20 calls × 2 per 10 = 4 (eu, small)",
            "10 calls × 3 per 10 = 3 (us, small)",
            "30 calls × 7 per 10 = 21 (us, none)",
        ],
    ),
    (
        units(call=per_unit("2"), row=blocks(("10", None, "5")), rest=FlatPrice(amount=Decimal(3))),
        parts(call="4", row="11", disk="1"),
        [
            "call: 4 call × 2 = 8",
            "row: 2 blocks × 5 = 10 (11 row in blocks of 10, tier 1)",
            "disk: 3 flat",
        ],
    ),
    (
        units(
            a=GraduatedPrice(tiers=(Tier(unit_amount=ONE),)),
            b=VolumePrice(tiers=(Tier(unit_amount=Decimal(2)),)),
            c=PackagePrice(size=Decimal(10), amount=Decimal(4)),
        ),
        parts(a="3", b="4", c="5"),
        [
            "a: 3 a × 1 = 3 (tier 1: all)",
            "b: 4 b × 2 = 8 (tier 1: all)",
            "c: 1 package × 4 = 4 (5 c in packages of 10, rounded up)",
        ],
    ),
    (windowed(terms("2")), hours(("2026-10-03T09", "4")), ["4 calls × 2 = 8 (1 hour)"]),
    (
        windowed(terms("2", "10", "3", true_up=True), window=WindowSize.DAY),
        hours(("2026-10-03", "4"), ("2026-10-04", "9")),
        [
            "13 calls × 2 = 26 (2 days)",
            "8 above what days are committed to, × 3: 16 more",
            "2 to what days are committed to",
        ],
    ),
    (
        windowed(terms("1"), (9, 12, terms("3")), (12, 13, terms("4"))),
        hours(
            ("2026-10-03T08", "1"),
            ("2026-10-03T09", "1"),
            ("2026-10-03T11", "1"),
            ("2026-10-03T12", "1"),
        ),
        [
            "2 calls × 3 = 6 (2 hours, 09:00 to 12:00)",
            "1 call × 4 = 4 (1 hour, 12:00 to 13:00)",
            "1 call × 1 = 1 (1 hour, at other times)",
        ],
    ),
    (fee("2"), moved(), []),
    (fee("2"), moved("100", "50"), ["2% of 150 = 3"]),
    (fee("2", event_amount="3"), moved("100"), ["2% of 100 = 2", "1 event × 3 = 3"]),
    (
        fee("10", event_amount="1", free_events=1),
        moved("50", "50"),
        ["free: 50 of 100, 1 of 2 events", "10% of 50 = 5", "1 event × 1 = 1"],
    ),
    (
        fee("10", event_amount="1", free_events=5),
        moved("50", "50"),
        ["free: 100 of 100, 5 of 2 events", "10% of 0 = 0"],
    ),
    (
        fee("10", event_amount="1", free_amount="60"),
        moved("50", "50"),
        ["free: 60 of 100, 1 of 2 events", "10% of 40 = 4", "1 event × 1 = 1"],
    ),
    (
        fee("10", event_minimum="2", event_maximum="9", event_amount="1"),
        moved("5", "20", "30", "200", "100"),
        [
            "10% of 50 = 5",
            "2 events × 1 = 2",
            "1 event × 2 = 2 (at least)",
            "2 events × 9 = 18 (at most)",
        ],
    ),
    (
        fee("10", free_events=2, free_until=FreeWindow.BOTH),
        moved("5", "20", "30"),
        ["free: 2 of 3 events", "10% of 30 = 3"],
    ),
    (
        fee("10", free_events=1, free_amount="30", free_until=FreeWindow.BOTH),
        moved("10", "10", "20"),
        ["free: 2 of 3 events", "10% of 10 = 1"],
    ),
    (
        fee("10", free_events=1, free_amount="30", event_minimum="0"),
        moved("10", "10", "20"),
        ["free: 1 of 3 events", "10% of 30 = 3"],
    ),
]


@pytest.mark.parametrize(("price", "usage", "sentences"), SAID)
def test_a_charge_reads_like_this(price: PriceModel, usage: Usage, sentences: list[str]) -> None:
    rated = rate(price, usage, wording=YEN)
    assert explain(rated) == sentences
    assert rated.amount == sum((step.amount for step in rated.steps), Decimal(0))
    assert rated.amount == amount_of(price, usage)


@pytest.mark.parametrize(("price", "usage", "_"), SAID)
def test_the_figures_of_a_step_make_its_amount(price: PriceModel, usage: Usage, _: list[str]) -> None:
    for step in rate(price, usage, wording=YEN).steps:
        if step.kind is StepKind.NOTE:
            assert (step.amount, step.unit_amount) == (0, 0)
            assert step.quantity > 0
        else:
            assert step.quantity * step.unit_amount == step.amount


@pytest.mark.parametrize(("price", "usage", "_"), SAID)
def test_what_was_charged_before_is_taken_off(price: PriceModel, usage: Usage, _: list[str]) -> None:
    assert rate_between(price, usage, usage).amount == 0
    again = rate_between(price, usage, usage, wording=YEN)
    if not isinstance(price, (FlatPrice, PackagePrice)):
        assert again.steps[-1].text.startswith(f"less {YEN.amount(amount_of(price, usage))} charged before")
        assert again.steps[-1].kind is StepKind.LESS


def test_the_free_window_knows_no_more_than_it_needs() -> None:
    tens = [Decimal(10)] * 9
    assert list(values_needed(fee("1"), iter(tens))) == []
    assert len(list(values_needed(fee("1", free_events=3), iter(tens)))) == 3
    assert len(list(values_needed(fee("1", free_amount="25"), iter(tens)))) == 3
    assert len(list(values_needed(fee("1", free_amount="20"), iter(tens)))) == 2
    assert list(values_needed(fee("1", event_minimum="1"), iter(tens))) == tens


def test_an_event_that_just_reaches_the_free_amount_pays_its_fixed_amount() -> None:
    price = fee("10", event_amount="1", free_amount="50")
    assert free_of(price, moved("50", "50")) == (Decimal(50), 0)
    assert amount_of(price, moved("50", "50")) == Decimal(5) + 2
    by_event = fee("10", event_amount="1", free_amount="50", event_minimum="0")
    assert amount_of(by_event, moved("50", "50")) == Decimal(5) + 2


def test_running_totals_of_nothing_free_nothing() -> None:
    assert free_of(fee("1", free_events=2), moved("0", "0")) == (Decimal(0), 2)
    assert free_of(fee("1", free_events=2, free_amount="5"), moved()) == (Decimal(0), 2)


def test_windows_settle_alone_and_add_up() -> None:
    price = windowed(terms("1", "5", "2", true_up=True), (9, 10, terms("1")))
    settled = settle(price, hours(("2026-10-03T08", "8"), ("2026-10-03T09", "3"), ("2026-10-03T10", "1")))
    assert (settled.utilized, settled.overage, settled.true_up) == (Decimal(9), Decimal(6), Decimal(4))
    assert settled.amount == 19


NO_PARTS = "the price looks into the usage, which is not divided"


@pytest.mark.parametrize(
    ("price", "usage", "code", "reason"),
    [
        (
            blocks(("1", None, "1")),
            used("-1"),
            "negative_quantity",
            "a price with tiers or packages has no meaning below zero units",
        ),
        (
            stairs((None, "1")),
            used("-1"),
            "negative_quantity",
            "a price with tiers or packages has no meaning below zero units",
        ),
        (
            stairs(("1", "1")),
            used("2"),
            "above_last_tier",
            "the usage lies above the last step, which is bounded",
        ),
        (
            VolumePrice(tiers=(Tier(up_to=ONE),)),
            used("2"),
            "above_last_tier",
            "the quantity lies above the last tier, which is bounded",
        ),
        (
            DynamicPrice(),
            used("2"),
            "amount_missing",
            "the price rests on amounts that the events do not carry",
        ),
        (matrix(("eu", "1")), parts(us="2"), "no_rate", "there is no amount for us"),
        (matrix(("eu", "1")), parts(**{"": "2"}), "no_rate", "there is no amount for no value"),
        (matrix(("eu", "1")), used("2"), "parts_missing", NO_PARTS),
        (units(call=per_unit("1")), used("2"), "parts_missing", NO_PARTS),
        (windowed(terms("1")), used("2"), "parts_missing", NO_PARTS),
        (units(call=per_unit("1")), parts(row="2"), "no_rate", "there is no amount for row"),
        (
            units(call=blocks(("1", None, "1"))),
            parts(call="-2"),
            "negative_quantity",
            "a price with tiers or packages has no meaning below zero units",
        ),
        (
            fee("1", event_minimum="1"),
            Usage(quantity=ONE, events=1),
            "values_missing",
            "each event is priced alone, and not all their values are known",
        ),
    ],
)
def test_a_usage_that_cannot_be_rated_is_refused(
    price: PriceModel, usage: Usage, code: str, reason: str
) -> None:
    no = refusal(price, usage)
    assert no is not None
    assert (no.code.value, no.reason, no.retryable) == (code, reason, False)
    with pytest.raises(InvalidInput) as refused:
        rate(price, usage)
    assert (refused.value.detail_code, refused.value.message) == (code, reason)


def test_nothing_used_needs_no_parts() -> None:
    for price in (matrix(("eu", "1")), units(call=per_unit("1")), windowed(terms("1"))):
        assert rate(price, used("0")).amount == 0


TWO_LIMITS = (
    Stair(amount=ONE, limits={"a": Decimal(5)}),
    Stair(amount=ONE, limits={"a": Decimal(5)}),
)


@pytest.mark.parametrize(
    ("make", "code", "message"),
    [
        (lambda: BlockTier(size=Decimal(0), amount=ONE), "block_size", "a block holds more than nothing"),
        (lambda: BlockPrice(blocks=()), "no_tiers", "a tiered price needs at least one tier"),
        (
            lambda: blocks(("1", None, "1"), ("1", None, "1")),
            "tier_order",
            "only the last tier of blocks may be unlimited",
        ),
        (lambda: StairstepPrice(stairs=()), "no_stairs", "a staircase needs at least one step"),
        (
            lambda: stairs((None, "1"), (None, "2")),
            "stair_order",
            "step 1 holds everything but is not the last",
        ),
        (lambda: stairs(("5", "1"), ("5", "2")), "stair_order", "step 2 ends at or before the one below"),
        (lambda: stairs(("0", "1")), "stair_order", "step 1 ends at or before the one below"),
        (
            lambda: StairstepPrice(over=("a",), stairs=(Stair(amount=ONE, up_to=ONE, limits={"a": ONE}),)),
            "stair_two_bounds",
            "step 1 has a bound and limits",
        ),
        (
            lambda: StairstepPrice(
                over=("a",), stairs=(Stair(amount=ONE, limits={"a": ONE}), Stair(amount=ONE, up_to=ONE))
            ),
            "stair_two_bounds",
            "a staircase has bounds or limits, not both",
        ),
        (
            lambda: StairstepPrice(over=("k",), stairs=TWO_LIMITS),
            "stair_order",
            "a step holds nothing that one below it does not",
        ),
        (lambda: StairstepPrice(stairs=TWO_LIMITS[:1]), "one_dimension", "one dimension names the units"),
        (
            lambda: fee("1", event_minimum="2", event_maximum="1"),
            "event_bounds",
            "the least an event costs is more than the most",
        ),
        (lambda: fee("1", free_events=-1), "negative_included", "what is free is not negative"),
        (lambda: fee("1", free_amount="-1"), "negative_included", "what is free is not negative"),
        (lambda: MatrixPrice(over=(), cells=()), "matrix_dimensions", "name the dimensions, each once"),
        (
            lambda: MatrixPrice(over=("a", "a"), cells=()),
            "matrix_dimensions",
            "name the dimensions, each once",
        ),
        (lambda: matrix(("eu/x", "1"), over="a"), "matrix_cell", "'eu / x' has not one value each for a"),
        (lambda: matrix(("eu", "1"), over="a/b"), "matrix_cell", "'eu' has not one value each for a, b"),
        (lambda: matrix(("eu", "1"), ("eu", "2")), "matrix_cell", "two cells are for the same values"),
        (
            lambda: matrix(("eu", "1"), per=Decimal(7)),
            "per_not_power_of_ten",
            "a price is per 1, 10, 100, 1000 … units, not per 7",
        ),
        (lambda: MultiUnitPrice(over=(), units=()), "one_dimension", "one dimension names the units"),
        (lambda: MultiUnitPrice(over=("a",), units=()), "units", "the units of a price are named, each once"),
        (
            lambda: MultiUnitPrice(over=("a",), units=(UnitPrice(unit="a", price=per_unit("1")),) * 2),
            "units",
            "the units of a price are named, each once",
        ),
        (
            lambda: windowed(terms("1"), (1, 2, terms("1")), window=WindowSize.DAY),
            "window",
            "times of day need windows of an hour",
        ),
        (
            lambda: windowed(terms("1"), (2, 2, terms("1"))),
            "hours",
            "a span of hours lies within 0 and 24 and is not empty",
        ),
        (
            lambda: windowed(terms("1"), (20, 25, terms("1"))),
            "hours",
            "a span of hours lies within 0 and 24 and is not empty",
        ),
        (
            lambda: windowed(terms("1"), (-1, 5, terms("1"))),
            "hours",
            "a span of hours lies within 0 and 24 and is not empty",
        ),
        (
            lambda: windowed(terms("1"), (1, 5, terms("1")), (4, 6, terms("1"))),
            "hours_overlap",
            "two spans of hours overlap",
        ),
    ],
)
def test_a_price_that_contradicts_itself_cannot_exist(
    make: Callable[[], object], code: str, message: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        make()
    assert (refused.value.detail_code, refused.value.message) == (code, message)


def test_bounds_that_just_fit_are_allowed() -> None:
    assert fee("1", event_minimum="2", event_maximum="2")
    assert windowed(terms("1"), (0, 1, terms("1")), (1, 24, terms("1")))
    assert StairstepPrice(
        over=("k",),
        stairs=(Stair(amount=ONE, limits={"a": ONE}), Stair(amount=ONE, limits={"a": ONE, "b": ONE})),
    )
