"""Terms for billed months over the interface: refused with the money, or made good by the next document."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from steelyard.billing.evidence import verify
from steelyard.billing.revision import Revision
from tests.api.local import Local
from tests.billing_catalog import catalog

START = "2026-08-01T00:00:00Z"
MID = "2026-09-17T00:00:00Z"

ok = Local.done


@pytest.fixture
def local(tmp_path: Any) -> Iterator[Local]:
    made = Local(tmp_path / "ws")
    ok(made, "POST", "/api/v1/catalog/versions", {"catalog": catalog()})
    ok(made, "POST", "/api/v1/customers", {"key": "acme", "name": "Acme", "currency": "USD"})
    yield made
    assert ok(made, "POST", "/api/v1/record/verify")["ok"]
    made.close()


def subscribe(local: Local) -> str:
    body = {"customer": "acme", "plan": "team", "start": START, "quantities": {"seats": "3"}}
    return ok(local, "POST", "/api/v1/subscriptions", body)["id"]


def bill(local: Local, month: str) -> Any:
    """The customer's document of the month, proven by its evidence."""
    ok(local, "POST", "/api/v1/billing/runs", {"period": month})
    (found,) = ok(local, "GET", f"/api/v1/invoices?customer=acme&period={month}")["items"]
    evidence = local.ask("GET", f"/api/v1/invoices/{found['id']}/evidence").content
    assert verify(evidence, local.ask("GET", "/record/key").content.decode().strip()).ok
    return ok(local, "GET", f"/api/v1/invoices/{found['id']}")


def adjusted(document: Any) -> dict[str, Decimal]:
    """What the document adjusts of each earlier month, by price."""
    found: dict[str, Decimal] = {}
    for line in document["lines"]:
        if line["adjusts"]:
            found[line["price_key"]] = found.get(line["price_key"], Decimal(0)) + Decimal(line["amount"])
    return found


def test_seats_that_were_added_in_a_billed_month_are_charged_with_the_next_document(local: Local) -> None:
    path = f"/api/v1/subscriptions/{subscribe(local)}/changes"
    assert bill(local, "2026-09")["total"] == "109"
    asked: dict[str, Any] = {"quantities": {"seats": "6"}, "effective_from": MID, "reason": "they had six"}
    refused = local.ask("POST", path, {**asked, "dry_run": True})
    assert (refused.status, refused.json["code"]) == (409, "billed_already")
    assert "would come to 137 instead of 109 USD" in refused.json["detail"]
    size = local.workspace.reader.size
    tried = ok(local, "POST", path, {**asked, "adjust": True, "dry_run": True})
    assert local.workspace.reader.size == size
    done = ok(local, "POST", path, {**asked, "adjust": True}, idempotency_key="one")
    assert ok(local, "POST", path, {**asked, "adjust": True}, idempotency_key="one") == done
    (month,) = done["adjusted"]
    assert [month] == tried["adjusted"]
    # Three more seats for 14 of 30 days.
    assert (month["period"], month["difference"]) == ("2026-09", "28")
    (pending,) = ok(local, "GET", "/api/v1/customers/acme/preview?period=2026-10")["changes"]
    assert (pending["period_name"], pending["difference"]) == ("2026-09", "28")
    november = bill(local, "2026-10")
    assert sum(adjusted(november).values()) == Decimal("28")
    assert november["total"] == "197"
    after = ok(local, "GET", "/api/v1/customers/acme/preview?period=2026-11")
    assert (after["changes"], after["total"]) == ([], "169")


def test_a_contract_agreed_late_gives_back_what_was_billed_too_much(local: Local) -> None:
    subscribe(local)
    for month in ("2026-08", "2026-09"):
        bill(local, month)
    body = {
        "customer": "acme", "name": "Acme", "start": "2026-09-01T00:00:00Z", "adjust": True, "reason": "r",
        "overrides": [{"price": "seats", "multiplier": "0.5"}],
    }  # fmt: skip
    made = ok(local, "POST", "/api/v1/contracts", body)
    assert [(one["period"], one["difference"]) for one in made["adjusted"]] == [("2026-09", "-30")]
    half = {"price": "base_fee", "multiplier": "0.5", "effective_from": "2026-09-01T00:00:00Z"}
    amended = {"reason": "more", "overrides": [half], "adjust": True}
    again = ok(local, "POST", f"/api/v1/contracts/{made['id']}/amendments", amended)
    assert [(one["period"], one["difference"]) for one in again["adjusted"]] == [("2026-09", "-24.5")]
    assert adjusted(bill(local, "2026-10")) == {"seats": -30, "base_fee": Decimal("-24.5")}


