"""Outcomes of a customer who asked to be forgotten: notes, names and data go, bills and proofs stay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from steelyard.billing.evidence import verify
from tests.api.local import Local
from tests.api.test_api_outcomes import set_up

SECRET = "jane.doe@privately.example"


@pytest.fixture
def shop(local: Local) -> Iterator[Local]:
    set_up(local.ask)
    local.done("POST", "/api/v1/customers", {"key": "priv", "name": "Priv", "currency": "EUR"})
    yield local
    assert local.done("POST", "/api/v1/record/verify", {})["ok"]


def claim(shop: Local, customer: str, key: str, **headers: str) -> Any:
    body = {
        "customer": customer,
        "type": "ticket.solved",
        "key": f"{key} of {SECRET}",
        "occurred_at": "2026-10-20T12:00:00Z",
        "window_days": 3660,
        "data": {"who": SECRET},
        "reason": f"{SECRET} said so",
    }
    return shop.done("POST", "/api/v1/outcomes", body, **headers)


def decide(shop: Local, outcome: Any, action: str) -> Any:
    return shop.done("POST", f"/api/v1/outcomes/{outcome['id']}/{action}", {"reason": f"asked {SECRET}"})


def erase(shop: Local, customer: str, **more: Any) -> Any:
    body = {"reason": "asked to be forgotten", **more}
    return shop.done("POST", f"/api/v1/customers/{customer}/erasure", body)


def traces(shop: Local) -> list[str]:
    files = [path for path in shop.folder.rglob("*") if path.is_file()]
    return [path.name for path in files if SECRET.encode() in path.read_bytes()]


def test_outcomes_go_with_the_customer_who_is_forgotten_from_every_file(shop: Local) -> None:
    paid = claim(shop, "priv", "one", idempotency_key="first")
    decide(shop, decide(shop, paid, "accept"), "contest")
    decide(shop, claim(shop, "priv", "two"), "contest")
    assert traces(shop)
    assert erase(shop, "priv", dry_run=True)["kept"] == []
    erase(shop, "priv")
    assert traces(shop) == []
    assert shop.ask("GET", f"/api/v1/outcomes/{paid['id']}").status == 404
    assert shop.done("GET", "/api/v1/outcomes")["items"] == []
    assert claim(shop, "priv", "one", idempotency_key="first") == {"erased": True}, "a repeat claims nothing"
    shop.reopen()
    assert shop.done("GET", "/api/v1/outcomes")["items"] == []


def test_a_result_that_was_erased_is_not_paid_once_more(shop: Local) -> None:
    decide(shop, claim(shop, "priv", "one"), "accept")
    erase(shop, "priv")
    body = {"customer": "acme", "type": "ticket.solved", "key": f"one of {SECRET}", "window_days": 5}
    refused = shop.ask("POST", "/api/v1/outcomes", {**body, "occurred_at": "2026-10-21T12:00:00Z"})
    assert (refused.status, refused.json["code"]) == (409, "already_claimed")
    assert "erased" in refused.json["detail"]


def test_outcomes_that_are_billed_or_wait_stay_and_go_when_their_time_is_over(shop: Local) -> None:
    decide(shop, claim(shop, "acme", "paid"), "accept")
    waiting = claim(shop, "acme", "waiting")
    shop.workspace.catch_up(10)
    shop.done("POST", "/api/v1/billing/runs", {"period": "2026-10"})
    refused = shop.ask("POST", "/api/v1/customers/acme/erasure", {"reason": "asked"})
    assert {one["code"] for one in refused.json["errors"]} == {"billing_evidence", "unbilled"}
    policy = {"dispute_days": 0, "statutory_years": 0, "reason": "a test of what follows"}
    shop.done("PUT", "/api/v1/retention", policy)
    refused = shop.ask("POST", "/api/v1/customers/acme/erasure", {"reason": "asked"})
    assert {one["code"] for one in refused.json["errors"]} == {"unbilled"}, "a claim may still be accepted"

    decide(shop, waiting, "reverse")
    erase(shop, "acme")
    assert traces(shop) == []
    invoice = shop.done("GET", "/api/v1/invoices?customer=acme")["items"][0]
    key = shop.ask("GET", "/record/key").content.decode().strip()
    found = verify(shop.ask("GET", f"/api/v1/invoices/{invoice['id']}/evidence").content, key)
    assert (found.ok, found.erased) == (True, 1), found.problems
