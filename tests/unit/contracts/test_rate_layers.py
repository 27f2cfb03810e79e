"""Which rate applies and why: scheduled changes, price books, locks, overrides, escalators, in this order."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import pytest

from steelyard.catalog import Catalog, CatalogVersion, Source, validate
from steelyard.catalog.rate_change import RateChange
from steelyard.contracts import Agreement, Contract, RateCard, Subscription, effective_rate_card
from steelyard.contracts.contract import Escalator, Phase
from steelyard.kernel import instant
from steelyard.rating import PerUnitPrice
from tests.billing_catalog import catalog

START = instant("2026-10-01T00:00:00Z")
OWNED = {"owner": "Ada", "definition": "As agreed."}
TEAM = Subscription(id="s", customer="acme", plan="team", start=START, quantities={"seats": Decimal(3)})


def published(**sections: Any) -> CatalogVersion:
    made = validate(Source(values={**catalog(), **sections}))
    assert isinstance(made, Catalog), "\n".join(map(str, made))
    return CatalogVersion(id="cat_1", number=1, published_at=START, published_by="x", catalog=made)


def problems(**sections: Any) -> list[str]:
    made = validate(Source(values={**catalog(), **sections}))
    assert not isinstance(made, Catalog)
    return [one.code for one in made]


def card(version: CatalogVersion, at: str = "2026-10-05T00:00:00Z", **fields: Any) -> RateCard:
    return effective_rate_card(Agreement(subscription=TEAM, **fields), version, instant(at))


def rate(found: RateCard, key: str) -> tuple[str, str]:
    (item,) = (one for one in found.items if one.price.key == key)
    assert isinstance(item.price.model, PerUnitPrice)
    return f"{item.price.model.unit_amount.normalize():f}", item.reason


def book(key: str, **fields: Any) -> dict[str, Any]:
    return {"key": key, "name": key.upper(), **OWNED, **fields}


def test_a_scheduled_change_holds_from_its_moment_on() -> None:
    version = published(
        rate_changes=[
            {"price": "big", "from": "2026-11-01T00:00:00Z", "multiplier": "0.9"},
            {"price": "big", "from": "2026-12-01T00:00:00Z", "multiplier": "0.8", "reason": "scale"},
        ]
    )
    assert rate(card(version), "big")[0] == "2.5"
    assert rate(card(version, "2026-11-01T00:00:00Z"), "big")[0] == "2.25"
    amount, reason = rate(card(version, "2027-01-01T00:00:00Z"), "big")
    assert (amount, reason) == (
        "2",
        "plan Team, 1000 included; rate change × 0.8 since 2026-12-01 (scale)",
    )


def test_a_book_applies_to_whom_it_is_for_on_top_of_what_it_inherits() -> None:
    version = published(
        price_books=[
            book("eu", **{"for": {"region": ["eu"]}}, rates=[{"price": "list", "multiplier": "0.9"}]),
            book(
                "eu-partner",
                inherits="eu",
                **{"for": {"region": ["eu"], "channel": ["partner"]}},
                rates=[{"price": "seats", "multiplier": "0.5"}],
            ),
        ]
    )
    assert rate(card(version), "seats")[0] == "20"
    assert rate(card(version, attributes={"region": "eu"}), "seats")[0] == "18"
    partner = card(version, attributes={"region": "eu", "channel": "partner"})
    assert rate(partner, "seats") == (
        "9",
        "plan Team, 3 seats by the subscription; price book EU × 0.9; price book EU-PARTNER × 0.5",
    )
    assert rate(partner, "small")[0] == "0.27"


@pytest.mark.parametrize("name", ["type", "region", "channel", "delivery", "plan", "currency"])
def test_a_book_chooses_by_every_selector(name: str) -> None:
    rates = [{"price": "seats", "overwrite": {"model": "per_unit", "unit_amount": "1"}}]
    version = published(price_books=[book("special", **{"for": {name: ["x"]}}, rates=rates)])
    assert rate(card(version, attributes={name: "x"}), "seats")[0] == "1"
    assert rate(card(version, attributes={name: "y"}), "seats")[0] == "20"


def test_a_book_in_another_currency_makes_the_card_one_of_that_currency() -> None:
    euro = [
        {"price": "base_fee", "overwrite": {"model": "flat", "amount": "45"}},
        {"price": "*", "overwrite": {"model": "per_unit", "unit_amount": "2"}},
    ]
    version = published(
        price_books=[book("euro", currency="EUR", **{"for": {"currency": ["EUR"]}}, rates=euro)]
    )
    found = card(version, attributes={"currency": "EUR"})
    assert found.currency == "EUR"
    assert {item.price.currency for item in found.items} == {"EUR"}
    assert card(version, attributes={"currency": "USD"}).currency == "USD"


def test_a_contract_names_a_schedule_of_its_own() -> None:
    version = published(price_books=[book("friends", rates=[{"price": "*", "multiplier": "0.5"}])])
    assert rate(card(version), "seats")[0] == "20"
    agreed = Contract(id="c", customer="acme", name="A", start=START, book="friends")
    assert rate(card(version, contract=agreed), "seats")[0] == "10"


def test_layers_apply_in_their_order_and_each_is_told() -> None:
    version = published(
        rate_changes=[{"price": "seats", "from": "2026-10-01T00:00:00Z", "multiplier": "0.9"}],
        price_books=[book("eu", **{"for": {"region": ["eu"]}}, rates=[{"price": "*", "multiplier": "0.5"}])],
    )
    agreed = Contract(
        id="c",
        customer="acme",
        name="A",
        start=START,
        overrides=(RateChange(price="seats", multiplier=Decimal("0.8")),),
        phases=(Phase(name="first", effective_from=START, overrides=(
            RateChange(price="seats", multiplier=Decimal("0.4"), reason="ramp"),)),),
        escalators=(Escalator(first_at=START, percent=Decimal(25)),),
    )  # fmt: skip
    amount, reason = rate(card(version, contract=agreed, attributes={"region": "eu"}), "seats")
    assert amount == "4.5"  # 20 × 0.9 × 0.5 × 0.4 × 1.25: the phase goes before the contract
    assert reason.split("; ")[1:] == [
        "rate change × 0.9 since 2026-10-01",
        "price book EU × 0.5",
        "contract A × 0.4 (ramp)",
        "escalator × 1.25",
    ]


def test_an_escalator_stops_at_its_most() -> None:
    yearly = Escalator(first_at=START, percent=Decimal(10), maximum_percent=Decimal(15))
    agreed = Contract(id="c", customer="acme", name="A", start=START, escalators=(yearly,))
    late = dataclasses.replace(TEAM, end=None)
    found = effective_rate_card(
        Agreement(subscription=late, contract=agreed), published(), instant("2030-01-01T00:00:00Z")
    )
    assert rate(found, "seats")[0] == "23"


def test_tiers_of_a_contract_take_the_place_of_the_lists() -> None:
    change = RateChange(price="seats", tiers=(), included=Decimal(2))
    agreed = Contract(id="c", customer="acme", name="A", start=START, overrides=(change,))
    (item,) = (one for one in card(published(), contract=agreed).items if one.price.key == "seats")
    assert item.included == 2


def test_rates_do_not_rise_with_the_tier_unless_it_is_declared() -> None:
    tiers = [{"up_to": 10, "unit_amount": 0}, {"up_to": 20, "unit_amount": 1}, {"unit_amount": 2}]
    rising = {"key": "x", "name": "X", **OWNED, "currency": "USD", "model": "graduated", "tiers": tiers}
    assert problems(prices=[rising]) == ["rising_rate"]
    assert published(prices=[{**rising, "rising": True}])
    assert published(prices=[{**rising, "tiers": tiers[:2]}])


def test_rates_do_not_rise_with_the_commitment_unless_it_is_declared() -> None:
    dear = {"key": "dear", "name": "D", **OWNED, "currency": "USD", "metric": "tokens", "model": "per_unit",
            "unit_amount": "9", "dimensions": {"model": ["big"]}}  # fmt: skip
    cheap = {**dear, "key": "cheap", "unit_amount": "8"}

    def plan(key: str, price: str, amount: int) -> dict[str, Any]:
        return {"key": key, "name": key, **OWNED, "product": "ai", "currency": "USD",
                "items": [{"price": price}], "commitment": {"amount": amount, "covers": [price]}}  # fmt: skip

    plans = [*catalog()["plans"], plan("less", "cheap", 100), plan("more", "dear", 200)]
    assert problems(prices=[dear, cheap], plans=plans) == ["rising_rate"]
    assert published(prices=[{**dear, "rising": True}, cheap], plans=plans)


@pytest.mark.parametrize(
    ("sections", "codes"),
    [
        ({"rate_changes": [{"price": "seets", "multiplier": 1}]}, ["unknown_price"]),
        ({"rate_changes": [{"price": "seats"}]}, ["one_change"]),
        ({"rate_changes": [{"price": "seats", "multiplier": "-1"}]}, ["out_of_range"]),
        ({"rate_changes": [{"price": "seats", "tiers": [{"unit_amount": 1}]}]}, ["no_tiers"]),
        ({"rate_changes": [{"price": "seats", "overwrite": {"model": "none"}}]}, ["unknown_price_model"]),
        ({"rate_changes": [{"price": "seats", "multiplier": 1, "from": "soon"}]}, ["not_a_time"]),
        ({"price_books": [book("a", inherits="b", rates=[])]}, ["unknown_book"]),
        ({"price_books": [book("a", inherits="b", rates=[]), book("b", inherits="a", rates=[])]},
         ["book_cycle", "book_cycle"]),
        ({"price_books": [book("a", **{"for": {"colour": ["x"]}}, rates=[])]}, ["unknown_selector"]),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_place(sections: dict[str, Any], codes: list[str]) -> None:
    assert problems(**sections) == codes