def test_a_commitment_from_a_billed_month_on_asks_what_it_would_have_asked(local: Local) -> None:
    id = subscribe(local)
    bill(local, "2026-09")
    path = f"/api/v1/subscriptions/{id}/commitments"
    asked = {"key": "c", "amount": "500", "every": "year", "start": "2026-09-01T00:00:00Z"}
    refused = local.ask("POST", path, asked)
    assert (refused.status, refused.json["code"]) == (409, "billed_already")
    made = ok(local, "POST", path, {**asked, "adjust": True})
    assert [(one["period"], one["difference"]) for one in made["adjusted"]] == [("2026-09", "500")]
    november = bill(local, "2026-10")
    assert [one["amount"] for one in november["lines"] if one["adjusts"]] == ["500"]


def test_a_pin_that_ends_in_a_month_splits_it_and_the_document_says_by_what(local: Local) -> None:
    pinned_to = ok(local, "GET", "/api/v1/catalog/versions/live")["id"]
    dearer = catalog()
    next(one for one in dearer["rate_cards"][0]["rates"] if one["key"] == "base_fee")["amount"] = "80"
    ok(local, "POST", "/api/v1/catalog/versions", {"catalog": dearer})
    live = ok(local, "GET", "/api/v1/catalog/versions/live")["id"]
    body = {
        "customer": "acme", "plan": "team", "start": START, "quantities": {"seats": "3"},
        "catalog": pinned_to, "catalog_until": "2026-09-16T00:00:00Z",
    }  # fmt: skip
    id = ok(local, "POST", "/api/v1/subscriptions", body)["id"]
    document = bill(local, "2026-09")
    # Half of September at 49, half at 80; seats are the same in both.
    assert [one["amount"] for one in document["lines"]] == ["24.5", "60", "40"]
    assert (document["versions"], document["turned"]) == ({id: pinned_to}, {id: live})
    assert bill(local, "2026-10")["turned"] == {}


def dearer(local: Local, fee: str) -> str:
    """The id of a newly published version with that fee."""
    made = catalog()
    next(one for one in made["rate_cards"][0]["rates"] if one["key"] == "base_fee")["amount"] = fee
    ok(local, "POST", "/api/v1/catalog/versions", {"catalog": made})
    return ok(local, "GET", "/api/v1/catalog/versions/live")["id"]


def test_a_catalog_that_a_change_names_holds_from_its_moment_or_from_the_next_month(local: Local) -> None:
    first = ok(local, "GET", "/api/v1/catalog/versions/live")["id"]
    live = dearer(local, "80")
    path = f"/api/v1/subscriptions/{subscribe(local)}/changes"
    asked = {"catalog": first, "effective_from": "2026-09-16T00:00:00Z"}
    tried = ok(local, "POST", path, {**asked, "dry_run": True})
    (month, _) = tried["months"]
    # 80 for 15 of 30 days and 49 for the other 15, beside 60 for seats.
    assert (month["before"], month["after"], tried["change"]["splits_month"]) == ("140", "124.5", True)
    whole = ok(local, "POST", path, {**asked, "when": "next_period", "dry_run": True})
    assert whole["change"]["effective_from"] == "2026-10-01T00:00:00Z"
    done = ok(local, "POST", path, asked)
    document = bill(local, "2026-09")
    assert (document["total"], document["versions"], document["turned"]) == (
        month["after"],
        {done["subscription"]: live},
        {done["subscription"]: first},
    )
    refused = local.ask("POST", path, {"catalog": "cat_none"})
    assert (refused.status, refused.json["code"]) == (404, "unknown_catalog_version")


def test_a_catalog_named_for_a_billed_month_is_made_good_by_the_days_it_held(local: Local) -> None:
    first = ok(local, "GET", "/api/v1/catalog/versions/live")["id"]
    path = f"/api/v1/subscriptions/{subscribe(local)}/changes"
    assert bill(local, "2026-09")["total"] == "109"
    live = dearer(local, "79")
    asked = {"catalog": live, "effective_from": "2026-09-11T00:00:00Z", "adjust": True}
    done = ok(local, "POST", path, asked)
    # 79 instead of 49 for 20 of 30 days.
    assert [one["difference"] for one in done["adjusted"]] == ["20"]
    (revised,) = local.workspace.state.find(Revision)
    assert revised.periods[0].versions == {done["subscription"]: first}
    assert revised.periods[0].turned == {done["subscription"]: live}
    october = bill(local, "2026-10")
    assert (sum(adjusted(october).values()), october["total"]) == (Decimal("20"), "159")
