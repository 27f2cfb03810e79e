"""A small catalog of two products for the tests of contracts."""

from __future__ import annotations

import pytest

from steelyard.catalog import Catalog, CatalogVersion, Source, validate
from steelyard.kernel import instant

OWNED = {"owner": "product@acme.example", "definition": "As agreed."}


def small_catalog() -> Catalog:
    price = {**OWNED, "model": "per_unit", "unit_amount": "0.01"}
    flat = {**OWNED, "model": "flat"}
    plan = {**OWNED, "product": "platform", "currency": "EUR"}
    values = {
        "event_types": [{"name": "request", "class": "billable"}],
        "metrics": [
            {"key": "requests", "name": "Requests", **OWNED, "unit": "requests",
             "meter": {"event_types": ["request"], "aggregation": "count"}},
        ],
        "products": [
            {"key": "platform", "name": "Platform", **OWNED},
            {"key": "support", "name": "Support", **OWNED},
        ],
        "rate_cards": [
            {"key": "standard", "name": "Standard", **OWNED, "currency": "EUR", "rates": [
                {"key": "requests", "name": "Requests", "metric": "requests", "included": 100, **price},
                {"key": "seats", "name": "Seats", "group": "core", **price},
                {"key": "base", "name": "Base fee", "amount": "50", **flat},
                {"key": "backup", "name": "Backup", "amount": "5", **flat},
            ]},
            {"key": "dollars", "name": "Dollars", **OWNED, "currency": "USD", "rates": [
                {"key": "usd-fee", "name": "Fee", "amount": "5", **flat},
            ]},
        ],
        "plans": [
            {"key": "team", "name": "Team", **plan, "items": [
                {"price": "base"}, {"price": "seats", "quantity": "seats"},
                {"price": "requests", "included": 1000},
            ]},
            {"key": "fixed", "name": "Fixed", **plan, "items": [
                {"price": "seats", "quantity": 3}, {"price": "requests", "group": "overage"},
            ]},
            {"key": "committed", "name": "Committed", **plan, "items": [{"price": "requests"}],
             "commitment": {"amount": 200, "covers": ["requests"]}},
            {"key": "agreed", "name": "Agreed", **plan, "by_contract": True, "items": [{"price": "requests"}],
             "commitment": {"covers": ["requests"]}},
            {"key": "helpdesk", "name": "Helpdesk", **plan, "product": "support",
             "items": [{"price": "backup"}]},
        ],
    }  # fmt: skip
    catalog = validate(Source(values=values))
    assert isinstance(catalog, Catalog), "\n".join(map(str, catalog))
    return catalog


@pytest.fixture(scope="session")
def version() -> CatalogVersion:
    return CatalogVersion(
        id="cat_1",
        number=1,
        published_at=instant("2026-01-01T00:00:00Z"),
        published_by="test",
        catalog=small_catalog(),
    )
