"""Trees of customers, commitments and discounts in the console."""

from __future__ import annotations

from typing import Any

import pytest

from tests.console.living import CATALOG, Living
from tests.console.looking import RULES, Looking
from tests.console.served import Visitor

START = "2026-09-01T00:00:00Z"
DISCOUNTS = """
discounts:
  - {key: founders, name: Founding customers, owner: a@example.com, definition: The first ten., form: percent, percent: 20, months: 12, slots: 10, conditions: [may be named as a reference]}
  - {key: volume, name: By volume, owner: a@example.com, definition: More is cheaper., form: volume, applies_to: [token-price], bands: [{at_least: 1000, percent: 5}, {at_least: 100000, percent: 12}]}
floors:
  - {key: least, name: Never below 60 %, owner: a@example.com, definition: What must remain., percent: 60}
"""  # noqa: E501
TIERED = {
    "price": "token-price",
    "model": {
        "model": "graduated",
        "tiers": [{"up_to": "10000", "unit_amount": "0.01"}, {"unit_amount": "0.002"}],
    },
}
EVENT = {"source": "pool", "type": "llm.request", "time": "2026-10-05T08:00:00Z"}
COMMITMENT = {
    "key": "year-1", "amount": "10", "every": "year", "payment": "postpaid", "start": START, "burst": "5",
    "percent": "10",
}  # fmt: skip


@pytest.fixture(scope="module")
def agreed(living: Living) -> Living:
    """A group with two shops that share a price; one of them has committed to something."""
    assert "nothing is shared" in Visitor(living.served).sign_in().get("/console/hierarchy/acme").text.lower()
    living.ask(
        "POST", "/api/v1/catalog/versions", {"files": [{"name": "all.yaml", "text": CATALOG + DISCOUNTS}]}
    )
    subscription = ""
    for number, key in enumerate(("north", "south"), start=1):
        made = {"key": key, "name": key.capitalize(), "currency": "USD", "parent": "acme"}
        living.ask("POST", "/api/v1/customers", made)
        begun = {"customer": key, "plan": "team", "start": START}
        subscription = living.ask("POST", "/api/v1/subscriptions", begun)["id"]
        data = {"tokens": number * 4000, "model": "o3"}
        living.send([{**EVENT, "id": f"pool-{key}", "subject": key, "data": data}])
    contract = {
        "customer": "acme",
        "name": "Acme group",
        "start": START,
        "sharing": "shared",
        "members": [{"customer": key, "effective_from": START} for key in ("north", "south")],
        "overrides": [TIERED],
    }
    living.ask("POST", "/api/v1/contracts", contract)
    living.ask("POST", "/api/v1/subscriptions/{id}/commitments", COMMITMENT, id=subscription)
    redeemed = {"discount": "founders", "confirmed": ["may be named as a reference"], "start": START}
    living.ask("POST", "/api/v1/subscriptions/{id}/discounts", redeemed, id=subscription)
    return living


def test_a_tree_shows_what_each_comes_to_and_what_they_share(agreed: Living, finance: Visitor) -> None:
    page = finance.get("/console/hierarchy/acme?period=2026-10").text
    assert page.index(">Acme</a>") < page.index(">North</a>") < page.index(">South</a>")
    assert "level 1: " in page
    assert "Shared prices, those that come to most first" in page
    found = finance.get("/console/hierarchy/acme?period=2026-10&format=json").text
    assert '"quantity":"4000"' in found
    assert finance.get("/console/hierarchy/nobody").status == 404


def test_commitments_stand_with_what_is_used_and_the_months_of_one(agreed: Living, finance: Visitor) -> None:
    page = finance.get("/console/commitments?period=2026-10").text
    assert "Burst buffers that are nearly used up" in page
    assert "year-1" in page
    course = finance.get(_address(page)).text
    assert "Month by month" in course
    assert '<table id="left-table">' in course
    assert "Nobody has a commitment" in finance.get("/console/commitments?period=2026-08").text


