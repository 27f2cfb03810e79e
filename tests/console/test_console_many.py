"""Pages over more plans and customers than fit on one: looked for by name, leafed through, never broken."""

from __future__ import annotations

from collections.abc import Iterator

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
