"""How contracts go on: by themselves at their end, not after notice; by which rates a subscription pays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from steelyard.entrypoints.duties import do_duties
from tests.api.local import Local
from tests.billing_catalog import catalog

START = "2025-09-01T00:00:00Z"
END = "2026-09-01T00:00:00Z"
NOW = datetime(2026, 11, 21, tzinfo=UTC)
RENEWAL: dict[str, Any] = {"term_months": 12, "notice_months": 3, "uplift_percent": "5"}


@pytest.fixture
def local(tmp_path: Any) -> Iterator[Local]:
    made = Local(tmp_path / "ws")
    ok(made, "POST", "/api/v1/catalog/versions", {"catalog": catalog()})
    ok(made, "POST", "/api/v1/customers", {"key": "acme", "name": "Acme", "currency": "USD"})
    body = {"customer": "acme", "plan": "team", "start": START, "quantities": {"seats": "3"}}
    ok(made, "POST", "/api/v1/subscriptions", body)
    yield made
    made.close()


ok = Local.done


def agree(local: Local, **fields: Any) -> dict[str, Any]:
    asked = {"customer": "acme", "name": "Acme", "start": START, "end": END, "renewal": RENEWAL, **fields}
    return ok(local, "POST", "/api/v1/contracts", asked)


def show(local: Local, id: str) -> dict[str, Any]:
    return ok(local, "GET", f"/api/v1/contracts/{id}")


def seats(local: Local, month: str) -> list[str]:
    draft = ok(local, "GET", f"/api/v1/customers/acme/preview?period={month}")
    return [one["amount"] for one in draft["lines"] if one["price_key"] == "seats"]


def test_an_automatic_contract_whose_end_has_come_goes_on_once_with_its_uplift(local: Local) -> None:
    made = agree(local)
    (due,) = ok(local, "POST", "/api/v1/contracts/renewals", {"dry_run": True})["items"]
    assert (due["contract"], due["end"]) == (made["id"], "2027-09-01T00:00:00Z")
    assert show(local, made["id"])["end"] == END
    assert ok(local, "POST", "/api/v1/contracts/renewals", {})["items"] == [due]
    assert ok(local, "POST", "/api/v1/contracts/renewals", {})["items"] == []
    renewed = show(local, made["id"])
    assert (renewed["end"], renewed["amendments"][0]["by"]) == ("2027-09-01T00:00:00Z", "steelyard")
    assert seats(local, "2026-10") == ["63"]


def test_a_contract_that_was_forgotten_goes_on_for_every_term_that_has_begun(local: Local) -> None:
    made = agree(local, start="2022-09-01T00:00:00Z", end="2023-09-01T00:00:00Z")
    assert do_duties(local.workspace, NOW) == ["1 contracts renewed"]
    assert do_duties(local.workspace, NOW) == []
    renewed = show(local, made["id"])
    assert (renewed["end"], len(renewed["amendments"])) == ("2027-09-01T00:00:00Z", 4)


def test_a_billing_run_renews_before_it_bills_and_a_dry_run_shows_that(local: Local) -> None:
    made = agree(local)
    tried = ok(local, "POST", "/api/v1/billing/runs", {"period": "2026-10", "dry_run": True})
    assert show(local, made["id"])["end"] == END
    run = ok(local, "POST", "/api/v1/billing/runs", {"period": "2026-10"})
    assert tried["totals"] == run["totals"]
    assert show(local, made["id"])["end"] == "2027-09-01T00:00:00Z"
    (found,) = ok(local, "GET", "/api/v1/invoices")["items"]
    invoice = ok(local, "GET", f"/api/v1/invoices/{found['id']}")
    assert [one["amount"] for one in invoice["lines"] if one["price_key"] == "seats"] == ["63"]


def test_after_notice_in_time_a_contract_ends_and_after_the_deadline_notice_is_refused(local: Local) -> None:
    made = agree(local)
    path = f"/api/v1/contracts/{made['id']}/notice"
    late = local.ask("POST", path, {"reason": "leaving", "given_at": "2026-06-02T00:00:00Z"})
    assert (late.status, late.json["code"]) == (409, "notice_too_late")
    ahead = local.ask("POST", path, {"reason": "leaving", "given_at": "2036-01-01T00:00:00Z"})
    assert [one["code"] for one in ahead.json["errors"]] == ["in_future"]
    asked = {"reason": "leaving", "given_at": "2026-06-01T23:00:00Z"}
    assert ok(local, "POST", path, {**asked, "dry_run": True})["notice"]["reason"] == "leaving"
    assert show(local, made["id"])["notice"] is None
    assert ok(local, "POST", path, asked)["changed"]
    assert not ok(local, "POST", path, asked)["changed"]
    assert ok(local, "POST", "/api/v1/contracts/renewals", {})["items"] == []
    assert seats(local, "2026-10") == ["60"]
    back = ok(local, "POST", f"/api/v1/contracts/{made['id']}/renew", {"reason": "agreed after all"})
    assert (back["end"], back["notice"]) == ("2027-09-01T00:00:00Z", None)


def test_what_is_not_automatic_or_has_a_follower_ends(local: Local) -> None:
    by_hand = agree(local, renewal={**RENEWAL, "automatic": False})
    assert ok(local, "POST", "/api/v1/contracts/renewals", {})["items"] == []
    ok(local, "POST", f"/api/v1/contracts/{by_hand['id']}/amendments",
       {"reason": "automatic now", "renewal": RENEWAL})  # fmt: skip
    agree(local, name="Next", start=END, end=None, renewal=None)
    assert ok(local, "POST", "/api/v1/contracts/renewals", {})["items"] == []
    answer = local.ask("POST", f"/api/v1/contracts/{by_hand['id']}/renew", {"reason": "go on"})
    assert [one["code"] for one in answer.json["errors"]] == ["overlap"]


def test_the_fees_of_a_contract_end_with_it(local: Local) -> None:
    fee = {"key": "p", "name": "Platform", "amount": "120", "effective_from": START, "every_months": 3}
    made = agree(local, fees=[fee], renewal=None, end="2026-08-01T00:00:00Z")

    def fees(month: str) -> list[str]:
        draft = ok(local, "GET", f"/api/v1/customers/acme/preview?period={month}")
        return [one["amount"] for one in draft["lines"] if one["price_key"] == "fee:p"]

    assert fees("2026-03") == ["120"]
    assert fees("2026-06") == ["79.57"], "to 1 August: 61 of 92 days, and no more after it"
    assert fees("2026-09") == []
    ok(local, "POST", f"/api/v1/contracts/{made['id']}/amendments",
       {"reason": "earlier", "end": "2026-05-01T00:00:00Z"})  # fmt: skip
    assert fees("2026-06") == []
    now = datetime.now(UTC)
    assert fees(f"{now:%Y-%m}") == ["-40.43"], "31 of 92 days were paid and are not used"


def test_the_rate_card_shows_each_layer_of_each_price(local: Local) -> None:
    agree(
        local,
        overrides=[{"price": "seats", "multiplier": "0.8", "reason": "launch"}],
        phases=[{"name": "ramp", "effective_from": "2026-03-01T00:00:00Z", "quantities": {"seats": "9"}}],
        escalators=[{"first_at": "2026-03-01T00:00:00Z", "percent": "10"}],
    )
    (held,) = ok(local, "GET", "/api/v1/subscriptions")["items"]
    path = f"/api/v1/subscriptions/{held['id']}/rate-card"
    card = ok(local, "GET", f"{path}?at=2026-03-05T00:00:00Z")
    rate = next(one for one in card["rates"] if one["price"] == "seats")
    assert (rate["listed"], rate["applies"]) == ("20.00 USD each", "17.60 USD each")
    assert rate["layers"] == ["contract Acme × 0.8 (launch)", "escalator × 1.1"]
    assert (rate["quantity"], card["contract"]["name"]) == ("9", "Acme")
    assert rate["reason"].startswith("plan Team, 9 seats by the phase ramp")
    assert card["changes_at"] == ["2026-09-01T00:00:00Z"] + [one for one in card["changes_at"] if one > END]
    assert local.ask("GET", "/api/v1/subscriptions/none/rate-card").json["code"] == "unknown_subscription"
    assert ok(local, "GET", f"/api/v1/subscriptions/{held['id']}")["plan"] == "team"


def test_a_contract_commits_and_the_rate_card_and_the_bill_say_so(local: Local) -> None:
    terms = {"key": "floor", "amount": "500", "start": START, "every": "year", "payment": "postpaid"}
    made = agree(local, end=None, renewal=None, commitments=[terms])
    assert (made["commitments"][0]["amount"], made["commitments"][0]["payment"]) == ("500", "postpaid")
    (held,) = ok(local, "GET", "/api/v1/subscriptions")["items"]
    card = ok(local, "GET", f"/api/v1/subscriptions/{held['id']}/rate-card")
    assert [(one["key"], one["reason"]) for one in card["commitments"]] == [
        ("floor", "committed by contract since 2025-09-01")
    ]
    draft = ok(local, "GET", "/api/v1/customers/acme/preview?period=2026-08")
    assert [one["amount"] for one in draft["lines"] if "true-up" in one["reason"]] == ["500"]
    path = f"/api/v1/contracts/{made['id']}/amendments"
    wrong = {**terms, "start": "2020-01-01T00:00:00Z", "covers": ["nothing"], "amount": "-1"}
    answer = local.ask("POST", path, {"reason": "more", "commitments": [wrong]})
    assert {one["code"] for one in answer.json["errors"]} == {
        "exists", "outside_contract", "unknown_price", "bad_amount",
    }  # fmt: skip
