"""The calculator for everybody: it needs no sign-in, shows published prices and nothing of customers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.console.living import CUSTOMERS, Living
from tests.console.served import Visitor


@pytest.fixture(autouse=True)
def public(living: Living) -> Iterator[None]:
    """Prices are shown to everybody while a test runs."""
    living.workspace.public_prices = True
    yield
    living.workspace.public_prices = False


def test_prices_are_shown_to_nobody_unless_the_server_opens_them(living: Living) -> None:
    living.workspace.public_prices = False
    page = Visitor(living.served).get("/console/calculator")
    assert (page.status, "49.00" in page.text) == (404, False)
    assert "not public" in page.text


def test_nobody_signs_in_for_the_chart(living: Living) -> None:
    page = Visitor(living.served).get("/console/calculator")
    assert page.status == 200
    assert "The plans side by side" in page.text
    assert "49.00 USD" in page.text
    assert not any(key.capitalize() in page.text for key in CUSTOMERS)


def test_the_bill_of_each_plan_is_shown_with_its_steps(living: Living) -> None:
    chart = living.ask("GET", "/api/v1/public/comparison")
    metric = next(one["key"] for one in chart["inputs"] if one["kind"] == "usage")
    page = Visitor(living.served).get(f"/console/calculator?usage.{metric}=5000&usage.{metric}.most=90000")
    found = living.ask(
        "POST",
        "/api/v1/public/estimate",
        {"usage": {metric: {"low": "0", "likely": "5000", "high": "90000"}}},
    )
    assert "cheapest that fits" in page.text
    assert found["plans"][0]["formula"] in page.text
    assert "precise" in Visitor(living.served).get("/console/calculator?form=precise").text


def test_what_is_no_number_is_said_on_the_page(living: Living) -> None:
    chart = living.ask("GET", "/api/v1/public/comparison")
    metric = next(one["key"] for one in chart["inputs"] if one["kind"] == "usage")
    for query in (f"usage.{metric}=many", f"usage.{metric}=5&usage.{metric}.most=2"):
        page = Visitor(living.served).get(f"/console/calculator?{query}")
        assert (page.status, 'role="alert"' in page.text) == (200, True)
