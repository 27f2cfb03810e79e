"""Each price model, said in the sentences that stand on an invoice."""

from decimal import Decimal

import pytest

from steelyard.kernel import InvalidInput
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
    Wording,
    explain,
    rate,
    rate_between,
)

THREE_TIERS = (
    Tier(up_to=Decimal(10), unit_amount=Decimal(10), flat_amount=Decimal(2)),
    Tier(up_to=Decimal(20), unit_amount=Decimal(5)),
    Tier(flat_amount=Decimal(30)),
)
TOKENS = Wording(unit="tokens")


def use(quantity: str, amount: str | None = None) -> Usage:
    return Usage(quantity=Decimal(quantity), amount=None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    ("price", "usage", "sentences"),
    [
        (FlatPrice(amount=Decimal(499)), use("0"), ["499.00 flat"]),
        (FlatPrice(amount=Decimal(499), flat_at_zero=False), use("0"), []),
        (PerUnitPrice(unit_amount=Decimal("0.25")), use("0"), ["0 tokens × 0.25 = 0.00"]),
        (PerUnitPrice(unit_amount=Decimal("0.25")), use("1"), ["1 token × 0.25 = 0.25"]),
        (PerUnitPrice(unit_amount=Decimal("0.25")), use("-4"), ["-4 tokens × 0.25 = -1.00"]),
        (
            PerUnitPrice(unit_amount=Decimal("2.5"), per=Decimal("1E6")),
            use("1234567"),
            ["1,234,567 tokens × 2.50 per 1,000,000 = 3.0864175"],
        ),
        (GraduatedPrice(tiers=THREE_TIERS), use("0"), ["2.00 flat (tier 1: up to 10)"]),
        (GraduatedPrice(tiers=THREE_TIERS, flat_at_zero=False), use("0"), []),
        (
            GraduatedPrice(tiers=THREE_TIERS),
            use("21"),
            [
                "10 tokens × 10.00 = 100.00 (tier 1: up to 10)",
                "2.00 flat (tier 1: up to 10)",
                "10 tokens × 5.00 = 50.00 (tier 2: above 10, up to 20)",
                "30.00 flat (tier 3: above 20)",
            ],
        ),
        (
            GraduatedPrice(tiers=THREE_TIERS[:1]),
            use("12"),
            [
                "10 tokens × 10.00 = 100.00 (tier 1: up to 10)",
                "2.00 flat (tier 1: up to 10)",
                "2 tokens above the last tier, not charged",
            ],
        ),
        (
            VolumePrice(tiers=THREE_TIERS),
            use("20"),
            ["20 tokens × 5.00 = 100.00 (tier 2: above 10, up to 20)"],
        ),
        (VolumePrice(tiers=THREE_TIERS), use("20.5"), ["30.00 flat (tier 3: above 20)"]),
        (
            PackagePrice(size=Decimal(10), amount=Decimal(5), included=Decimal(3)),
            use("14"),
            ["2 packages × 5.00 = 10.00 (14 tokens after 3 included in packages of 10, rounded up)"],
        ),
        (
            PackagePrice(size=Decimal(10), amount=Decimal(5), round=PackageRounding.DOWN),
            use("19"),
            ["1 package × 5.00 = 5.00 (19 tokens in packages of 10, rounded down)"],
        ),
        (
            DynamicPrice(multiplier=Decimal("1.2")),
            use("3", "10"),
            ["10.00 carried by 3 tokens × 1.2 = 12.00 (4.00 a unit on average)"],
        ),
        (
            DynamicPrice(),
            use("-3", "-10"),
            ["-10.00 carried by -3 tokens = -10.00 (3.3333 a unit on average)"],
        ),
    ],
)
def test_a_charge_reads_like_this(price: PriceModel, usage: Usage, sentences: list[str]) -> None:
    assert explain(rate(price, usage, wording=TOKENS)) == sentences


def test_included_units_are_named_before_the_rest_is_priced() -> None:
    rated = rate(PerUnitPrice(unit_amount=Decimal(2)), use("12"), included=Decimal(10))
    assert explain(rated) == ["10 of 12 units included", "2 units × 2.00 = 4.00"]


def test_a_volume_price_takes_off_what_was_charged_before() -> None:
    rated = rate_between(VolumePrice(tiers=THREE_TIERS), use("10"), use("12"))
    assert rated.amount == Decimal(-42)
    assert explain(rated)[-1] == "less 102.00 charged before for 10 units"


def test_a_quantity_that_went_down_takes_the_same_steps_back() -> None:
    rated = rate_between(GraduatedPrice(tiers=THREE_TIERS), use("12"), use("9"))
    assert [(str(step.quantity), str(step.amount)) for step in rated.steps] == [("-1", "-10"), ("-2", "-10")]
    assert explain(rated)[0].startswith("taken back: 1 unit")


def test_an_amount_that_would_have_to_be_rounded_is_refused() -> None:
    price = PerUnitPrice(unit_amount=Decimal("0.12345678901234567891"))
    with pytest.raises(InvalidInput, match="38 digits"):
        rate(price, use("12345678901234567891.1"))


def test_a_dynamic_price_refuses_events_without_amounts() -> None:
    with pytest.raises(InvalidInput) as refused:
        rate(DynamicPrice(), use("3"))
    assert refused.value.detail_code == "amount_missing"


def test_a_volume_price_refuses_more_than_its_last_tier_holds() -> None:
    with pytest.raises(InvalidInput) as refused:
        rate(VolumePrice(tiers=THREE_TIERS[:2]), use("21"))
    assert refused.value.detail_code == "above_last_tier"


@pytest.mark.parametrize(
    ("tiers", "code"),
    [
        ((), "no_tiers"),
        ((Tier(), Tier()), "tier_order"),
        ((Tier(up_to=Decimal(5)), Tier(up_to=Decimal(5))), "tier_order"),
        ((Tier(unit_amount=Decimal(1), percent=Decimal(1)),), "tier_two_prices"),
    ],
)
def test_a_price_with_impossible_tiers_cannot_exist(tiers: tuple[Tier, ...], code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        GraduatedPrice(tiers=tiers)
    assert refused.value.detail_code == code
