"""The ladder of plans, what is odd about them, their curves and their chart."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from steelyard.adapters.files import read_catalog_folder
from steelyard.catalog import Catalog, Feature, validate
from steelyard.entrypoints.samples import sample_folder
from steelyard.insight.comparison import comparison
from steelyard.insight.curve import price_curve
from steelyard.insight.design_to_cost import design_to_cost
from steelyard.insight.draws import exactly_so
from steelyard.insight.estimate import estimate
from steelyard.insight.inputs import Inputs, RangedUsage
from steelyard.insight.packaging import ladder, lint

MOST = Decimal(100_000)


def sample(name: str) -> Catalog:
    found = validate(read_catalog_folder(sample_folder(name)))
    assert isinstance(found, Catalog)
    return found


def bill(catalog: Catalog, plan: str, metric: str, quantity: Decimal) -> Decimal:
    inputs = Inputs(usage={metric: (RangedUsage(quantity=exactly_so(quantity)),)})
    (found,) = estimate(catalog, inputs, plans=[plan]).plans
    return found.bill.total


def test_the_next_plan_is_better_from_a_limit_or_a_price_on() -> None:
    catalog = sample("consumption")
    first, second = ladder(catalog, Inputs(), vary="agent-calls", most=MOST)
    assert (first.at, first.gains[0]) == (Decimal(5001), "business-hours-support")
    assert second.at is not None
    at = second.at
    assert bill(catalog, "enterprise", "agent-calls", at) <= bill(catalog, "growth", "agent-calls", at)
    assert bill(catalog, "enterprise", "agent-calls", at - 1) > bill(catalog, "growth", "agent-calls", at - 1)


def test_samples_have_nothing_odd() -> None:
    catalog = sample("consumption")
    assert lint(catalog, ladder(catalog, Inputs(), vary="agent-calls", most=MOST)) == ()


def test_duplicates_pointless_steps_and_lost_features_are_found() -> None:
    catalog = sample("consumption")
    growth, enterprise = catalog.plans["growth"], catalog.plans["enterprise"]
    same = replace(growth, key="again", name="Again", tier=4)
    dear = replace(enterprise, features=growth.features, limits=growth.limits)
    lost = Feature(key="lost", name="Lost", owner="o", definition="d")
    odd = replace(
        catalog,
        plans={"growth": growth, "again": same, "enterprise": dear},
        features={**catalog.features, "lost": lost},
    )
    found = lint(odd, ladder(odd, Inputs(), vary="agent-calls", most=Decimal(20_000)))
    told = {(one.code, one.about) for one in found}
    assert ("near_duplicate", ("growth", "again")) in told
    assert ("pointless_step", ("growth", "enterprise")) in told
    assert ("feature_in_no_plan", ("lost",)) in told


def test_a_design_buys_no_unit_less_than_the_budget_allows() -> None:
    catalog = sample("consumption")
    growth, essential = design_to_cost(
        catalog, Inputs(), budget=Decimal(2000), vary="agent-calls", currency="USD"
    )
    assert growth.quantity is not None
    assert bill(catalog, "growth", "agent-calls", growth.quantity) <= 2000
    assert bill(catalog, "growth", "agent-calls", growth.quantity + 1) > 2000
    assert (essential.quantity, essential.cap) == (Decimal(5000), None)


def test_every_point_of_a_curve_is_a_bill() -> None:
    catalog = sample("consumption")
    real = [Decimal(5), Decimal(60_000), Decimal(10**9)]
    curve = price_curve(catalog, "growth", Inputs(), vary="agent-calls", most=MOST, points=5, real=real)
    for one in curve:
        assert one.total == bill(catalog, "growth", "agent-calls", one.quantity)
    assert [one.customers for one in curve] == [1, 0, 1, 0, 1]


def test_the_chart_has_every_limit_and_hides_prices_by_contract() -> None:
    catalog = sample("gateway")
    rows = {(row.section, row.name): row for row in comparison(catalog, public=True).rows}
    assert rows["Limits", "Routed requests"].short[0] == "50,000 a month"
    assert rows["Limits", "Data that can be seen"].short == ("7 days", "30 days", "400 days", "400 days")
    assert rows["Prices", "Routed requests"].precise == (
        "–",
        "5,000,000 included, then 15.00 USD per 100,000, rounded up",
        "by contract",
        "by contract",
    )
    shown = {(row.section, row.name): row for row in comparison(catalog).rows}
    assert shown["Prices", "Private model hosting"].precise[2] == "3.20 USD each"
