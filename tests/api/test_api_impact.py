"""The impact of a catalog, a version or a price over HTTP, on usage that did happen."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from steelyard.client import ProblemError
from tests.api.conftest import PERIOD, Server, catalog_files


def seats(amount: str) -> dict[str, Any]:
    return {"seats": {"model": "per_unit", "unit_amount": amount}}


def first_price(server: Server) -> tuple[str, dict[str, Any]]:
    """Some price of the live catalog that charges seats."""
    catalog = server.client().catalog.show("live")["catalog"]
    (item,) = [one for one in catalog["plans"]["team"]["items"] if one.get("quantity_from") == "seats"]
    return item["price"], catalog["prices"][item["price"]]


def test_a_price_is_tried_on_past_usage(billed: Server) -> None:
    key, price = first_price(billed)
    old = Decimal(price["model"]["unit_amount"])
    prices = {key: {"model": "per_unit", "unit_amount": str(old + 2)}}
    found = billed.client().impact.compute(prices=prices, period=PERIOD)
    changes = {one["customer"]: Decimal(one["difference"]) for one in found["customers"]}
    assert changes == {"acme": Decimal(6), "bolt": Decimal(6), "coil": Decimal(6)}
    assert found["totals"][0]["losers"] == 3
    assert any("3 pay more" in line for line in found["text"])
    assert sum(one["customers"] for one in found["spread"][0]["buckets"]) == 3


def test_the_old_bill_is_the_one_that_was_issued(billed: Server) -> None:
    key, _ = first_price(billed)
    prices = {key: {"model": "flat", "amount": "1"}}
    found = billed.client().impact.compute(prices=prices, period=PERIOD)
    invoices = {
        one["customer"]: Decimal(one["subtotal"])
        for one in billed.client().invoices.list(period=PERIOD)["items"]
    }
    assert {one["customer"]: Decimal(one["old"]) for one in found["customers"]} == invoices


def test_the_same_files_change_nothing(billed: Server) -> None:
    found = billed.client().impact.compute(files=catalog_files(), period=PERIOD)
    assert found["changes"] == []
    assert found["base"] == found["candidate"]
    assert all(one["difference"] == "0" for one in found["customers"])


def test_a_version_is_compared_with_the_live_one(billed: Server) -> None:
    assert billed.client().impact.compute(version="1", period=PERIOD)["totals"][0]["difference"] == "0"


def test_it_lists_as_many_as_are_asked_for(billed: Server) -> None:
    found = billed.client().impact.compute(version="live", period=PERIOD, limit=1)
    assert (len(found["customers"]), found["others"]) == (1, 2)


def test_the_digest_is_the_same_for_the_same_question(billed: Server) -> None:
    def ask() -> str:
        return billed.client().impact.compute(version="live", period=PERIOD)["digest"]

    assert ask() == ask()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid_body"),
        ({"version": "live", "prices": {}}, "invalid_body"),
        ({"prices": {"nothing": {"model": "flat", "amount": "1"}}}, "invalid_prices"),
        ({"version": "live", "period": "2026-13"}, "invalid_body"),
        ({"files": [{"name": "a.yaml", "text": "plans: [{key: x}]"}]}, "invalid_catalog"),
        ({"version": "cat_none"}, "unknown_catalog_version"),
    ],
)
def test_what_cannot_be_compared_is_refused(billed: Server, body: dict[str, Any], code: str) -> None:
    answer = billed.ask("POST", "/api/v1/impact", body)
    assert answer.status in (404, 422), answer.content
    assert answer.json["code"] == code


def test_a_price_with_mistakes_names_all_of_them(billed: Server) -> None:
    key, _ = first_price(billed)
    prices = {key: {"model": "per_unit", "amount": "1"}, "none": {}}
    with pytest.raises(ProblemError) as refused:
        billed.client().impact.compute(prices=prices)
    assert len(refused.value.problem["errors"]) == 3


def test_nothing_is_written(billed: Server) -> None:
    before = billed.client().record.entries(limit=1)["items"][0]["index"]
    billed.client().impact.compute(version="live", period=PERIOD)
    assert billed.client().record.entries(limit=1)["items"][0]["index"] == before


def test_progress_is_nothing_where_nothing_runs(billed: Server) -> None:
    assert billed.client().impact.progress() == {"done": 0, "total": 0}


def test_a_workspace_without_a_catalog_has_nothing_to_compare(fresh: Server) -> None:
    found = fresh.client().impact.compute(files=catalog_files())
    assert found["customers"] == []
    assert found["base"] == ""
    assert "nobody had a subscription" in found["text"][0]
