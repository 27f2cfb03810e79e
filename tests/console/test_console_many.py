"""Pages over more plans and customers than fit on one: looked for by name, leafed through, never broken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlencode

import pytest

from steelyard.entrypoints.api import inside
from steelyard.entrypoints.bootstrap import init_workspace, open_workspace
from steelyard.entrypoints.console.app import sessions_of
from steelyard.entrypoints.server import application
from tests.console.served import Served, Visitor

PLANS = 30
KEPT = {"owner": "a@example.com", "definition": "d"}


def catalog() -> dict[str, object]:
    """Thirty plans of one product, each a dollar dearer and a tenth cheaper a call than the one before."""
    prices = [
        {**KEPT, "key": f"fee-{n}", "name": "Fee", "currency": "USD", "model": "flat", "amount": str(10 + n)}
        for n in range(PLANS)
    ]
    prices += [
        {**KEPT, "key": f"calls-{n}", "name": "Calls", "currency": "USD", "metric": "calls"}
        | {"model": "per_unit", "unit_amount": f"0.{50 - n}"}
        for n in range(PLANS)
    ]
    plans = [
        {**KEPT, "key": f"plan-{n:02}", "name": f"Plan {n:02}", "product": "p", "currency": "USD", "tier": n}
        | {"features": ["help"], "items": [{"price": f"fee-{n}"}, {"price": f"calls-{n}"}]}
        for n in range(PLANS)
    ]
    plans[1] |= {"commitment": {"covers": ["calls-1"]}}
    meter = {"event_types": ["call"], "aggregation": "count"}
    return {
        "event_types": [{"name": "call", "description": "d"}],
        "metrics": [{**KEPT, "key": "calls", "name": "Calls", "unit": "calls", "meter": meter}],
        "features": [{**KEPT, "key": "help", "name": "Support"}],
        "products": [{**KEPT, "key": "p", "name": "P", "features": ["help"]}],
        "prices": prices,
        "plans": plans,
    }


@pytest.fixture(scope="module")
def owner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """Somebody in a workspace with many plans."""
    folder = tmp_path_factory.mktemp("many") / "w"
    init_workspace(folder, name="many")
    workspace = open_workspace(folder)
    inside.ask(workspace, inside.OWNER, "POST", "/api/v1/catalog/versions", body={"catalog": catalog()})
    named = [{"key": f"c{n:03}", "name": f"Customer {n:03}", "currency": "USD"} for n in range(250)]
    inside.ask(workspace, inside.OWNER, "POST", "/api/v1/customers/batch", body={"customers": named})
    begun = {"customer": "c150", "plan": "plan-07", "start": "2026-10-01T00:00:00Z"}
    inside.ask(workspace, inside.OWNER, "POST", "/api/v1/subscriptions", body=begun)
    workspace.public_prices = True
    served = Served(app=application(workspace), sessions=sessions_of(workspace))
    yield Visitor(served).sign_in()
    served.stop()
    workspace.close()


@pytest.mark.parametrize("tab", ["", "/budget", "/curve", "/ladder", "/plans"])
def test_more_plans_than_fit_are_looked_for_and_leafed_through(tab: str, owner: Visitor) -> None:
    filled = "usage.calls=100&budget=200&currency=USD&vary=calls"
    first = owner.get(f"/console/prices{tab}?{filled}").text
    assert "1 to 21 of 30 plans" in first
    assert "Plan 20" in first
    assert "Plan 21" not in first
    assert 'name="from" value="21"' in first
    rest = owner.get(f"/console/prices{tab}?{filled}&from=21").text
    assert "22 to 30 of 30 plans" in rest
    assert "Plan 21" in rest
    assert "Plan 20" not in rest
    found = owner.get(f"/console/prices{tab}?{filled}&of=plan+07").text
    assert "1 to 1 of 1 plan that match, of 30" in found
    assert "No plan is called like this" in owner.get(f"/console/prices{tab}?{filled}&of=none").text


def test_every_plan_of_the_ladder_is_drawn_by_seven(owner: Visitor) -> None:
    page = owner.get("/console/prices/ladder?vary=calls&most=1000").text
    assert page.count("<figure") == 3
    assert "Bills of p, Plan 00 to Plan 06" in page
    assert "Bills of p, Plan 14 to Plan 20" in page


def test_the_public_calculator_shows_so_many_as_fit(owner: Visitor) -> None:
    page = Visitor(owner.served).get("/console/calculator?usage.calls=100&from=21").text
    assert "22 to 30 of 30 plans" in page
    assert "Plan 29" in page
    assert "Plan 20" not in page


@pytest.mark.parametrize("sought", ["CUSTOMER 150", "c150", "plan-07"])
def test_a_customer_is_found_by_name_key_and_plan_wherever_it_stands(sought: str, owner: Visitor) -> None:
    page = owner.get("/console/customers?" + urlencode({"q": sought})).text
    assert page.count('data-label="Plan"') == 1
    assert '<a href="/console/customers/c150">Customer 150</a>' in page
    assert '<span class="tag">plan-07</span>' in page
    assert "No customer matches" in owner.get("/console/customers?q=nobody").text


def test_customers_are_leafed_through_also_where_some_are_searched_for(owner: Visitor) -> None:
    first = owner.get("/console/customers?q=customer").text
    assert "100 customers with “customer” in name, key or plan on this page, more below" in first
    (more,) = re.findall(r'href="(\?cursor=[^"]+)"', first)
    second = owner.get("/console/customers" + unescape(more)).text
    assert "Customer 100<" in second
    assert "Customer 099<" not in second


def test_a_picker_of_many_customers_takes_a_key(owner: Visitor) -> None:
    for path in ("/console/contracts", "/console/prices"):
        page = owner.get(path).text
        assert re.search(r'<input id="[a-z-]*customer" name="customer" list="', page), path


def test_a_plan_by_contract_is_tried_with_an_amount(owner: Visitor) -> None:
    asked = "/console/prices?usage.calls=100&of=plan+01"
    before = owner.get(asked).text
    assert "no amount is agreed yet: try one above" in before
    assert "the plan &#39;plan-01&#39;" not in before
    assert "$511.00" in owner.get(f"{asked}&commitment=500").text
