"""Migrations: a segment moves on a day, after notice, with both bills side by side, and can go back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from steelyard.billing.evidence import verify
from steelyard.contracts import Subscription
from steelyard.contracts.migration import Migration
from steelyard.kernel import instant
from steelyard.record import WORKSPACE_CHAIN, Kind
from steelyard.record.planned import saving
from tests.api.local import Local

CATALOG = """
products:
  - {key: voice, name: Voice, owner: Ada, definition: Calls.}
prices:
  - {key: fee, name: Fee, owner: Ada, definition: D, currency: USD, model: flat, amount: "FEE"}
plans:
  - {key: pro, name: Pro, owner: Ada, definition: All, product: voice, currency: USD, items: [{price: fee}]}
"""
NEW_ONLY = """
change:
  hypothesis: h
  expected_effect: e
  trade_off: t
  success_measure: s
  review_date: 2099-01-01
  rollout: {to: new}
"""


def in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


@pytest.fixture
def shop(local: Local) -> Local:
    """Two customers stay on a fee of 100, since 120 was for new ones only; a third pays 120."""
    local.publish(CATALOG.replace("FEE", "100"))
    for key, segment in (("acme", "smb"), ("bolt", "enterprise")):
        subscribe(local, key, segment)
    local.publish(CATALOG.replace("FEE", "120") + NEW_ONLY)
    subscribe(local, "cask", "smb")
    return local


def subscribe(local: Local, key: str, segment: str) -> None:
    body: dict[str, Any] = {"key": key, "name": key, "currency": "USD", "attributes": {"segment": segment}}
    assert local.ask("POST", "/api/v1/customers", body).status == 201
    body = {"customer": key, "plan": "pro", "start": "2026-01-01T00:00:00Z"}
    assert local.ask("POST", "/api/v1/subscriptions", body).status == 201


def migrate(local: Local, status: int = 201, **fields: Any) -> Any:
    body = {"name": "to the list", "reason": "one price for all", "effective_at": in_days(45), **fields}
    answer = local.ask("POST", "/api/v1/migrations", body)
    assert answer.status == status, answer.json
    return answer.json


def catalog_of(local: Local, key: str, days: int) -> str:
    (one,) = local.workspace.state.find(Subscription, customer=key)
    return one.terms_at(datetime.now(UTC) + timedelta(days=days)).catalog


def test_a_dry_run_shows_whom_and_both_bills_and_writes_nothing(shop: Local) -> None:
    size = shop.workspace.reader.size
    preview = migrate(shop, dry_run=True)
    assert [(one["customer"], one["old"], one["new"], one["due"]) for one in preview["bills"]] == [
        ("acme", "100", "120", "old"),
        ("bolt", "100", "120", "old"),
    ]
    assert shop.workspace.reader.size == size


def test_a_segment_moves_on_its_day_and_nobody_else_does(shop: Local) -> None:
    done = migrate(shop, where={"segment": "smb"})
    assert (done["status"], done["customers"]) == ("announced", ["acme"])
    assert catalog_of(shop, "acme", 44) != "live"
    assert catalog_of(shop, "acme", 46) == "live"
    assert catalog_of(shop, "bolt", 46) != "live"
    shown = shop.ask("GET", f"/api/v1/migrations/{done['id']}").json
    assert {name: shown[name] for name in ("customers", "reason")} == {
        "customers": ["acme"],
        "reason": "one price for all",
    }


def test_bills_that_rise_take_notice_and_bills_that_fall_do_not(shop: Local) -> None:
    refused = migrate(shop, status=422, effective_at=in_days(3))
    assert [one["code"] for one in refused["errors"]] == ["notice_too_short"]
    shop.publish(CATALOG.replace("FEE", "90"))
    assert migrate(shop, effective_at=in_days(3))["bills"][0]["difference"] == "-10"


def test_every_reason_against_a_migration_is_told_at_once(shop: Local) -> None:
    refused = migrate(
        shop,
        status=422,
        effective_at="2020-01-01T00:00:00Z",
        dual_until="2019-01-01T00:00:00Z",
        where={"segment": "none"},
    )
    assert [one["code"] for one in refused["errors"]] == ["date_order", "date_order", "nobody"]
    assert migrate(shop, status=404, to="cat_none")["code"] == "unknown_catalog_version"


def test_both_bills_stand_side_by_side_and_one_is_not_due(shop: Local) -> None:
    done = migrate(shop, dual_until=in_days(100))
    path = f"/api/v1/migrations/{done['id']}/comparison"
    past = shop.ask("GET", f"{path}?period=2026-10").json["items"]
    assert [(one["old"], one["new"], one["due"]) for one in past] == [("100", "120", "old")] * 2
    later = f"{datetime.now(UTC) + timedelta(days=90):%Y-%m}"
    then = shop.ask("GET", f"{path}?period={later}").json["items"]
    assert [(one["old"], one["new"], one["due"]) for one in then] == [("100", "120", "new")] * 2
    bill = shop.ask("GET", f"/api/v1/customers/acme/preview?period={later}").json
    assert bill["subtotal"] == "120"


def test_a_reversal_before_the_day_lets_everybody_stay(shop: Local) -> None:
    done = migrate(shop)
    path = f"/api/v1/migrations/{done['id']}/reverse"
    assert shop.ask("POST", path, {"reason": "too early", "dry_run": True}).json["status"] == "reversed"
    assert catalog_of(shop, "acme", 46) == "live"
    assert shop.ask("POST", path, {"reason": "too early"}).json["reversed_because"] == "too early"
    assert catalog_of(shop, "acme", 46) != "live"
    again = shop.ask("POST", path, {"reason": "again"})
    assert (again.status, again.json["code"]) == (409, "reversed")
    (item,) = shop.ask("GET", "/api/v1/migrations").json["items"]
    assert item["status"] == "reversed"


def test_two_documents_stand_side_by_side_and_say_which_is_not_due(shop: Local) -> None:
    done = migrate(shop, name="one price")
    path = f"/api/v1/migrations/{done['id']}/documents/acme"
    past = shop.done("GET", f"{path}?period=2026-10")
    assert [(past[side]["due"], past[side]["draft"]["total"]) for side in ("old", "new")] == [
        (True, "100"),
        (False, "120"),
    ]
    assert [line["title"] for line in past["new"]["draft"]["lines"]] == ["Fee"]
    later = f"{datetime.now(UTC) + timedelta(days=90):%Y-%m}"
    then = shop.done("GET", f"{path}?period={later}")
    assert [then[side]["due"] for side in ("old", "new")] == [False, True]
    assert [then["old"]["release"], then["new"]["release"], then["difference"]] == [1, 2, "20"]
    assert shop.ask("GET", f"{path}?period=2026-10".replace("acme", "cask")).status == 404


def test_both_documents_are_pdfs_and_issuing_is_of_one_only(shop: Local) -> None:
    path = f"/api/v1/migrations/{migrate(shop)['id']}/documents/acme.pdf?period=2026-10"
    for side in ("old", "new"):
        found = shop.ask("GET", f"{path}&side={side}")
        assert (found.status, found.headers["content-type"]) == (200, "application/pdf")
        assert found.content.startswith(b"%PDF")
    assert shop.done("GET", "/api/v1/invoices")["items"] == []
    shop.done("POST", "/api/v1/billing/runs", {"period": "2026-10"})
    (issued,) = shop.done("GET", "/api/v1/invoices?customer=acme")["items"]
    assert issued["total"] == "100"
    both = shop.done("GET", path.replace(".pdf", ""))
    assert (both["old"]["number"], both["new"]["number"]) == (issued["number"], "")


def month_of_move() -> tuple[str, str, int]:
    """A month far enough away for notice: its name, the start of its 16th day, and how many days it has."""
    first = (datetime.now(UTC) + timedelta(days=45)).replace(day=1) + timedelta(days=32)
    days = ((first.replace(day=1) + timedelta(days=32)).replace(day=1) - first.replace(day=1)).days
    return f"{first:%Y-%m}", f"{first:%Y-%m}-16T00:00:00Z", days


def test_a_migration_in_mid_month_splits_the_month_and_both_documents_say_what_is_due(shop: Local) -> None:
    month, day, days = month_of_move()
    done = migrate(shop, effective_at=day, where={"segment": "smb"})
    assert done["when"] == "now"
    due = round(Decimal(100) * 15 / days, 2) + round(Decimal(120) * (days - 15) / days, 2)
    preview = shop.done("GET", f"/api/v1/customers/acme/preview?period={month}")
    assert [line["title"] for line in preview["lines"]] == ["Fee", "Fee"]
    assert Decimal(preview["total"]) == due
    both = shop.done("GET", f"/api/v1/migrations/{done['id']}/documents/acme?period={month}")
    assert [(Decimal(both[side]["draft"]["total"]), both[side]["due"]) for side in ("old", "new")] == [
        (Decimal(100), False),
        (due, True),
    ]
    assert [both["old"]["release"], both["new"]["release"]] == [1, 2]


def test_a_migration_from_the_next_period_leaves_its_month_whole(shop: Local) -> None:
    month, day, _ = month_of_move()
    done = migrate(shop, effective_at=day, when="next_period", where={"segment": "smb"})
    assert total(shop, month) == "100"
    (bills,) = shop.done("GET", f"/api/v1/migrations/{done['id']}/comparison?period={month}")["items"]
    assert (bills["old"], bills["new"], bills["due"]) == ("100", "120", "old")
    after = f"{instant(day) + timedelta(days=31):%Y-%m}"
    assert total(shop, after) == "120"
    assert after in shop.done("GET", "/api/v1/notices")["items"][0]["effective_at"]


def test_a_reversal_from_the_start_cannot_be_from_the_next_month_on(shop: Local) -> None:
    path = f"/api/v1/migrations/{migrate(shop)['id']}/reverse"
    refused = shop.ask("POST", path, {"reason": "r", "from_start": True, "when": "next_period"})
    assert (refused.status, refused.json["errors"][0]["code"]) == (422, "two_moments")


def effective(local: Local) -> Any:
    """The migration of the fixture's segment as if it had taken effect in September."""
    one = next(iter(local.workspace.state.find(Migration)))
    day = instant("2026-09-01T00:00:00Z")
    subscriptions = [found for found in local.workspace.state.find(Subscription) if found.changes]
    moved = {each.change for each in one.moved}
    for each in subscriptions:
        changes = tuple(
            replace(change, effective_from=day, recorded_at=day) if change.id in moved else change
            for change in each.changes
        )
        save(local, Kind.SUBSCRIPTION, each.customer, replace(each, changes=changes))
    save(local, Kind.MIGRATION, WORKSPACE_CHAIN, replace(one, effective_at=day, announced_at=day))
    return one.id


