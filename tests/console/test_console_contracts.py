"""Contracts in the console: those that end soon, one with its time line, and why each price applies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from steelyard.entrypoints.console.pages.contract import drawn
from steelyard.kernel import iso
from tests.console.living import Living
from tests.console.looking import RULES, Looking
from tests.console.served import Visitor

NOW = datetime.now(UTC).replace(microsecond=0)
START = "2026-09-01T00:00:00Z"


@pytest.fixture(scope="module")
def contract(living: Living) -> dict[str, Any]:
    """A contract of acme with a part of every kind, which ends in 100 days."""
    asked = {
        "customer": "acme",
        "name": "Acme <2026>",
        "start": START,
        "end": iso(NOW + timedelta(days=100)),
        "overrides": [{"price": "token-price", "multiplier": "0.8", "reason": "launch & partner"}],
        "phases": [{"name": "pilot", "effective_from": START}],
        "locks": [{"price": "fee", "effective_from": START, "effective_until": iso(NOW + timedelta(900))}],
        "escalators": [{"first_at": iso(NOW + timedelta(days=10)), "percent": "3"}],
        "fees": [{"key": "p", "name": "Platform", "amount": "10", "effective_from": START}],
        "members": [{"customer": "bolt", "effective_from": START}],
        "renewal": {"term_months": 12, "notice_days": 30, "uplift_percent": "4"},
    }
    return living.ask("POST", "/api/v1/contracts", asked)


def held_by_acme(living: Living) -> str:
    """The id of acme's subscription."""
    found = living.ask("GET", "/api/v1/subscriptions")["items"]
    return next(one["id"] for one in found if one["customer"] == "acme")


def test_the_list_says_until_when_notice_can_be_given(
    finance: Visitor, contract: dict[str, Any], living: Living
) -> None:
    page = finance.get("/console/contracts").text
    assert "Ending within 120 days" in page
    assert "70 days left" in page
    assert "renews unless notice is given" in page
    assert "Acme &lt;2026&gt;" in page
    assert "<2026>" not in page
    assert "No contracts yet" in finance.get("/console/contracts?customer=coil").text


def test_the_time_line_puts_every_part_where_it_lies(contract: dict[str, Any]) -> None:
    found = drawn(contract, "UTC", None, NOW)
    tracks = {one.name: one for one in found.tracks}
    assert set(tracks) == {"Term", "Phases", "Price", "Lock", "Escalators", "Fee", "Member"}
    (term,) = tracks["Term"].bars
    (price,) = tracks["Price"].bars
    (lock,) = tracks["Lock"].bars
    assert (term.x, term.width) == (price.x, price.width)
    assert float(lock.width) > float(term.width)
    assert float(term.x) < float(found.now) < float(term.x) + float(term.width)


def test_a_subscription_says_why_each_price_applies(
    finance: Visitor, contract: dict[str, Any], living: Living
) -> None:
    path = f"/console/subscriptions/{held_by_acme(living)}"
    page = finance.get(path).text
    assert "contract Acme &lt;2026&gt; × 0.8 (launch &amp; partner)" in page
    assert "1.20 USD per 1,000" in page
    assert "1.50 USD per 1,000" in page
    later = finance.get(f"{path}?day=2027-12-01").text
    assert "as listed" in later
    assert "is no day" in finance.get(f"{path}?day=soon").text


def test_a_contract_that_agrees_nothing_but_its_term_has_a_page(finance: Visitor, living: Living) -> None:
    asked = {"customer": "coil", "name": "Coil, as listed", "start": START, "end": iso(NOW + timedelta(300))}
    made = living.ask("POST", "/api/v1/contracts", asked)
    page = finance.get(f"/console/contracts/{made['id']}")
    assert page.status == 200
    assert "no renewal agreed" in page.text


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    theme: Any, width: int, chromium: Any, living: Living, contract: dict[str, Any]
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    paths = (
        "/console/contracts",
        f"/console/contracts/{contract['id']}",
        f"/console/subscriptions/{held_by_acme(living)}",
    )
    with Looking(
        chromium, living.served, color_scheme=theme, viewport={"width": width, "height": 900}
    ) as looking:
        for path in paths:
            page = looking.open(path)
            page.evaluate("document.querySelectorAll('details').forEach((fold) => (fold.open = true))")
            results = axe.run(page, options=RULES)
            assert not results.violations_count, f"{path}\n{results.generate_report()}"
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert looking.complaints == []