def test_discounts_stand_with_their_slots_and_who_took_them(agreed: Living, finance: Visitor) -> None:
    page = finance.get("/console/discounts").text
    assert "1 of 10" in page
    assert "20 % off for 12 months" in page
    assert "up to 12 % off by units" in page
    assert '<a href="/console/customers/south">South</a>' in page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible_and_quiet(agreed: Living, chromium: Any, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    with Looking(
        chromium, agreed.served, color_scheme=scheme, viewport={"width": 390, "height": 800}
    ) as looking:
        listed = looking.open("/console/commitments?period=2026-10").content()
        for path in ("/console/hierarchy/acme?period=2026-10", "/console/discounts", _address(listed)):
            page = looking.open(path)
            assert axe.run(page, options=RULES).response["violations"] == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        assert looking.complaints == []


def _address(page: str) -> str:
    start = page.index('href="/console/commitments/sub_') + len('href="')
    return page[start : page.index('"', start)].replace("&amp;", "&")


def test_a_discount_is_redeemed_after_its_month_was_shown(agreed: Living, finance: Visitor) -> None:
    found = agreed.ask("GET", "/api/v1/subscriptions")["items"]
    id = next(one["id"] for one in found if one["customer"] == "north")
    path = f"/console/subscriptions/{id}"
    page = finance.get(path).text
    assert "None is redeemed for it." in page
    assert "The customer agreed: may be named as a reference" in page
    refused = finance.post(f"{path}/discounts", form={"discount": "founders"}).text
    assert "The customer must agree: may be named as a reference" in refused
    form = {"discount": "founders", "confirmed": "may be named as a reference"}
    tried = finance.post(f"{path}/discounts", form=form).text
    for words in (
        "This is what would be",
        "8 slots left then",
        "Month as it is",
        "$49.00",
        "$39.20",
        "−$9.80",
    ):
        assert words in tried, words
    assert "discounts" not in agreed.ask("GET", "/api/v1/subscriptions/{id}", id=id)
    assert finance.post(f"{path}/discounts", form={**form, "sure": "yes"}).status == 303
    page = finance.get(f"{path}?done=discounts").text
    assert "the discount is redeemed" in page
    assert [one["name"] for one in agreed.ask("GET", "/api/v1/subscriptions/{id}", id=id)["discounts"]] == [
        "Founding customers"
    ]


def test_a_commitment_is_attached_after_its_month_was_shown(agreed: Living, finance: Visitor) -> None:
    found = agreed.ask("GET", "/api/v1/subscriptions")["items"]
    id = next(one["id"] for one in found if one["customer"] == "bolt")
    path = f"/console/subscriptions/{id}"
    assert "It commits to nothing." in finance.get(path).text
    form = {"name": "Year 1", "amount": "1200", "every": "year", "payment": "prepaid", "start": "2027-02-01"}
    form |= {"overage_factor": "1.2", "burst": "100", "percent": "10"}
    tried = finance.post(f"{path}/commitments", form=form).text
    for words in ("$1,200.00 a year", "1.2 times the published rates", "February 2027", "$1,249.00"):
        assert words in tried, words
    assert "commitments" not in agreed.ask("GET", "/api/v1/subscriptions/{id}", id=id)
    assert finance.post(f"{path}/commitments", form={**form, "sure": "yes"}).status == 303
    assert f"/console/commitments/{id}/year-1" in finance.get(f"{path}?done=commitments").text
    (held,) = agreed.ask("GET", "/api/v1/subscriptions/{id}", id=id)["commitments"]
    assert (held["amount"], held["overage_factor"], held["burst"]) == ("1200", "1.2", "100")
    refused = finance.post(f"{path}/commitments", form={**form, "name": "Other", "amount": "-5"}).text
    assert "This cannot be" in refused
    assert 'value="-5"' in refused


def test_a_commitment_says_its_schedule_what_it_pays_for_and_its_order(
    agreed: Living, finance: Visitor
) -> None:
    found = agreed.ask("GET", "/api/v1/subscriptions")["items"]
    id = next(one["id"] for one in found if one["customer"] == "coil")
    path = f"/console/subscriptions/{id}"
    assert 'name="covers" value="token-price"' in finance.get(path).text
    form = {"name": "Calls", "amount": "1200", "every": "year", "payment": "scheduled", "start": "2027-02-01"}
    form |= {"schedule": " ".join(["50"] * 6 + ["150"] * 6), "covers": ["token-price"], "priority": "3"}
    tried = finance.post(f"{path}/commitments", form=form).text
    assert "50, 50, 50, 50, 50, 50, 150" in tried
    assert "number 3 in order" in tried
    assert "50.00 are due now" in tried
    assert finance.post(f"{path}/commitments", form={**form, "sure": "yes"}).status == 303
    (held,) = agreed.ask("GET", "/api/v1/subscriptions/{id}", id=id)["commitments"]
    assert (held["payment"], held["covers"], held["priority"]) == ("scheduled", ["token-price"], 3)
    assert held["schedule"][5:7] == ["50", "150"]
    wrong = {**form, "name": "Other", "priority": "first"}
    assert "is no whole number" in finance.post(f"{path}/commitments", form=wrong).text