def save(local: Local, kind: Kind, chain: str, record: Any) -> None:
    version = local.workspace.state.version(type(record), record.id)
    local.workspace.writer.submit(saving(kind, chain, record, record.id, version)).result()


def total(local: Local, month: str) -> str:
    return local.done("GET", f"/api/v1/customers/acme/preview?period={month}")["total"]


def test_a_reversal_after_the_day_goes_back_from_now_on(shop: Local) -> None:
    migrate(shop)
    id = effective(shop)
    assert shop.done("GET", f"/api/v1/migrations/{id}")["status"] == "effective"
    assert total(shop, "2026-10") == "120"
    done = shop.done("POST", f"/api/v1/migrations/{id}/reverse", {"reason": "they left"})
    assert [each["customer"] for each in done["returns"]] == ["acme", "bolt"]
    assert total(shop, "2026-10") == "120"
    assert total(shop, f"{datetime.now(UTC) + timedelta(days=40):%Y-%m}") == "100"


def test_a_reversal_from_the_start_takes_what_is_not_billed_and_tells_what_is(shop: Local) -> None:
    migrate(shop)
    id = effective(shop)
    shop.done("POST", "/api/v1/billing/runs", {"period": "2026-09"})
    body = {"reason": "they left", "from_start": True, "dry_run": True}
    dry = shop.done("POST", f"/api/v1/migrations/{id}/reverse", body)
    assert total(shop, "2026-10") == "120"
    done = shop.done("POST", f"/api/v1/migrations/{id}/reverse", body | {"dry_run": False})
    assert done["returns"] == dry["returns"]
    assert {each["effective_from"] for each in done["returns"]} == {"2026-10-01T00:00:00Z"}
    assert [
        (each["customer"], each["period"], each["old"], each["new"], each["difference"])
        for each in done["billed"]
    ] == [("acme", "2026-09", "100", "120", "20"), ("bolt", "2026-09", "100", "120", "20")]
    assert total(shop, "2026-10") == "100"
    assert shop.done("GET", "/api/v1/invoices?customer=acme")["items"][0]["total"] == "120"