def test_a_contract_shows_every_dated_part_and_goes_on_or_ends(
    finance: Visitor, contract: dict[str, Any], living: Living
) -> None:
    path = f"/console/contracts/{contract['id']}"
    page = finance.get(path).text
    for words in (
        "Tokens × 0.8", "launch &amp; partner", "pilot: as agreed", "Platform fee stays as in",
        "by 3 % every 12", "Platform: $10.00 every 12 months", "Bolt", "for 12 months", "70 days left",
        'role="img"', "Without it",
    ):  # fmt: skip
        assert words in page, words
    assert finance.post(f"{path}/notice", form={"reason": "they leave"}).status in (302, 303)
    page = finance.get(path).text
    assert "ends: notice was given" in page
    assert "they leave" in page
    assert finance.post(f"{path}/renew", form={"reason": "agreed"}).status in (302, 303)
    assert "1. renewed until" in finance.get(path).text
    assert finance.get("/console/contracts/con_none").status == 404


def test_an_amendment_is_shown_with_its_money_before_it_is_made(finance: Visitor, living: Living) -> None:
    asked = {"customer": "coil", "name": "Coil grows", "start": iso(NOW + timedelta(days=400))}
    id = living.ask("POST", "/api/v1/contracts", asked)["id"]
    path = f"/console/contracts/{id}"
    part = {"part": "overrides", "price": "fee", "multiplier": "0.5", "effective_from": "2028-02-01"}
    part["reason"] = "they grow"
    tried = finance.post(f"{path}/amend", form=part).text
    for words in ("This is what would be", "February 2028", "$49.00", "$24.50", "−$24.50", "Coil"):
        assert words in tried, words
    assert living.ask("GET", "/api/v1/contracts/{id}", id=id)["amendments"] == []
    assert finance.post(f"{path}/amend", form={**part, "sure": "yes"}).status == 303
    assert "the amendment stands in the record" in finance.get(f"{path}?done=amended").text
    assert living.ask("GET", "/api/v1/contracts/{id}", id=id)["overrides"][0]["multiplier"] == "0.5"
    refused = finance.post(f"{path}/amend", form={**part, "price": "nothing"}).text
    assert "This cannot be" in refused
    assert "nothing" in refused


def test_a_subscription_s_change_shows_both_months_and_can_be_withdrawn(
    finance: Visitor, living: Living
) -> None:
    found = living.ask("GET", "/api/v1/subscriptions")["items"]
    path = f"/console/subscriptions/{next(one['id'] for one in found if one['customer'] == 'bolt')}"
    day = f"{NOW + timedelta(days=40):%Y-%m-%d}"
    change = {"action": "pause", "from": day, "reason": "a quiet winter"}
    tried = finance.post(path, form=change).text
    assert "before tax</th>" in tried
    assert "Platform fee" in tried
    assert "a quiet winter" not in finance.get(path).text
    assert finance.post(path, form={**change, "sure": "yes"}).status == 303
    page = finance.get(path).text
    assert "a quiet winter" in page
    assert "to come" in page
    change_id = page.partition('name="withdraw" value="')[2].partition('"')[0]
    assert finance.post(path, form={"withdraw": change_id, "sure": "yes"}).status == 303
    assert "withdrawn" in finance.get(path).text
    assert "This cannot be" in finance.post(path, form={"action": "amend", "reason": "nothing"}).text


def test_a_contract_is_made_after_its_money_was_shown(finance: Visitor, living: Living) -> None:
    made = {"key": "dune", "name": "Dune", "currency": "USD"}
    living.ask("POST", "/api/v1/customers", made)
    living.ask("POST", "/api/v1/subscriptions", {"customer": "dune", "plan": "team", "start": START})
    page = finance.get("/console/contracts?customer=dune").text
    assert '<option value="dune" selected>' in page
    form = {"customer": "dune", "name": "Dune 2028", "start": "2028-01-01", "end": "2029-01-01"}
    form |= {
        "plan": "team",
        "multiplier": "0.8",
        "then": "automatic",
        "notice_days": "30",
        "reason": "a fair",
    }
    tried = finance.post("/console/contracts", form=form).text
    for words in (
        "This is what would be", "January 2028", "$49.00", "$39.20", "12 months more", "30 days before",
        'value="Dune 2028"',
    ):  # fmt: skip
        assert words in tried, words
    assert "dune" not in {one["customer"] for one in living.ask("GET", "/api/v1/contracts")["items"]}
    assert finance.post("/console/contracts", form={**form, "sure": "yes"}).status == 303
    (contract,) = [
        one for one in living.ask("GET", "/api/v1/contracts")["items"] if one["name"] == "Dune 2028"
    ]
    assert (contract["plans"], contract["renewal"]["notice_days"]) == (["team"], 30)
    page = finance.get(f"/console/contracts/{contract['id']}?done=made").text
    assert "the contract stands in the record" in page
    refused = finance.post("/console/contracts", form={**form, "name": "Late", "end": "2027-01-01"}).text
    assert "This cannot be" in refused
    assert "say that it goes on" in finance.post("/console/contracts", form={**form, "then": ""}).text
