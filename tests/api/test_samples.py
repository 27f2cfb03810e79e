"""The sample catalogs: each is valid, holds its tests, is published and billed, and has its exact limits."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from steelyard.adapters.files import read_catalog_folder
from steelyard.billing.trial import run_trials
from steelyard.catalog import Catalog, Examined, examine
from steelyard.entrypoints.samples import SAMPLES, sample_folder
from steelyard.insight.estimate import estimate
from steelyard.insight.inputs import Inputs
from tests.api.conftest import steelyard
from tests.billing_world import World


def examined(name: str) -> Examined:
    found = examine(read_catalog_folder(sample_folder(name)))
    assert isinstance(found, Examined), found
    return found


def published(name: str) -> dict[str, Any]:
    values = read_catalog_folder(sample_folder(name)).values
    return {key: part for key, part in values.items() if key != "tests"}


@pytest.mark.parametrize("name", SAMPLES)
def test_its_own_tests_hold(name: str) -> None:
    found = examined(name)
    outcomes = run_trials(found.catalog, found.trials)
    assert {one.trial.plan for one in outcomes} == set(found.catalog.plans)
    assert [one.differences for one in outcomes if not one.passed] == []


@pytest.mark.parametrize(
    ("name", "plan", "total"),
    [("consumption", "growth", "1499"), ("throughput", "starter", "2083.33"), ("gateway", "team", "990")],
)
def test_it_is_published_and_billed(name: str, plan: str, total: str, tmp_path: Path) -> None:
    world = World(tmp_path)
    try:
        world.publish(published(name))
        world.customer("acme")
        world.subscribe("acme", plan)
        world.fold()
        world.bill("2026-10")
        (invoice,) = world.documents("2026-10")
        assert invoice.total == Decimal(total)
    finally:
        world.close()


def limits(catalog: Catalog) -> dict[str, dict[str, int]]:
    return {
        key: {name: int(most) for name, most in plan.limits.items()} for key, plan in catalog.plans.items()
    }


def test_limits_are_those_of_the_tables() -> None:
    assert limits(examined("throughput").catalog) == {
        "starter": {"requests-per-second": 100, "tenants": 10},
        "growth": {"requests-per-second": 1000, "tenants": 100},
        "enterprise": {"requests-per-second": 10000},
    }
    gateway = examined("gateway").catalog
    assert limits(gateway)["community"] == {"requests": 50_000, "environments": 1}
    assert limits(gateway)["team"] == {"environments": 3}
    assert [plan.visible_days for plan in gateway.plans.values()] == [7, 30, 400, 400]


def test_prices_floors_and_programmes_are_those_of_the_table() -> None:
    catalog = examined("throughput").catalog
    years = {key: catalog.price(plan.items[0].price).model for key, plan in catalog.plans.items()}
    assert {key: str(getattr(model, "unit_amount", "")) for key, model in years.items()} == {
        "starter": "25000",
        "growth": "100000",
        "enterprise": "300000",
    }
    assert {one.plans: one.amount for one in catalog.floors.values()} == {
        ("growth",): Decimal(75000),
        ("enterprise",): Decimal(200000),
    }
    assert [(one.key, one.slots) for one in catalog.discounts.values()] == [
        ("founders", 3),
        ("early", 7),
        ("non-profit", 10),
    ]


def test_overage_and_allowance_of_the_gateway_are_those_of_the_table() -> None:
    catalog = examined("gateway").catalog
    (requests,) = [one for one in catalog.plans["team"].items if one.price == "requests"]
    assert requests.included == Decimal(5_000_000)
    assert [plan.by_contract for plan in catalog.plans.values()] == [False, False, True, True]
    assert {"abac", "privacy-budgets", "federation", "sso-scim"} <= set(catalog.plans["enterprise"].features)
    assert {"dedicated", "hsm-kms", "attestation", "premium-support"} <= set(
        catalog.plans["regulated"].features
    )


def test_what_the_playbook_says_of_its_tiers_is_so() -> None:
    plans = examined("consumption").catalog.plans
    assert {"community-support", "standard-sla"} <= set(plans["essential"].features)
    assert {"business-hours-support", "advanced-observability"} <= set(plans["growth"].features)
    assert {"custom-sla", "sso-scim", "private-networking", "burst-buffer", "premium-support"} <= set(
        plans["enterprise"].features
    )
    assert "tenants" not in plans["enterprise"].limits
    rates = [
        Decimal(str(getattr(examined("consumption").catalog.price(f"{key}-calls").model, "unit_amount", 0)))
        for key in plans
    ]
    assert rates == sorted(rates, reverse=True)


def test_the_cheapest_that_fits_is_found_by_limits() -> None:
    catalog = examined("throughput").catalog
    found = {
        tenants: estimate(catalog, Inputs(needs={"tenants": Decimal(tenants)})).cheapest
        for tenants in (10, 11, 100, 101)
    }
    assert found == {10: {"USD": "starter"}, 11: {"USD": "growth"}, 100: {"USD": "growth"}, 101: {}}


def test_the_command_writes_a_folder_and_overwrites_nothing(tmp_path: Path) -> None:
    folder = str(tmp_path / "mine")
    assert steelyard("catalog", "sample", "gateway", folder).returncode == 0
    assert steelyard("catalog", "test", folder).returncode == 0
    assert steelyard("catalog", "sample", "gateway", folder).returncode == 5
    assert steelyard("catalog", "sample", "nothing", folder).returncode == 3
    assert b"throughput" in steelyard("catalog", "sample").stdout
