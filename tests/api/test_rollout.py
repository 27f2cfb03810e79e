"""Roll-outs over HTTP: who has a subscription, who begins one, and who stays, each by cohort or share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from steelyard.catalog.change import sticky_share
from steelyard.contracts import Subscription
from tests.api.local import Local

CATALOG = """
products:
  - {key: voice, name: Voice, owner: Ada, definition: Calls.}
prices:
  - {key: fee, name: Fee, owner: Ada, definition: D, currency: USD, model: flat, amount: "FEE"}
plans:
  - {key: pro, name: Pro, owner: Ada, definition: All, product: voice, currency: USD, items: [{price: fee}]}
"""
PLUS = """
  - {key: plus, name: Plus, owner: Ada, definition: All, product: voice, currency: USD, items: [{price: fee}]}
"""


def change(rollout: str) -> str:
    return f"""
change:
  hypothesis: h
  expected_effect: e
  trade_off: t
  success_measure: s
  review_date: 2099-01-01
  rollout: {rollout}
"""


def names(count: int) -> list[str]:
    return [f"customer-{n}" for n in range(count)]


def reached(name: str, percent: int, salt: str) -> bool:
    return sticky_share(name, salt) < percent * 100


@pytest.fixture
def shop(local: Local) -> Local:
    """A fee of 100 is live; nobody has a subscription."""
    local.publish(CATALOG.replace("FEE", "100"))
    return local


def subscribe(local: Local, key: str, status: int = 201, *, size: str = "", **fields: Any) -> Any:
    attributes = {"size": size} if size else {}
    about = {"key": key, "name": key, "currency": "USD", "attributes": attributes}
    assert local.ask("POST", "/api/v1/customers", about).status == 201
    asked = {"customer": key, "plan": "pro", "start": "2026-01-01T00:00:00Z", **fields}
    answer = local.ask("POST", "/api/v1/subscriptions", asked)
    assert answer.status == status, answer.json
    return answer.json


def fee(local: Local, key: str, period: str = "2026-10") -> str:
    return local.done("GET", f"/api/v1/customers/{key}/preview?period={period}")["subtotal"]


def test_a_share_holds_for_old_and_new_subscriptions_alike(shop: Local) -> None:
    old, new = names(24)[:12], names(24)[12:]
    for name in old:
        subscribe(shop, name)
    shop.publish(CATALOG.replace("FEE", "120") + change("{to: percent, percent: 40, salt: autumn}"))
    for name in new:
        subscribe(shop, name)
    expected = {name: "120" if reached(name, 40, "autumn") else "100" for name in old + new}
    assert {name: fee(shop, name) for name in old + new} == expected
    assert {"100", "120"} == {expected[name] for name in old} == {expected[name] for name in new}


def test_a_share_that_grows_keeps_whom_it_reached_and_reaches_more_who_begin(shop: Local) -> None:
    share = "{to: percent, percent: %d, salt: autumn}"
    shop.publish(CATALOG.replace("FEE", "120") + change(share % 20))
    for name in names(10):
        subscribe(shop, name)
    before = {name: fee(shop, name) for name in names(10)}
    shop.publish(CATALOG.replace("FEE", "130") + change(share % 60))
    for name in names(20)[10:]:
        subscribe(shop, name)
    after = {name: fee(shop, name) for name in names(20)}
    for name in names(10):
        # Whom the first share passed by stays; of the others all are in the larger share, too.
        assert after[name] == ("130" if before[name] == "120" else "100")
    for name in names(20)[10:]:
        assert after[name] == ("130" if reached(name, 60, "autumn") else "100")


def test_a_cohort_gets_the_new_version_whoever_begins(shop: Local) -> None:
    shop.publish(CATALOG.replace("FEE", "120") + change("{to: cohort, where: {size: [small, tiny]}}"))
    for name, size in (("a", "small"), ("b", "tiny"), ("c", "large"), ("d", "")):
        subscribe(shop, name, size=size)
    assert [fee(shop, name) for name in "abcd"] == ["120", "120", "100", "100"]


def test_until_a_day_and_no_longer(shop: Local) -> None:
    month = (datetime.now(UTC).replace(day=1) + timedelta(days=70)).replace(day=1)
    until = month.strftime("%Y-%m-01T00:00:00Z")
    shop.publish(
        CATALOG.replace("FEE", "120") + change(f"{{to: cohort, where: {{size: s}}, until: {until}}}")
    )
    made = subscribe(shop, "acme")
    assert made["catalog_until"] == until
    before = (month - timedelta(days=3)).strftime("%Y-%m")
    assert [fee(shop, "acme", one) for one in (before, month.strftime("%Y-%m"))] == ["100", "120"]
    assert subscribe(shop, "late", start=until)["catalog"] == "live"


def test_new_subscriptions_get_what_is_for_new_ones(shop: Local) -> None:
    subscribe(shop, "old")
    shop.publish(CATALOG.replace("FEE", "120") + change("{to: new}"))
    subscribe(shop, "new")
    assert (fee(shop, "old"), fee(shop, "new")) == ("100", "120")


def test_a_renewal_brings_the_new_version(shop: Local) -> None:
    started = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    renews = (started + timedelta(days=32)).replace(day=1)
    began = renews.replace(year=renews.year - 1)
    subscribe(shop, "old", start=began.isoformat())
    shop.publish(CATALOG.replace("FEE", "120") + change("{to: new_and_renewing}"))
    (one,) = shop.workspace.state.find(Subscription, customer="old")
    assert one.terms_at(renews).catalog == "live"
    assert one.terms_at(renews - timedelta(seconds=1)).catalog != "live"
    before = (renews - timedelta(days=3)).strftime("%Y-%m")
    assert [fee(shop, "old", month) for month in (before, renews.strftime("%Y-%m"))] == ["100", "120"]


def test_who_asks_again_gets_the_same_subscription(shop: Local) -> None:
    shop.publish(CATALOG.replace("FEE", "120") + change("{to: cohort, where: {size: small}}"))
    first = subscribe(shop, "acme")
    shop.publish(CATALOG.replace("FEE", "130"))
    body = {"customer": "acme", "plan": "pro", "start": "2026-01-01T00:00:00Z"}
    again = shop.ask("POST", "/api/v1/subscriptions", body)
    assert (again.status, again.json) == (201, first)
    assert fee(shop, "acme") == "100"


def test_a_plan_that_is_not_rolled_out_to_a_customer_is_refused_with_the_way_out(shop: Local) -> None:
    shop.publish(CATALOG.replace("FEE", "120") + PLUS + change("{to: cohort, where: {size: small}}"))
    refused = subscribe(shop, "acme", 422, plan="plus")
    (problem,) = refused["errors"]
    assert problem["code"] == "not_rolled_out"
    version = shop.done("GET", "/api/v1/catalog/versions/live")["id"]
    assert version in problem["allowed"]
    body = {"customer": "acme", "plan": "plus", "start": "2026-01-01T00:00:00Z", "catalog": version}
    assert shop.ask("POST", "/api/v1/subscriptions", body).status == 201
    assert fee(shop, "acme") == "120"


def test_many_begin_at_once_each_by_its_own_share(shop: Local) -> None:
    shop.publish(CATALOG.replace("FEE", "120") + change("{to: percent, percent: 50, salt: x}"))
    keys = names(12)
    for key in keys:
        shop.customer(key)
    those = [{"customer": key, "plan": "pro", "start": "2026-01-01T00:00:00Z"} for key in keys]
    made = shop.done("POST", "/api/v1/subscriptions/batch", {"subscriptions": those})["items"]
    assert [one["catalog"] == "live" for one in made] == [reached(key, 50, "x") for key in keys]


def test_once_it_is_for_everybody_new_ones_follow(shop: Local) -> None:
    shop.publish(CATALOG.replace("FEE", "120") + change("{to: cohort, where: {size: small}}"))
    shop.publish(CATALOG.replace("FEE", "121"))
    assert subscribe(shop, "acme")["catalog"] == "live"


def test_a_plan_counts_who_moves_and_who_stays(shop: Local) -> None:
    old = names(12)
    for name in old:
        subscribe(shop, name)
    new = CATALOG.replace("FEE", "120") + change("{to: percent, percent: 40, salt: autumn}")
    moving = sum(reached(name, 40, "autumn") for name in old)
    plan = shop.done("POST", "/api/v1/catalog/plan", {"files": [{"name": "a.yaml", "text": new}]})
    assert plan["subscriptions"] == [{"plan": "pro", "live": moving, "pinned": 12 - moving}]
    words = "40 % of the customers who subscribe already"
    words += f": {moving} of 12 subscriptions move, {12 - moving} stay"
    assert plan["rollout"] == words
    assert f"Applies to: {words}" in plan["shown"]
    assert f"USD: 0 customers pay less, {moving} pay more, {12 - moving} the same" in plan["money"]


def test_going_back_during_a_roll_out_brings_everybody_the_prices_before(shop: Local) -> None:
    for name in names(8):
        subscribe(shop, name)
    shop.publish(CATALOG.replace("FEE", "120") + change("{to: percent, percent: 40, salt: autumn}"))
    assert {fee(shop, name) for name in names(8)} == {"100", "120"}
    shop.done("POST", "/api/v1/catalog/rollback", {"version": "1", "note": "a mistake"})
    subscribe(shop, "late")
    assert {fee(shop, name) for name in [*names(8), "late"]} == {"100"}
