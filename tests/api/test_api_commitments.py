"""Commitments and discounts over HTTP and the command line: attached, previewed, billed, never oversold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from tests.api.conftest import Answer
from tests.api.local import Local

START = "2026-10-01T00:00:00Z"
_KEPT = {"owner": "Ada", "definition": "As agreed."}


def catalog() -> dict[str, Any]:
    rates = [
        {**_KEPT, "key": "base", "name": "Base", "model": "flat", "amount": "100"},
        {
            **_KEPT, "key": "tokens", "name": "Tokens", "metric": "tokens", "group": "overage",
            "model": "per_unit", "unit_amount": "1",
        },
    ]  # fmt: skip
    return {
        "event_types": [{"name": "llm", "class": "billable", "description": "d"}],
        "metrics": [
            {
                **_KEPT, "key": "tokens", "name": "Tokens", "unit": "tokens",
                "meter": {"event_types": ["llm"], "aggregation": "sum", "value": "$.tokens"},
            }
        ],
        "products": [{**_KEPT, "key": "ai", "name": "AI"}],
        "rate_cards": [
            {**_KEPT, "key": "list", "name": "List", "kind": "price", "currency": "USD", "rates": rates}
        ],
        "plans": [
            {
                **_KEPT, "key": "pro", "name": "Pro", "product": "ai", "currency": "USD",
                "items": [{"price": "base"}, {"price": "tokens"}],
            }
        ],
        "discounts": [
            {
                **_KEPT, "key": "founders", "name": "Founders", "form": "percent", "percent": "20",
                "slots": 3, "months": 12, "conditions": ["is a reference"],
            },
            {**_KEPT, "key": "welcome", "name": "Welcome", "form": "amount", "amount": "150", "once": True,
             "code": "HELLO"},
            {**_KEPT, "key": "charity", "name": "Charity", "form": "percent", "percent": "50",
             "attributes": {"segment": "non-profit"}, "ends": "2026-10-31T00:00:00Z"},
        ],
        "floors": [{**_KEPT, "key": "floor", "name": "Floor of the year", "percent": "50"}],
    }  # fmt: skip


@pytest.fixture
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    found = Local(tmp_path_factory.mktemp("agreed") / "workspace")
    ok(found.ask("POST", "/api/v1/catalog/versions", {"catalog": catalog()}))
    yield found
    assert found.ask("POST", "/api/v1/record/verify").json["ok"]
    found.close()


def ok(answer: Answer) -> Any:
    assert answer.status in (200, 201, 204), answer.content
    return answer.json if answer.content else None


def subscribed(api: Local, customer: str, start: str = START) -> str:
    ok(api.ask("POST", "/api/v1/customers", {"key": customer, "name": customer.title(), "currency": "USD"}))
    body = {"customer": customer, "plan": "pro", "start": start}
    return ok(api.ask("POST", "/api/v1/subscriptions", body))["id"]


def used(api: Local, customer: str, tokens: int, month: str = "2026-10") -> None:
    event = {
        "id": f"{customer}-{month}-{tokens}", "type": "llm", "subject": customer,
        "time": f"{month}-05T00:00:00Z", "data": {"tokens": tokens},
    }  # fmt: skip
    ok(api.ask("POST", "/api/v1/events", event))


def billed(api: Local, month: str, customer: str) -> Decimal:
    ok(api.ask("POST", "/api/v1/billing/runs", {"period": month}))
    found = ok(api.ask("GET", f"/api/v1/invoices?customer={customer}&period={month}"))["items"]
    return Decimal(found[0]["total"])


def test_a_commitment_is_previewed_attached_and_billed_to_the_cent_of_its_preview(api: Local) -> None:
    id = subscribed(api, "acme")
    used(api, "acme", 900)
    body = {
        "key": "c1", "amount": "500", "start": START, "percent": "50", "burst": "100",
        "overage_factor": "2", "dry_run": True, "period": "2026-10",
    }  # fmt: skip
    tried = ok(api.ask("POST", f"/api/v1/subscriptions/{id}/commitments", body))
    assert tried["dry_run"]
    assert ok(api.ask("GET", f"/api/v1/subscriptions/{id}/commitments?period=2026-10"))["items"] == []
    # 900 tokens are worth 450 at committed rates: all of it is covered by the 500 that are due.
    assert (tried["month"]["before"], tried["month"]["after"]) == ("1000", "600")
    done = ok(api.ask("POST", f"/api/v1/subscriptions/{id}/commitments", {**body, "dry_run": False}))
    assert done["changed"]
    used(api, "acme", 400)
    (standing,) = ok(api.ask("GET", f"/api/v1/subscriptions/{id}/commitments?period=2026-10"))["items"]
    # 1,300: 1,000 are covered by 500, 200 fill the buffer of 100, 100 are overage at twice their price.
    assert (standing["used"], standing["left"], standing["burst_used"]) == ("500", "0", "100")
    assert (standing["overage"], standing["alert"]) == ("200", True)
    assert billed(api, "2026-10", "acme") == 100 + 500 + 100 + 200
    (one,) = ok(api.ask("GET", "/api/v1/subscriptions"))["items"]
    assert one["commitments"][0]["key"] == "c1"


def test_a_commitment_is_settled_on_what_discounts_leave_whether_or_not_it_names_prices(api: Local) -> None:
    totals: list[Decimal] = []
    for customer, covers in (("acme", []), ("bolt", ["tokens"])):
        id = subscribed(api, customer)
        used(api, customer, 400)
        path = f"/api/v1/subscriptions/{id}"
        founders = {"discount": "founders", "start": START, "confirmed": ["is a reference"]}
        ok(api.ask("POST", f"{path}/discounts", founders))
        body = {"key": "c1", "amount": "500", "start": START, "covers": covers}
        made = ok(api.ask("POST", f"{path}/commitments", body))
        assert made["commitment"]["net_of_discounts"]
        assert ok(api.ask("POST", f"{path}/commitments", body))["changed"] is False
        (standing,) = ok(api.ask("GET", f"{path}/commitments?period=2026-10"))["items"]
        # 400 tokens come to 320 after a fifth is taken off.
        assert standing["used"] == "320"
        totals.append(billed(api, "2026-10", customer))
    # 80 for the base after the discount, and the 500 that are committed.
    assert totals == [Decimal(580), Decimal(580)]


def test_a_commitment_that_cannot_be_is_refused_with_all_reasons(api: Local) -> None:
    id = subscribed(api, "acme")
    body = {
        "key": "c1", "amount": "-5", "start": "2026-01-01T00:00:00Z", "end": "2025-01-01T00:00:00Z",
        "covers": ["nothing"], "rollover": "3", "every": "year", "schedule": ["1", "2"], "percent": "100",
    }  # fmt: skip
    answer = api.ask("POST", f"/api/v1/subscriptions/{id}/commitments", body)
    assert answer.status in (400, 422)
    codes = {one["code"] for one in answer.json["errors"]}
    wanted = {"bad_amount", "empty_period", "unknown_price", "bad_fraction", "bad_schedule", "bad_percent"}
    assert wanted | {"before_start"} <= codes
    assert api.ask("POST", "/api/v1/subscriptions/sub_none/commitments", body).status == 404


def test_the_course_of_a_commitment_can_be_tried_without_a_customer(api: Local) -> None:
    terms = {"amount": "1200", "every": "year", "payment": "postpaid"}
    body = {"terms": terms, "values": ["90"] * 12}
    found = ok(api.ask("POST", "/api/v1/commitments/preview", body))
    assert found["months"][-1]["true_up"] == "120"
    assert found["due"] == "1200"


def test_slots_are_never_oversold_by_a_race(api: Local) -> None:
    ids = [subscribed(api, f"customer-{number}") for number in range(8)]
    body = {"discount": "founders", "start": START, "confirmed": ["is a reference"]}

    def redeem(id: str) -> int:
        return api.ask("POST", f"/api/v1/subscriptions/{id}/discounts", body).status

    with ThreadPoolExecutor(8) as many:
        statuses = sorted(many.map(redeem, ids))
    assert statuses == [200] * 3 + [409] * 5
    listed = ok(api.ask("GET", "/api/v1/discounts"))["items"]
    assert (listed[0]["key"], listed[0]["taken"], listed[0]["left"]) == ("founders", 3, 0)
    redemptions = ok(api.ask("GET", "/api/v1/redemptions?discount=founders"))["items"]
    assert sorted(one["number"] for one in redemptions) == [1, 2, 3]


def test_who_may_not_have_a_discount_is_told_why(api: Local) -> None:
    id = subscribed(api, "acme")
    path = f"/api/v1/subscriptions/{id}/discounts"
    assert api.ask("POST", path, {"discount": "welcome"}).status == 404
    assert api.ask("POST", path, {"code": "WRONG"}).status == 404
    refused = api.ask("POST", path, {"discount": "founders"}).json
    assert [one["code"] for one in refused["errors"]] == ["not_confirmed"]
    refused = api.ask("POST", path, {"discount": "charity"}).json
    assert {one["code"] for one in refused["errors"]} == {"not_for_customer", "over"}
    assert "HELLO" not in json.dumps(ok(api.ask("GET", "/api/v1/discounts")))


def test_a_coupon_given_once_goes_on_until_it_is_used_up(api: Local) -> None:
    id = subscribed(api, "acme", start="2026-09-01T00:00:00Z")
    path = f"/api/v1/subscriptions/{id}/discounts"
    body = {"code": "HELLO", "start": "2026-09-01T00:00:00Z"}
    tried = ok(api.ask("POST", path, {**body, "dry_run": True, "period": "2026-09"}))
    assert (tried["month"]["before"], tried["month"]["after"], tried["left"]) == ("100", "0", None)
    assert ok(api.ask("POST", path, body))["changed"]
    assert not ok(api.ask("POST", path, body))["changed"]
    assert [billed(api, f"2026-{month}", "acme") for month in ("09", "10")] == [0, 50]


def test_a_commitment_for_a_table_is_refused_where_the_plans_own_covers_prices_of_it(api: Local) -> None:
    asked = catalog()
    table = {
        **_KEPT, "key": "by-model", "name": "Tokens by model", "model": "per_unit", "metrics": ["tokens"],
        "by": {"dimension": "model"}, "table": {"small": ["1"], "large": ["3"]},
    }  # fmt: skip
    asked["metrics"][0]["meter"]["group_by"] = {"model": "$.model"}
    asked["rate_cards"][0]["rates"].append(table)
    asked["plans"][0] |= {
        "items": [{"price": "base"}, {"price": "by-model"}],
        "commitment": {"amount": "50", "covers": ["by-model"]},
    }
    ok(api.ask("POST", "/api/v1/catalog/versions", {"catalog": asked}))
    path = f"/api/v1/subscriptions/{subscribed(api, 'acme')}/commitments"
    body = {"key": "year", "amount": "100", "start": START, "dry_run": True}
    for covers in (["by-model"], ["by-model:large"], []):
        refused = api.ask("POST", path, body | {"covers": covers})
        assert [one["code"] for one in refused.json["errors"]] == ["commitment_overlap"], covers
