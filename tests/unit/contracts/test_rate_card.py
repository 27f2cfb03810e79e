"""The effective rate card: which prices apply, and why."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from steelyard.catalog import CatalogVersion, Group
from steelyard.contracts import Agreement, RateCard, Subscription, effective_rate_card
from steelyard.kernel import encode, instant

START = instant("2026-10-01T00:00:00Z")


def card(version: CatalogVersion, plan: str, **changes: Any) -> RateCard:
    subscription = Subscription(
        **{"id": "sub_1", "customer": "acme", "plan": plan, "start": START, **changes}
    )
    return effective_rate_card(Agreement(subscription=subscription), version, START)


def codes(card: RateCard) -> list[str]:
    return [problem.code for problem in card.problems]


def test_each_item_of_the_plan_says_why_it_applies(version: CatalogVersion) -> None:
    made = card(version, "team", quantities={"seats": Decimal("12.0")})
    assert made.problems == ()
    assert (made.plan_name, made.currency, made.catalog_version) == ("Team", "EUR", "cat_1")
    assert [(item.price.key, item.reason) for item in made.items] == [
        ("base", "plan Team"),
        ("seats", "plan Team, 12 seats by the subscription"),
        ("requests", "plan Team, 1000 included"),
    ]


def test_what_the_plan_says_goes_before_what_the_price_says(version: CatalogVersion) -> None:
    team, fixed = card(version, "team", quantities={"seats": Decimal(1)}), card(version, "fixed")
    by_key = {item.price.key: item for item in team.items}
    assert by_key["requests"].included == Decimal(1000)
    assert by_key["requests"].group is Group.CORE
    by_key = {item.price.key: item for item in fixed.items}
    assert by_key["requests"].included == Decimal(100)
    assert by_key["requests"].group is Group.OVERAGE
    assert by_key["seats"].quantity == Decimal(3)


def test_a_metered_item_has_its_metric_and_no_quantity(version: CatalogVersion) -> None:
    seats, requests = card(version, "fixed").items
    assert (seats.metric, requests.quantity) == (None, None)
    assert requests.metric is not None
    assert requests.metric.meter.event_types == ("request",)


def test_add_ons_come_last_under_their_own_heading(version: CatalogVersion) -> None:
    made = card(version, "fixed", add_ons=("backup",))
    assert (made.items[-1].price.key, made.items[-1].group) == ("backup", Group.ADD_ON)
    assert made.items[-1].reason == "add-on of the subscription"


def test_the_agreed_commitment_takes_the_place_of_the_plans(version: CatalogVersion) -> None:
    by_plan = card(version, "committed").commitment
    assert by_plan is not None
    assert (by_plan.amount, by_plan.covers) == (Decimal(200), ("requests",))
    agreed = card(version, "committed", commitment=Decimal(0)).commitment
    assert agreed is not None
    assert agreed.amount == 0
    assert card(version, "team", quantities={"seats": Decimal(1)}).commitment is None


def test_what_does_not_fit_is_a_problem_of_the_card_and_no_exception(version: CatalogVersion) -> None:
    assert codes(card(version, "gold")) == ["unknown_plan"]
    assert codes(card(version, "team")) == ["missing_quantity"]
    assert codes(card(version, "agreed")) == ["missing_commitment"]
    assert codes(card(version, "fixed", add_ons=("none",))) == ["unknown_price"]
    assert codes(card(version, "fixed", catalog="cat_9")) == ["other_version"]
    assert codes(card(version, "fixed", catalog="cat_1")) == []
    assert codes(card(version, "fixed", start=START + timedelta(microseconds=1))) == ["not_active"]
    assert codes(card(version, "fixed", start=START - timedelta(days=2), end=START)) == ["not_active"]


def test_the_same_three_give_the_same_card(version: CatalogVersion) -> None:
    one, two = (card(version, "team", quantities={"seats": Decimal(2)}) for _ in range(2))
    assert one == two
    assert encode(one) == encode(two)
