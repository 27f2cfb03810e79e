"""Changing a customer: documents keep what held, prices follow dated attributes, subjects bring usage in."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from steelyard.billing.evidence import verify
from tests.api.conftest import Server, steelyard
from tests.api.local import Local
from tests.billing_catalog import catalog

CHANGES = "/api/v1/customers/acme/changes"
EU = {
    "key": "eu",
    "name": "EU",
    "owner": "Ada",
    "definition": "What the EU pays.",
    "for": {"region": ["eu"]},
    "rates": [{"price": "base_fee", "multiplier": "0.5"}, {"price": "big", "multiplier": "0.5"}],
}

ok = Local.done


@pytest.fixture
def local(tmp_path: Any) -> Iterator[Local]:
    made = Local(tmp_path / "ws")
    ok(made, "POST", "/api/v1/catalog/versions", {"catalog": {**catalog(), "price_books": [EU]}})
    tax = {"name": "VAT", "percent": "19"}
    ok(made, "POST", "/api/v1/customers", {"key": "acme", "name": "Acme", "currency": "USD", "tax": tax})
    body = {"customer": "acme", "plan": "team", "start": "2026-08-01T00:00:00Z", "quantities": {"seats": "3"}}
    ok(made, "POST", "/api/v1/subscriptions", body)
    yield made
    assert ok(made, "POST", "/api/v1/record/verify")["ok"]
    made.close()


def bill(local: Local, month: str) -> Any:
    ok(local, "POST", "/api/v1/billing/runs", {"period": month})
    (found,) = ok(local, "GET", f"/api/v1/invoices?customer=acme&period={month}")["items"]
    return proven(local, found["id"])


def proven(local: Local, id: str) -> Any:
    """The document, whose evidence verifies."""
    evidence = local.ask("GET", f"/api/v1/invoices/{id}/evidence").content
    assert verify(evidence, local.ask("GET", "/record/key").content.decode().strip()).ok
    return ok(local, "GET", f"/api/v1/invoices/{id}")


def used(local: Local, subject: str, at: str, tokens: int) -> None:
    data = {"tokens": tokens, "model": "big", "user": "u"}
    event = {
        "id": f"{subject}{at}",
        "source": "t",
        "type": "llm",
        "subject": subject,
        "time": at,
        "data": data,
    }
    assert local.ask("POST", "/api/v1/events", event).status == 204


def test_a_new_name_and_tax_stand_on_the_next_document_and_on_no_earlier_one(local: Local) -> None:
    first = bill(local, "2026-09")
    change = {"name": "Acme Ltd", "tax": {"name": "VAT", "percent": "10"}, "email": "pay@example.com"}
    assert ok(local, "POST", CHANGES, {**change, "dry_run": True})["name"] == "Acme Ltd"
    assert ok(local, "GET", "/api/v1/customers/acme")["name"] == "Acme"
    done = ok(local, "POST", CHANGES, change, idempotency_key="one")
    assert ok(local, "POST", CHANGES, change, idempotency_key="one") == done
    used(local, "acme", "2026-09-10T00:00:00Z", 8_001_000)
    second = bill(local, "2026-10")
    assert [(one["customer_name"], one["tax"]) for one in (proven(local, first["id"]), second)] == [
        ("Acme", "20.71"),
        ("Acme Ltd", "14.99"),
    ]
    # 109 of October at 10 %; what is made good of September carries September's 19 %: 21.50 and 4.09.
    adjusted = [Decimal(one["amount"]) for one in second["lines"] if one["adjusts"]]
    assert sum(adjusted) == Decimal("25.59")
    again = ok(local, "GET", "/api/v1/customers/acme/preview?period=2026-09")
    assert (again["customer_name"], again["tax"]) == ("Acme", "24.8")
    untaxed = ok(local, "POST", CHANGES, {"untaxed": True, "email": ""})
    assert (untaxed["tax"], untaxed["email"]) == (None, None)


def test_prices_follow_attributes_from_their_date_and_no_billed_month_changes(local: Local) -> None:
    move = {
        "attributes": {"region": "eu"},
        "effective_from": "2026-10-16T00:00:00Z",
        "reason": "moved to Rome",
    }
    made = ok(local, "POST", CHANGES, move)
    assert made["attributes"] == [
        {"effective_from": move["effective_from"], "values": {"region": "eu"}, "reason": "moved to Rome"}
    ]
    september, october = bill(local, "2026-09"), bill(local, "2026-10")
    fees = [
        [one["amount"] for one in document["lines"] if one["price_key"] == "base_fee"]
        for document in (september, october)
    ]
    assert fees == [["49"], ["23.71", "12.65"]]
    refused = local.ask("POST", CHANGES, {**move, "attributes": {"region": ""}})
    assert (refused.status, refused.json["code"]) == (409, "billed_already")
    assert "2026-11-01" in refused.json["detail"]


def test_usage_under_a_subject_is_the_customers_from_when_it_was_added(local: Local) -> None:
    used(local, "bot", "2026-09-10T00:00:00Z", 1000)
    ok(local, "POST", CHANGES, {"add_subjects": ["bot"]})
    used(local, "bot", "2026-09-11T00:00:00Z", 2000)
    ok(local, "POST", CHANGES, {"remove_subjects": ["bot"]})
    used(local, "bot", "2026-09-12T00:00:00Z", 4000)
    found = ok(local, "GET", "/api/v1/customers/acme/usage?period=2026-09")
    assert found["events"] == 1
    refused = local.ask("POST", CHANGES, {"remove_subjects": ["bot"], "attributes": {"mood": "good"}})
    assert (refused.status, refused.json["code"]) == (422, "invalid_change")
    assert [one["code"] for one in refused.json["errors"]] == ["unknown_attribute", "unknown_subject"]
    assert local.ask("POST", "/api/v1/customers/nobody/changes", {"name": "N"}).status == 404


def test_the_command_line_makes_and_changes_customers(fresh: Server) -> None:
    def said(*words: str) -> str:
        done = steelyard("customers", *words, "--dir", str(fresh.folder))
        assert done.returncode == 0, done.stderr
        return done.stdout.decode()

    said(
        "create", "acme", "--name", "Acme", "--currency", "EUR", "--attribute", "region=us", "--tax", "VAT=19"
    )
    at = ("--attribute", "region=eu", "--at", "2099-01-01", "--reason", "moves")
    assert "from 2099-01-01T00:00:00Z: region eu (moves)" in said("change", "acme", *at, "--dry-run")
    assert "2099" not in said("show", "acme")
    said("change", "acme", *at, "--name", "Acme SpA", "--tax", "IVA=22", "--add-subject", "bot")
    shown = said("show", "acme").splitlines()
    assert {"name: Acme SpA", "tax: IVA 22 %", "subjects: bot"} <= set(shown)
    assert shown[-1] == "from 2099-01-01T00:00:00Z: region eu (moves)"
