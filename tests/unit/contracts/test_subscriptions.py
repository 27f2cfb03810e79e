"""Beginning and ending subscriptions."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast

import pytest

from steelyard.catalog import CatalogVersion
from steelyard.contracts import (
    Customer,
    NewSubscription,
    Subscription,
    end_subscription,
    or_raise,
    subscribe,
)
from steelyard.kernel import Problem, instant
from steelyard.record import Kind, State

START = instant("2026-10-01T00:00:00Z")
ACME = Customer(key="acme", name="Acme", currency="EUR", created_at=START)


class Rows:
    """A state with one customer and the subscriptions given."""

    def __init__(self, *subscriptions: Subscription) -> None:
        self.subscriptions = {one.id: one for one in subscriptions}

    def get(self, type: type, key: str) -> object | None:
        if type is Customer:
            return ACME if key == ACME.key else None
        return self.subscriptions.get(key)

    def version(self, type: type, key: str) -> int | None:
        return 5 if self.get(type, key) is not None else None

    def find(self, type: type, *, customer: str) -> list[Subscription]:
        return [one for one in self.subscriptions.values() if one.customer == customer]


def state(*subscriptions: Subscription) -> State:
    return cast("State", Rows(*subscriptions))


def new(plan: str = "fixed", **changes: Any) -> NewSubscription:
    return NewSubscription(**{"customer": "acme", "plan": plan, "start": START, **changes})


def codes(planned: object) -> list[tuple[str, str]]:
    assert isinstance(planned, tuple), planned
    return [(problem.field, problem.code) for problem in cast("tuple[Problem, ...]", planned)]


def begun(version: CatalogVersion, **changes: Any) -> Subscription:
    return or_raise(subscribe(state(), version, new(**changes))).record


def test_a_subscription_is_told_on_its_customers_chain(version: CatalogVersion) -> None:
    planned = or_raise(subscribe(state(), version, new("team", quantities={"seats": Decimal("3")})))
    assert planned.write is not None
    batch = planned.write.batches[0]
    assert (batch.kind, batch.customers) == (Kind.SUBSCRIPTION, ["acme"])
    assert planned.write.expect[0].version is None
    assert planned.record.active_at(START)
    assert not planned.record.active_at(START - timedelta(microseconds=1))


def test_all_mistakes_are_told_at_once(version: CatalogVersion) -> None:
    bad = new(
        "team",
        customer="nobody",
        end=START,
        quantities={"desks": Decimal("NaN")},
        add_ons=("none", "usd-fee", "base", "backup", "backup"),
        commitment=Decimal("-1"),
        catalog="cat_9",
    )
    assert codes(subscribe(state(), version, bad)) == [
        ("customer", "unknown_customer"),
        ("end", "empty_period"),
        ("quantities.seats", "missing_quantity"),
        ("quantities.desks", "unknown_quantity"),
        ("quantities.desks", "bad_quantity"),
        ("add_ons[0]", "unknown_price"),
        ("add_ons[1]", "currency_mismatch"),
        ("add_ons[2]", "duplicate_key"),
        ("add_ons[4]", "duplicate_key"),
        ("commitment", "no_commitment"),
        ("commitment", "bad_amount"),
        ("catalog", "other_version"),
    ]


def test_an_unknown_plan_is_told_with_those_there_are(version: CatalogVersion) -> None:
    problems = subscribe(state(), version, new("gold"))
    assert codes(problems) == [("plan", "unknown_plan")]
    assert "helpdesk" in cast("tuple[Problem, ...]", problems)[0].allowed


def test_times_need_an_offset(version: CatalogVersion) -> None:
    assert codes(subscribe(state(), version, new(start=START.replace(tzinfo=None)))) == [
        ("start", "not_a_time")
    ]


def test_a_plan_by_contract_needs_the_agreed_amount(version: CatalogVersion) -> None:
    assert codes(subscribe(state(), version, new("agreed"))) == [("commitment", "missing_commitment")]
    assert begun(version, plan="agreed", commitment=Decimal("10")).commitment == Decimal("10")


def test_asking_twice_changes_nothing_and_asking_for_something_else_is_refused(
    version: CatalogVersion,
) -> None:
    first = begun(version, plan="team", quantities={"seats": Decimal("3")})
    again = subscribe(state(first), version, new("team", quantities={"seats": Decimal("3.0")}))
    assert or_raise(again).changes_nothing
    other = subscribe(state(first), version, new("team", quantities={"seats": Decimal("4")}))
    assert codes(other) == [("start", "exists")]


def test_one_product_is_not_subscribed_to_twice_at_a_time(version: CatalogVersion) -> None:
    first = begun(version)
    later = START + timedelta(days=31)
    assert codes(subscribe(state(first), version, new("committed", start=later))) == [("start", "overlap")]
    assert or_raise(subscribe(state(first), version, new("helpdesk", start=later))).record.plan == "helpdesk"
    ended = dataclasses.replace(first, end=later)
    assert or_raise(subscribe(state(ended), version, new("committed", start=later))).write is not None


def test_a_subscription_ends_once_and_never_later(version: CatalogVersion) -> None:
    first = begun(version)
    end = START + timedelta(days=31)
    planned = or_raise(end_subscription(state(first), first.id, end=end))
    assert planned.write is not None
    assert planned.write.expect[0].version == 5
    ended = planned.record
    assert not ended.active_at(end)
    assert or_raise(end_subscription(state(ended), first.id, end=end)).changes_nothing
    assert or_raise(end_subscription(state(ended), first.id, end=end - timedelta(days=1))).record.end
    assert codes(end_subscription(state(ended), first.id, end=end + timedelta(days=1))) == [("end", "ended")]


@pytest.mark.parametrize(
    ("id", "end", "code"),
    [
        ("sub_none", START, "unknown_subscription"),
        ("", START, "empty_period"),
        ("", START.replace(tzinfo=None), "not_a_time"),
    ],
)
def test_an_end_that_makes_no_sense_is_refused(version: CatalogVersion, id: str, end: Any, code: str) -> None:
    first = begun(version)
    planned = end_subscription(state(first), id or first.id, end=end)
    assert [found for _, found in codes(planned)] == [code]
