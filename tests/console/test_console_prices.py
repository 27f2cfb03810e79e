"""The pages about prices: every figure is what the API answers, and every picture has its table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from steelyard.entrypoints.console import figures
from tests.console.living import Living
from tests.console.looking import RULES, Looking
from tests.console.served import Served, Visitor

PAGES = (
    "/console/prices",
    "/console/prices?"
    + urlencode({"usage.tokens.least": 10, "usage.tokens": 5000, "usage.tokens.most": 90000}),
    "/console/prices?customer=acme&months=2",
    "/console/prices/budget?budget=100",
    "/console/prices/curve",
    "/console/prices/ladder?most=5000",
    "/console/prices/plans",
    "/console/prices/plans?form=precise",
)


@pytest.fixture(scope="module")
def sight(chromium: Any, living: Living) -> Iterator[dict[str, Looking]]:
    """Three ways to look: light, dark, and narrow."""
    settings: dict[str, Any] = {
        "light": {"viewport": {"width": 1280, "height": 900}},
        "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
        "narrow": {"viewport": {"width": 390, "height": 800}},
    }
    made = {name: Looking(chromium, living.served, **said) for name, said in settings.items()}
    yield made
    for one in made.values():
        one.context.close()


@pytest.mark.parametrize("path", PAGES)
def test_pages_about_prices_fit_every_screen_and_have_their_tables(
    path: str, sight: dict[str, Looking]
) -> None:
    for look in sight.values():
        page = look.open(path)
        assert look.complaints == []
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        for figure in page.locator("figure[data-chart]").all():
            assert page.locator(f"#{figure.get_attribute('data-table')}").count() == 1


@pytest.mark.parametrize("path", [PAGES[1], *PAGES[3:7]])
def test_pages_about_prices_are_accessible(path: str, sight: dict[str, Looking]) -> None:
    accessible(sight["light"].open(path))
    if path in (PAGES[1], "/console/prices/curve"):
        accessible(sight["dark"].open(path))


def test_the_public_calculator_keeps_the_rules(living: Living, sight: dict[str, Looking]) -> None:
    living.workspace.public_prices = True
    try:
        for look in sight.values():
            page = look.open("/console/calculator?usage.tokens=5000")
            assert page.evaluate(
                "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
            )
            assert look.complaints == []
        accessible(sight["dark"].page)
    finally:
        living.workspace.public_prices = False


def accessible(page: Any) -> None:
    """No rule of accessibility is broken."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()


def test_a_range_shows_the_spread_of_the_bills(living: Living, finance: Visitor) -> None:
    used = {"tokens": {"low": "10", "likely": "5000", "high": "90000"}}
    (team,) = living.ask("POST", "/api/v1/estimate", {"usage": used})["plans"]
    page = finance.get(PAGES[1]).text
    for share in ("p10", "p50", "p90"):
        assert figures.plain_amount(team[share], "USD") in page
    assert team["formula"] in page
    assert f"{max(one['bills'] for one in team['histogram'])}" in page


def test_a_customer_s_months_are_billed_by_each_plan(living: Living, finance: Visitor) -> None:
    page = finance.get("/console/prices?customer=acme&months=2").text
    assert "2 whole months of acme" in page
    assert "there is no customer" in finance.get("/console/prices?customer=nobody").text
    assert "is no number of months" in finance.get("/console/prices?customer=acme&months=x").text


def test_a_budget_buys_what_the_api_says(living: Living, finance: Visitor) -> None:
    asked = {"vary": "tokens", "budget": "100", "currency": "USD"}
    (team,) = living.ask("POST", "/api/v1/design-to-cost", asked)["plans"]
    assert figures.number(team["cap"]) in finance.get("/console/prices/budget?budget=100&vary=tokens").text


def test_the_curve_counts_every_customer_of_the_month(living: Living, finance: Visitor) -> None:
    page = finance.get("/console/prices/curve?plan=team&vary=tokens&period=2026-10").text
    found = living.ask("POST", "/api/v1/price-curve", {"plan": "team", "vary": "tokens", "period": "2026-10"})
    counted = sum(one["customers"] for one in found["points"])
    assert counted == 3
    assert f"{counted} customers in October 2026" in page


def test_what_is_wrong_is_said_on_the_page(finance: Visitor) -> None:
    for path in (
        "/console/prices?usage.tokens=many",
        "/console/prices?usage.tokens=5&usage.tokens.most=2",
        "/console/prices/curve?plan=nothing",
        "/console/prices/ladder?most=-1",
        "/console/prices/budget?budget=x",
    ):
        page = finance.get(path)
        assert (page.status, 'role="alert"' in page.text) == (200, True), path


def test_a_workspace_without_a_catalog_says_what_to_do(empty_console: Served) -> None:
    visitor = Visitor(empty_console).sign_in()
    for path in ("", "/budget", "/curve", "/ladder", "/plans"):
        assert "Begin with a sample" in visitor.get(f"/console/prices{path}").text