def test_a_reversal_that_adjusts_gives_the_difference_back_with_the_next_document(shop: Local) -> None:
    migrate(shop)
    id = effective(shop)
    shop.done("POST", "/api/v1/billing/runs", {"period": "2026-09"})
    path, asked = f"/api/v1/migrations/{id}/reverse", {"reason": "they left", "from_start": True}
    plain = shop.done("POST", path, {**asked, "dry_run": True})
    assert {one["effective_from"] for one in plain["returns"]} == {"2026-10-01T00:00:00Z"}
    assert [(one["customer"], one["period"]) for one in plain["billed"]] == [
        ("acme", "2026-09"),
        ("bolt", "2026-09"),
    ]
    done = shop.done("POST", path, {**asked, "adjust": True})
    assert [(one["customer"], one["before"], one["after"]) for one in done["adjusted"]] == [
        ("acme", "120", "100"),
        ("bolt", "120", "100"),
    ]
    assert {one["effective_from"] for one in done["returns"]} == {"2026-09-01T00:00:00Z"}
    assert done["billed"] == []
    shop.done("POST", "/api/v1/billing/runs", {"period": "2026-10"})
    totals = {
        (one["customer"], one["period_name"]): one["total"]
        for one in shop.done("GET", "/api/v1/invoices")["items"]
    }
    assert [totals[key, month] for key in ("acme", "bolt") for month in ("2026-09", "2026-10")] == [
        "120",
        "80",
    ] * 2
    assert (totals["cask", "2026-09"], totals["cask", "2026-10"]) == ("120", "120")
    for one in shop.done("GET", "/api/v1/invoices")["items"]:
        evidence = shop.ask("GET", f"/api/v1/invoices/{one['id']}/evidence").content
        verdict = verify(evidence, shop.ask("GET", "/record/key").content.decode().strip())
        assert verdict.ok, verdict.problems


