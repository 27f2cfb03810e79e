"""Credit that is bought over HTTP: charged by a line, granted with the document, given back, or broken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.api.credit_shop import bill, furnish, lines, lots, postings
from tests.api.local import Local

done = Local.done


@pytest.fixture
def shop(local: Local) -> Iterator[Local]:
    """A workspace in which Acme owes 49 + 30 USD and 20 % tax each month."""
    furnish(local)
    yield local
    assert done(local, "POST", "/api/v1/record/verify", {})["ok"]


def order(local: Local, **terms: Any) -> Any:
    asked = {"customer": "acme", "name": "Prepaid", "unit": "USD", "amount": "100", "reason": "ordered"}
    return done(local, "POST", "/api/v1/credits/orders", {**asked, **terms})


def test_the_next_document_charges_for_credit_and_grants_its_lot(shop: Local) -> None:
    ordered = order(shop, cost_basis="0.9")
    assert (ordered["order"]["status"], ordered["order"]["cost"], ordered["lot"]) == ("open", "90", None)
    assert lots(shop) == []
    drafted = done(shop, "GET", "/api/v1/customers/acme/preview?period=2026-10")
    document = bill(shop, "2026-10")
    assert lines(document, "prepaid") == lines(drafted, "prepaid") == [("Prepaid", "90")]
    assert (document["subtotal"], document["tax"], document["total"]) == ("169", "33.8", "202.8")
    (said,) = [line for line in document["lines"] if line["group"] == "prepaid"]
    assert said["steps"][0]["text"] == "100 USD × 0.90 = 90.00"
    (posted,) = postings(shop, document["id"])
    assert posted["customer_credit"] == "-90"
    assert "revenue:prepaid" not in posted

    (lot,) = lots(shop)
    assert (lot["origin"], lot["origin_id"], lot["balance"]) == ("purchase", ordered["order"]["id"], "100")
    assert postings(shop, lot["id"]) == []
    now = done(shop, "GET", f"/api/v1/credits/orders/{ordered['order']['id']}")
    assert (now["status"], now["number"], now["lot"]) == ("charged", document["number"], lot["id"])
    again = done(shop, "POST", "/api/v1/billing/runs", {"period": "2026-10"})
    assert (again["status"], len(lots(shop))) == ("unchanged", 1)


def test_a_lot_that_is_granted_at_once_is_charged_by_the_next_document(shop: Local) -> None:
    ordered = order(shop, at_once=True, unit="points", amount="1000")
    lot = ordered["lot"]
    assert (lot["balance"], ordered["order"]["cost"], lot["cost_basis"]) == ("1000", "20", "0.02")
    assert postings(shop, lot["id"]) == []
    assert lines(bill(shop, "2026-10"), "prepaid") == [("Prepaid", "20")]
    assert [one["id"] for one in lots(shop)] == [lot["id"]]


def test_of_lots_that_one_document_grants_the_one_ordered_first_is_drawn_on_first(shop: Local) -> None:
    names = [f"order {number}" for number in range(6)]
    for name in names:
        order(shop, name=name, amount="10")
    bill(shop, "2026-10")
    drawn = lines(done(shop, "GET", "/api/v1/customers/acme/preview?period=2026-11"), "credit")
    assert drawn == [(name, "-10") for name in names]


def test_credit_never_pays_for_credit(shop: Local) -> None:
    free = {"customer": "acme", "name": "Gift", "unit": "USD", "amount": "500", "reason": "x"}
    done(shop, "POST", "/api/v1/credits/lots", {**free, "effective_at": "2026-10-01T00:00:00Z"})
    order(shop)
    document = bill(shop, "2026-10")
    assert (lines(document, "credit"), document["subtotal"]) == ([("Gift", "-79")], "100")


def test_a_customer_who_uses_nothing_is_billed_for_the_credit_that_it_buys(shop: Local) -> None:
    order(shop, customer="bolt")
    document = bill(shop, "2026-10", "bolt")
    assert (lines(document, "prepaid"), document["total"]) == ([("Prepaid", "100")], "100")
    assert [lot["balance"] for lot in lots(shop, "bolt")] == ["100"]


def test_a_correction_of_the_month_leaves_the_purchase_and_its_tax_alone(shop: Local) -> None:
    order(shop)
    first = bill(shop, "2026-10")
    call = {"id": "late", "source": "test", "type": "llm.completion", "subject": "acme"}
    call |= {"time": "2026-10-05T00:00:00Z", "data": {"tokens": 100_000, "model": "m1"}}
    assert shop.ask("POST", "/api/v1/events", [call]).status == 204
    later = bill(shop, "2026-09")
    adjusted = [line for line in later["lines"] if line["adjusts"]]
    assert {line["group"] for line in adjusted} == {"overage", "tax"}
    (usage,) = [line for line in adjusted if line["group"] == "overage"]
    (tax,) = [line for line in adjusted if line["group"] == "tax"]
    assert Decimal(tax["amount"]) == Decimal(usage["amount"]) / 5
    assert first["tax"] == "35.8"


def test_what_was_paid_for_an_ended_lot_comes_back_by_the_next_document(shop: Local) -> None:
    order(shop, cost_basis="0.5")
    bill(shop, "2026-10")
    (lot,) = lots(shop)
    done(shop, "POST", f"/api/v1/credits/lots/{lot['id']}/void", {"reason": "changed their mind"})
    document = bill(shop, "2026-09")
    assert lines(document, "prepaid") == [("Prepaid given back", "-50")]
    assert (document["subtotal"], document["tax"]) == ("29", "5.8")
    assert [one["customer_credit"] for one in postings(shop, document["id"])] == ["50"]
    assert [one["status"] for one in done(shop, "GET", "/api/v1/credits/orders")["items"]] == ["charged"] * 2


def test_an_order_is_cancelled_until_a_document_charges_for_it(shop: Local) -> None:
    first, second = order(shop)["order"], order(shop, at_once=True)["order"]
    path = f"/api/v1/credits/orders/{first['id']}/cancel"
    assert done(shop, "POST", path, {"dry_run": True})["status"] == "cancelled"
    assert done(shop, "GET", f"/api/v1/credits/orders/{first['id']}")["status"] == "open"
    assert done(shop, "POST", path, {})["status"] == "cancelled"
    assert done(shop, "POST", path, {})["status"] == "cancelled"
    refused = shop.ask("POST", f"/api/v1/credits/orders/{second['id']}/cancel", {})
    assert (refused.status, refused.json["code"]) == (409, "order_settled")
    unknown = shop.ask("POST", "/api/v1/credits/orders/cor_0/cancel", {})
    assert (unknown.status, unknown.json["code"]) == (404, "unknown_order")
    assert lines(bill(shop, "2026-10"), "prepaid") == [("Prepaid", "100")]


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"customer": "nobody"}, "unknown_customer"),
        ({"unit": "EUR"}, "unknown_unit"),
        ({"amount": "-1"}, "bad_amount"),
        ({"cost_basis": "0"}, "bad_amount"),
        ({"cost_basis": "-1"}, "bad_amount"),
        ({"name": " "}, "bad_text"),
        ({"scope": {"groups": ["prepaid"]}}, "unknown_scope"),
    ],
)
def test_an_order_that_cannot_be_is_refused(shop: Local, terms: dict[str, Any], code: str) -> None:
    asked = {"customer": "acme", "name": "Prepaid", "unit": "USD", "amount": "100", "reason": "ordered"}
    refused = shop.ask("POST", "/api/v1/credits/orders", {**asked, **terms})
    assert refused.status == 422
    assert code in {one["code"] for one in refused.json["errors"]}


def test_a_top_up_may_be_charged_by_the_next_document(shop: Local) -> None:
    rule = {"customer": "acme", "name": "Refill", "unit": "USD", "threshold": "10", "amount": "50"}
    rule |= {"cost_basis": "1", "next_document": True}
    assert done(shop, "POST", "/api/v1/credits/top-ups", rule)["next_document"]
    (lot, *_) = done(shop, "POST", "/api/v1/credits/top-ups/run", {})["lots"]
    assert postings(shop, lot["id"]) == []
    (charge,) = done(shop, "GET", "/api/v1/credits/orders?customer=acme")["items"]
    assert (charge["lot"], charge["status"], charge["amount"]) == (lot["id"], "open", lot["amount"])


def granted(local: Local, **terms: Any) -> Any:
    lot = {"customer": "acme", "name": "Bought", "unit": "USD", "amount": "100", "reason": "x"}
    lot |= {"cost_basis": "0.9", "effective_at": "2026-10-01T00:00:00Z"}
    return done(local, "POST", "/api/v1/credits/lots", {**lot, **terms})


def test_what_was_paid_for_credit_that_expired_is_revenue_once(shop: Local) -> None:
    lot = granted(shop, expires_at="2026-10-11T00:00:00Z", scope={"prices": ["platform-fee"]})
    tried = done(shop, "POST", "/api/v1/credits/breakage", {"period": "2026-10", "dry_run": True})
    assert (tried["totals"], tried["lots"][0]["units"]) == ({"USD": "90"}, "100")
    assert lines(bill(shop, "2026-10"), "credit") == [("Bought", "-15.8")]
    # 84.20 of 100 are left, of which the customer had paid 90 %.
    assert {"customer_credit": "75.78", "revenue:breakage": "-75.78"} in postings(shop, lot["id"])
    for _ in range(3):
        again = done(shop, "POST", "/api/v1/credits/breakage", {"period": "2026-10"})
        assert (again["totals"], again["lots"]) == ({}, [])
    assert len(postings(shop, lot["id"])) == 2
    trial = done(shop, "GET", "/api/v1/journal/trial-balance")
    assert [one["balance"] for one in trial["accounts"] if one["account"] == "customer_credit"] == ["0"]


def test_what_did_not_expire_yet_or_was_free_or_ended_breaks_nothing(shop: Local) -> None:
    granted(shop, expires_at="2026-12-01T00:00:00Z")
    granted(shop, expires_at="2026-10-11T00:00:00Z", cost_basis="0")
    ended = granted(shop, expires_at="2027-01-01T00:00:00Z")
    done(shop, "POST", f"/api/v1/credits/lots/{ended['id']}/void", {"reason": "x"})
    assert done(shop, "POST", "/api/v1/credits/breakage", {"period": "2026-10"})["lots"] == []
    early = shop.ask("POST", "/api/v1/credits/breakage", {"period": "2099-10"})
    assert (early.status, early.json["code"]) == (409, "period_not_over")


def test_what_expires_soon_and_what_runs_low_is_told(shop: Local) -> None:
    assert done(shop, "GET", "/api/v1/credits/notices")["items"] == []
    granted(shop, amount="10000")
    assert done(shop, "GET", "/api/v1/credits/notices")["items"] == []
    today = datetime.now(UTC).date()
    last = today + timedelta(days=10)
    granted(shop, name="Trial", customer="bolt", amount="5", expires_at=f"{last}T00:00:00Z")
    (told,) = done(shop, "GET", "/api/v1/credits/notices?limit=1")["items"] or [None]
    assert told is None, "a page is one customer, and acme comes first"
    (told,) = done(shop, "GET", "/api/v1/credits/notices?customer=bolt")["items"]
    assert (told["kind"], told["text"]) == ("expires", f"5 USD of Trial expire {last}")
    assert done(shop, "GET", "/api/v1/credits/notices?customer=bolt&days=5")["items"] == []
    (low,) = done(shop, "GET", "/api/v1/credits/notices?customer=acme&low_percent=100")["items"]
    assert (low["kind"], low["text"].partition(" USD")[2]) == (
        "low",
        " of 10,000 left, with what is used and not billed yet",
    )


def test_the_money_that_a_backfill_changes_counts_credit(shop: Local) -> None:
    gift = {"customer": "acme", "name": "Gift", "unit": "USD", "amount": "100", "reason": "x"}
    done(shop, "POST", "/api/v1/credits/lots", {**gift, "effective_at": "2026-10-01T00:00:00Z"})

    def change(tokens: int) -> tuple[str, str]:
        opened = done(shop, "POST", "/api/v1/backfills", {"reason": "an hour was lost"})
        event = {"id": f"b{tokens}", "source": "test", "type": "llm.completion", "subject": "acme"}
        event |= {"time": "2026-10-05T00:00:00Z", "data": {"tokens": tokens, "model": "m1"}}
        path = f"/api/v1/backfills/{opened['id']}"
        done(shop, "POST", f"{path}/events", {"events": [event]})
        money = done(shop, "GET", f"{path}/preview")["money"]
        done(shop, "POST", f"{path}/abandon", {"reason": "a test"})
        return (money[0]["before"], money[0]["after"]) if money else ("", "")

    # 79 are due. With 14.25 more the lot pays all of it; of 148.50 more, 127.50 are owed, and 20 % tax.
    assert change(10_500) == ("", "")
    assert change(100_000) == ("0", "153")
