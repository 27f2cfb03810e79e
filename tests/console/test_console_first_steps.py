"""From an empty workspace to a bill by forms alone: prices, a customer, its plan, the month billed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from steelyard.entrypoints.bootstrap import Workspace, init_workspace, open_workspace
from steelyard.entrypoints.console.app import sessions_of
from steelyard.entrypoints.samples import SAMPLES, sample_folder
from steelyard.entrypoints.server import application
from tests.console.looking import RULES, Looking
from tests.console.served import Served, Visitor

LAST_MONTH = datetime.now(UTC).replace(day=1) - timedelta(days=1)
PERIOD = f"{LAST_MONTH:%Y-%m}"
TEXT = sample_folder("consumption").joinpath("catalog.yaml").read_text()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """The console of a workspace in which nothing is."""
    init_workspace(tmp_path / "new", name="new")
    workspace: Workspace = open_workspace(tmp_path / "new")
    one = Served(app=application(workspace), sessions=sessions_of(workspace))
    yield one
    one.stop()
    workspace.close()


@pytest.fixture
def owner(served: Served) -> Visitor:
    """Who is signed in to it."""
    return Visitor(served).sign_in()


def publish(owner: Visitor, text: str = TEXT) -> None:
    form = {"file": "catalog.yaml", "text": text, "note": "The first prices"}
    assert owner.post("/console/catalog/publish", form=form).headers["location"].endswith("done=published")


def make(owner: Visitor, **more: str) -> Any:
    form = {"name": "Acme & Co", "currency": "USD", "timezone": "UTC", **more}
    return owner.post("/console/customers", form=form)


def test_home_leads_from_an_empty_workspace_to_a_bill(owner: Visitor) -> None:
    first = owner.get("/console").text
    assert "Publish prices" in first
    assert "Make a customer" in first
    publish(owner)
    make(owner)
    later = unescape(owner.get("/console").text)
    assert "Prices are published" in later
    assert "Begin a plan for Acme & Co" in later
    assert '"type": "agent.call", "subject": "acme-co"' in later


def test_every_sample_opens_in_the_editor_and_one_that_is_none_is_refused(owner: Visitor) -> None:
    offered = owner.get("/console/catalog").text
    for name in SAMPLES:
        assert f"/console/catalog/edit?sample={name}" in offered
        page = owner.get(f"/console/catalog/edit?sample={name}").text
        assert "Prices and plans" in page
        assert 'name="note" value="The first prices"' in page
    answer = owner.get("/console/catalog/edit?sample=no-such")
    assert answer.status == 400
    assert "there is no sample" in answer.text


def test_a_customer_its_plan_and_its_bill_come_from_forms(owner: Visitor) -> None:
    publish(owner)
    made = make(owner, tax_name="VAT", tax_percent="20", subjects="a1, a2")
    assert made.headers["location"] == "/console/customers/acme-co?done=made"
    begun = {"plan": "essential", "start": f"{PERIOD}-01"}
    answer = owner.post("/console/customers/acme-co", form=begun)
    assert answer.headers["location"] == f"/console/customers/acme-co?done=begun&period={PERIOD}"
    assert "$358.80" in owner.get(answer.headers["location"]).text
    tried = owner.post("/console/invoices", form={"period": PERIOD}).text
    assert "nothing is written yet" in tried
    assert "1 invoice" in tried
    assert "$358.80, tax $59.80 in it" in tried
    assert "Nothing was billed yet" in owner.get("/console/invoices").text
    done = owner.post("/console/invoices", form={"period": PERIOD, "sure": "yes"}).headers["location"]
    page = owner.get(done).text
    assert "the documents stand below" in page
    assert "$358.80" in page


def test_what_cannot_be_made_says_why_and_keeps_what_was_typed(owner: Visitor) -> None:
    publish(owner)
    wrong = make(owner, currency="ZZZ").text
    assert "ZZZ" in wrong
    assert 'role="alert"' in wrong
    assert 'value="Acme &amp; Co"' in wrong
    make(owner)
    assert "acme-co" in (taken := make(owner, name="Acme Co").text)
    assert "exists and differs" in taken
    refused = owner.post("/console/customers/acme-co", form={"plan": "no-such", "start": "soon"}).text
    assert "is no day such as" in refused
    refused = owner.post("/console/customers/acme-co", form={"plan": "no-such", "start": "2026-11-01"}).text
    assert "no-such" in refused
    refused = owner.post("/console/invoices", form={"period": "soon"}).text
    assert "must be a month such as" in refused


def test_the_forms_keep_the_rules_of_accessibility(served: Served, chromium: Any) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    publish(Visitor(served).sign_in())
    with Looking(chromium, served) as look:
        for path in ("/console", "/console/catalog", "/console/customers", "/console/invoices"):
            found = axe.run(look.open(path), options=RULES)
            assert [one["id"] for one in found.response["violations"]] == [], path
        look.open("/console/customers")
        look.page.get_by_label("Name", exact=True).fill("Bolt")
        look.page.keyboard.press("Enter")
        look.page.wait_for_url(re.compile("customers/bolt"))
        look.page.get_by_label("Plan", exact=True).select_option("essential")
        look.page.get_by_role("button", name="Begin it").click()
        look.page.get_by_text("The subscription has begun").wait_for()
        assert look.complaints == []


def test_a_customer_is_changed_on_its_page_and_a_refusal_keeps_what_was_filled_in(owner: Visitor) -> None:
    make(owner, subjects="bot app", tax_percent="19")
    here = "/console/customers/acme-co"
    filled = {"what": "change", "name": "Acme SpA", "subjects": "app, web", "attribute-region": "eu"}
    done = owner.post(here, form={**filled, "attributes_from": "2099-01-01", "reason": "moves to Rome"})
    assert done.headers["location"].endswith("done=changed")
    page = unescape(owner.get(f"{here}?done=changed").text)
    assert "Documents that are issued keep what they say" in page
    assert "no tax" in page
    assert re.search(r"From <time[^>]*>1 Jan 2099</time></dt><dd>region eu <span[^>]*>moves to Rome", page)
    assert "app, web</textarea>" in page
    refused = unescape(owner.post(here, form={**filled, "tax_percent": "101", "subjects": "x y"}).text)
    assert "is no percentage" in refused
    assert "x y</textarea>" in refused
    assert 'id="change" open' in refused
