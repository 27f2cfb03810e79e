"""Credit in the console: who has any, what one customer holds, in which order, and why it moved."""

from __future__ import annotations

from typing import Any

from tests.console.living import Living
from tests.console.served import Visitor

LOT: dict[str, Any] = {
    "customer": "acme",
    "name": "Welcome",
    "unit": "USD",
    "amount": "1200.5",
    "reason": "<b>first</b> order",
    "effective_at": "2026-10-01T00:00:00Z",
    "expires_at": "2027-10-01T00:00:00Z",
}


def test_a_customer_s_credit_is_shown_with_its_chart_its_order_and_its_words(
    finance: Visitor, living: Living
) -> None:
    assert "has no credit yet" in finance.get("/console/credit/acme").text
    living.ask("POST", "/api/v1/credits/lots", LOT)
    living.ask("POST", "/api/v1/credits/lots", {**LOT, "name": "Sooner", "amount": "7", "priority": 1})
    page = finance.get("/console/credit/acme").text
    assert page.index("Sooner") < page.index("Welcome")
    assert "USD held over time" in page
    assert '<table id="held-USD-table">' in page
    assert "1,200.5 USD granted" not in page, "words say the exact amount as the record has it"
    assert "1200.5 USD granted: &lt;b&gt;first&lt;/b&gt; order" in page
    assert "<b>first</b>" not in page
    assert ">1,207.5</p>" in page
    overview = finance.get("/console/credit").text
    assert '<a href="/console/credit/acme">Acme</a>' in overview
    assert finance.get("/console/credit/nobody").status == 404


def test_credit_is_changed_by_forms_that_show_first_what_would_be(finance: Visitor, living: Living) -> None:
    path = "/console/credit/coil"
    grant = {"do": "grant", "name": "Gift", "unit": "USD", "amount": "50", "reason": "sorry"}
    tried = finance.post(path, form=grant).text
    assert "50 USD as Gift, from" in tried
    assert '<input type="hidden" name="sure" value="yes">' in tried
    assert "has no credit yet" in tried
    assert finance.post(path, form={**grant, "sure": "yes"}).status == 303
    found = living.ask("GET", "/api/v1/credits/lots")["items"]
    (lot,) = [one for one in found if one["customer"] == "coil"]
    too_much = {"do": "transfer", "lot": lot["id"], "to": "nobody", "amount": "51", "reason": "x"}
    refused = finance.post(path, form=too_much).text
    assert "The lot has 50 USD left." in refused
    assert "There is no customer &#39;nobody&#39;." in refused
    moved = {"do": "transfer", "lot": lot["id"], "to": "bolt", "amount": "20", "reason": "x", "sure": "yes"}
    assert finance.post(path, form=moved).status == 303
    ended = {"do": "void", "lot": lot["id"], "reason": "x", "sure": "yes"}
    assert finance.post(path, form=ended).status == 303
    assert "ended by" in finance.get(path).text
    assert finance.post(path, form={"do": "dance"}).status == 200
    cross = finance.post(path, {"origin": "https://elsewhere.example"}, form={**grant, "sure": "yes"})
    assert cross.status == 403


def test_what_is_sold_waits_for_the_next_document_and_can_be_cancelled(
    finance: Visitor, living: Living
) -> None:
    path = "/console/credit/bolt"
    sold = {"do": "buy", "name": "Autumn", "unit": "USD", "amount": "250", "reason": "they asked"}
    tried = finance.post(path, form=sold).text
    assert "The next document charges 250 before tax for 250 USD; that document grants the lot." in tried
    finance.post(path, form={**sold, "sure": "yes"})
    (order,) = living.ask("GET", "/api/v1/credits/orders")["items"]
    assert "the next document" in finance.get(path).text
    finance.post(path, form={"do": "cancel", "order": order["id"], "sure": "yes"})
    assert "cancelled" in finance.get(path).text


def test_a_rule_that_tops_up_is_removed_on_a_yes(finance: Visitor, living: Living) -> None:
    path = "/console/credit/coil"
    rule = {"do": "top-up", "name": "Never empty", "unit": "USD", "amount": "50", "threshold": "10"}
    assert finance.post(path, form={**rule, "sure": "yes"}).status == 303
    found = living.ask("GET", "/api/v1/credits/top-ups")["items"]
    (made,) = [one for one in found if one["customer"] == "coil"]
    remove = {"do": "remove", "rule": made["id"]}
    tried = finance.post(path, form=remove).text
    assert "The rule Never empty tops nothing up any more" in tried
    assert 'aria-label="Remove the rule Never empty"' in finance.get(path).text
    assert finance.post(path, form={**remove, "sure": "yes"}).status == 303
    assert "Never empty" not in finance.get(path).text
    assert "There is no such rule any more." in finance.post(path, form=remove).text
