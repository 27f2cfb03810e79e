"""Free units are judged by the floors at the usage of the last month, wherever they are offered or agreed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from steelyard.entrypoints.api.handlers.impact import last_month
from tests.api.local import Local

ok = Local.done
MONTH = last_month(datetime.now(UTC))

CATALOG = """
event_types: [{name: call, class: billable, description: d}]
metrics:
  - {key: calls, name: Calls, owner: o, definition: d, unit: calls, meter: {event_types: [call], aggregation: sum, value: $.n}}
products: [{key: voice, name: Voice, owner: o, definition: d}]
prices:
  - {key: fee, name: Fee, owner: o, definition: d, currency: USD, model: flat, amount: 10}
  - {key: call, name: Call, owner: o, definition: d, currency: USD, metric: calls, model: per_unit, unit_amount: "RATE"}
plans:
  - {key: pro, name: Pro, owner: o, definition: d, product: voice, currency: USD, items: [{price: fee}, {price: call}]}
"""  # noqa: E501
FLOORS = """
floors: [{key: margin, name: Margin, owner: o, definition: d, percent: 60}]
discounts:
  - {key: welcome, name: Welcome, owner: o, definition: d, form: free_units, units: 50MORE}
"""


def text(rate: str = "1", more: str = "", floors: bool = True) -> str:
    return CATALOG.replace("RATE", rate) + (FLOORS.replace("MORE", more) if floors else "")


@pytest.fixture
def shop(local: Local) -> Local:
    """Two customers of one plan; `acme` used 40 calls last month, `bolt` 200."""
    local.publish(text(floors=False))
    for key, calls in (("acme", 40), ("bolt", 200)):
        local.customer(key)
        body = {"customer": key, "plan": "pro", "start": "2026-01-01T00:00:00Z"}
        ok(local, "POST", "/api/v1/subscriptions", body)
        event = {
            "id": key,
            "type": "call",
            "subject": key,
            "time": f"{MONTH}-05T00:00:00Z",
            "data": {"n": calls},
        }
        assert local.ask("POST", "/api/v1/events", event).status == 204
    return local


def warned(local: Local, catalog: str) -> list[tuple[str, str]]:
    """What the free units' guard rails say of a catalog, and that publishing it says the same."""
    body = {"files": [{"name": "c.yaml", "text": catalog}], "note": "", "dry_run": True}
    plan = ok(local, "POST", "/api/v1/catalog/versions", body)
    return [(one["code"], one["message"]) for one in plan["warnings"] if one["code"].startswith("free_units")]


def id_of(local: Local, customer: str) -> str:
    (one,) = ok(local, "GET", f"/api/v1/subscriptions?customer={customer}")["items"]
    return one["id"]


def test_publication_names_who_would_come_below_a_floor_and_by_how_much(shop: Local) -> None:
    # 40 of 40 calls free: 10 of 50 remain a month, 120 of 600 a year, and 60 % are 360.
    said = (
        f"the free units of 'welcome', redeemed: acme at its usage of {MONTH} is 240.00 below the floor "
        "'margin': 120.00 USD of 600.00 remain of a contract year, 360.00 must"
    )
    assert warned(shop, text()) == [("free_units_below_floor", said)]
    assert warned(shop, text(more=", months: 6")) == []
    assert warned(shop, text(more=", attributes: {size: [large]}"))[0][0] == "free_units_not_judged"


def test_without_usage_it_is_said_that_nothing_could_be_judged(local: Local) -> None:
    local.publish(text(floors=False))
    ((code, message),) = warned(local, text())
    assert code == "free_units_not_judged"
    assert message == (
        "the free units of 'welcome' could not be judged by the floor 'margin': nobody who may redeem them "
        f"used anything in {MONTH} that they are about"
    )


def test_a_governance_can_refuse_what_comes_below(shop: Local) -> None:
    shop.publish(text(floors=False) + "governance: {guards: {free_units_below_floor: refuse}}\n")
    body = {"files": [{"name": "c.yaml", "text": text()}], "note": ""}
    refused = shop.ask("POST", "/api/v1/catalog/versions", body)
    assert (refused.status, refused.json["code"]) == (422, "guard_rails")
    assert "free_units_below_floor" in [one["code"] for one in refused.json["errors"]]


def test_redeeming_says_what_is_left_at_the_customers_own_usage(shop: Local) -> None:
    shop.publish(text())
    path = f"/api/v1/subscriptions/{id_of(shop, 'acme')}/discounts"
    (floor,) = ok(shop, "POST", path, {"discount": "welcome", "dry_run": True})["floors"]
    assert (floor["listed"], floor["remains"], floor["wanted"], floor["missing"]) == (
        "600",
        "120",
        "360",
        "240",
    )
    path = path.replace(id_of(shop, "acme"), id_of(shop, "bolt"))
    (floor,) = ok(shop, "POST", path, {"discount": "welcome"})["floors"]
    # 150 of 200 calls are paid: 160 of 210 remain a month.
    assert (floor["listed"], floor["remains"], floor["missing"]) == ("2520", "1920", "0")


def test_a_redemption_without_usage_says_that_it_could_not_be_judged(shop: Local) -> None:
    shop.publish(text())
    shop.customer("cask")
    body = {"customer": "cask", "plan": "pro", "start": "2026-01-01T00:00:00Z"}
    id = ok(shop, "POST", "/api/v1/subscriptions", body)["id"]
    (floor,) = ok(shop, "POST", f"/api/v1/subscriptions/{id}/discounts", {"discount": "welcome"})["floors"]
    assert (floor["is_judged"], floor["missing"]) == (False, "0")
    assert "could not be judged" in floor["text"]


def test_other_prices_judge_the_free_units_that_customers_have(shop: Local) -> None:
    shop.publish(text())
    id = id_of(shop, "bolt")
    ok(
        shop,
        "POST",
        f"/api/v1/subscriptions/{id}/discounts",
        {"discount": "welcome", "start": f"{MONTH}-01T00:00:00Z"},
    )
    # 100 calls included and 50 by the discount: 60 of 110 remain a month, and 66 must.
    said = [message for _, message in warned(shop, text(rate='1", included: "100'))]
    assert said[0] == (
        f"discounts that customers have: bolt at its usage of {MONTH} is 72.00 below the floor 'margin': "
        "720.00 USD of 1,320.00 remain of a contract year, 792.00 must"
    )
    contract: Any = {
        "customer": "bolt", "name": "Flat", "start": "2026-01-01T00:00:00Z", "dry_run": True,
        "overrides": [{"price": "call", "included": "100"}],
    }  # fmt: skip
    (floor,) = ok(shop, "POST", "/api/v1/contracts", contract)["floors"]
    assert (floor["remains"], floor["wanted"], floor["missing"]) == ("720", "792", "72")