def notices(shop: Local, **asked: str) -> Any:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    return shop.done("GET", f"/api/v1/notices?{query}")["items"]


def test_everybody_who_moves_is_to_be_told_until_a_day(shop: Local) -> None:
    preview = migrate(shop, dry_run=True)
    done = migrate(shop)
    found = notices(shop, about=done["id"])
    assert [(one["customer"], one["state"], one["late"]) for one in found] == [
        ("acme", "due", False),
        ("bolt", "due", False),
    ]
    assert {one["tell_by"] for one in found} == {done["notice_by"]}
    assert [one["text"] for one in preview["notices"]] == [one["text"] for one in done["notices"]]
    assert "a month comes to 120.00 USD before tax; until then it comes to 100.00 USD." in found[0]["text"]
    # Name and reason are the seller's own.
    assert not any(words in found[0]["text"] for words in ("one price for all", "to the list"))
    own = migrate(shop, dry_run=True, to=shop.done("GET", "/api/v1/catalog/versions/live")["id"], notice="Hi")
    assert {one["text"] for one in own["notices"]} == {"Hi"}


def test_a_notice_is_told_and_acknowledged_once(shop: Local) -> None:
    migrate(shop)
    acme, bolt = (f"/api/v1/notices/{one['id']}" for one in notices(shop))
    assert shop.done("POST", f"{acme}/told", {"how": "mail", "dry_run": True})["state"] == "told"
    assert shop.done("GET", acme)["state"] == "due"
    told = shop.done("POST", f"{acme}/told", {"how": "mail"})
    assert (told["state"], told["how"], bool(told["told_at"])) == ("told", "mail", True)
    again = shop.ask("POST", f"{acme}/told", {"how": "mail"})
    assert (again.status, again.json["code"]) == (409, "notice_state")
    known = shop.done("POST", f"{acme}/acknowledge", {"note": "fine"})
    assert (known["state"], known["note"], known["how"]) == ("acknowledged", "fine", "mail")
    assert shop.done("POST", f"{bolt}/acknowledge", {})["state"] == "acknowledged", (
        "who knows need not be told"
    )
    assert shop.ask("GET", "/api/v1/notices/none").json["code"] == "unknown_notice"
    assert [one["state"] for one in notices(shop, state="due")] == []
    assert shop.done("POST", "/api/v1/record/verify", {})["ok"]


def test_a_customers_own_key_sees_and_acknowledges_its_own_notices_alone(shop: Local) -> None:
    migrate(shop)
    scopes = ["contracts:read", "contracts:write"]
    key = shop.done("POST", "/api/v1/keys", {"name": "acme", "scopes": scopes, "customer": "acme"})["secret"]
    theirs = {one["customer"]: one["id"] for one in notices(shop)}
    seen = shop.done("GET", "/api/v1/notices", key=key)["items"]
    assert [one["id"] for one in seen] == [theirs["acme"]]
    other = shop.ask("POST", f"/api/v1/notices/{theirs['bolt']}/acknowledge", {}, key=key)
    assert other.status == 404
    assert shop.ask("POST", f"/api/v1/notices/{theirs['acme']}/told", {"how": "x"}, key=key).status == 403
    done = shop.done("POST", f"/api/v1/notices/{theirs['acme']}/acknowledge", {}, key=key)
    assert done["state"] == "acknowledged"


def test_a_reversal_withdraws_what_nobody_was_told_and_tells_the_others(shop: Local) -> None:
    done = migrate(shop)
    acme, _ = notices(shop)
    shop.done("POST", f"/api/v1/notices/{acme['id']}/told", {"how": "mail"})
    shop.done("POST", f"/api/v1/migrations/{done['id']}/reverse", {"reason": "not now"})
    found = {(one["customer"], one["state"]): one["text"] for one in notices(shop, about=done["id"])}
    assert set(found) == {("acme", "told"), ("acme", "due"), ("bolt", "withdrawn")}
    assert found["acme", "due"].startswith("Your subscription keeps its prices: the move to other prices on ")
