"""Requests of other products' clients are told apart from our own by what sent them and where they came."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.routing import Route

from steelyard.entrypoints.api.products import Products, Sent


async def _nothing(_: Any) -> Any:
    raise AssertionError("nobody asks")


PRODUCTS = Products(
    [
        Route("/openmeter/api/v1/meters", _nothing, methods=["GET"]),
        Route("/v1/billing/meters/{id}", _nothing, methods=["GET"]),
        Route("/api/v1/meters", _nothing, methods=["GET"]),
    ]
)


def sent(method: str, path: str, agent: str) -> Sent | None:
    headers = [(b"user-agent", agent.encode())]
    return PRODUCTS.sent({"type": "http", "method": method, "path": path, "headers": headers})


@pytest.mark.parametrize(
    ("method", "path", "agent", "to"),
    [
        ("GET", "/api/v1/meters", "python-openmeter/1.0 Python/3.11", "/openmeter/api/v1/meters"),
        ("GET", "/openmeter/api/v1/meters", "curl/8", "/openmeter/api/v1/meters"),
        ("GET", "/openmeter/api/v1/meters/tokens", "curl/8", "/api/v1/meters/tokens"),
        ("POST", "/lago/api/v1/events/batch", "curl/8", "/api/v1/events/batch"),
        ("GET", "/v1/billing/meters/tokens", "Stripe/v1 PythonBindings/16", "/v1/billing/meters/tokens"),
    ],
)
def test_what_a_client_asks_in_its_language_goes_to_who_speaks_it(
    method: str, path: str, agent: str, to: str
) -> None:
    found = sent(method, path, agent)
    assert found is not None
    assert (found.path, found.is_served) == (to, True)


@pytest.mark.parametrize(
    ("method", "path", "agent"),
    [
        ("GET", "/api/v1/customers", "python-openmeter/1.0"),
        ("POST", "/api/v1/meters", "python-openmeter/1.0"),
        ("GET", "/lago/api/v1/invoices", "curl/8"),
        ("GET", "/v1/subscriptions", "Stripe/v1 PythonBindings/16"),
        ("POST", "/v1/billing/meters/tokens", "Stripe/v1 PythonBindings/16"),
    ],
)
def test_what_nobody_speaks_is_not_served(method: str, path: str, agent: str) -> None:
    found = sent(method, path, agent)
    assert found is not None
    assert not found.is_served


@pytest.mark.parametrize(
    ("path", "agent"),
    [
        ("/api/v1/meters", "curl/8"),
        ("/api/v1/payments/told", "Stripe/1.0 (+https://stripe.com/docs/webhooks)"),
        ("/console", "python-openmeter/1.0"),
        ("/", "Lago Python v1"),
    ],
)
def test_everything_else_is_ours(path: str, agent: str) -> None:
    assert sent("GET", path, agent) is None
