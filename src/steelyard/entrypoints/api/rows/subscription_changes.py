"""Endpoints that change subscriptions from a moment on."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import subscription_changes as handlers
from steelyard.entrypoints.api.shapes import subscription_changes as s

ROWS: Final = (
    Endpoint(
        method="POST", path="/api/v1/subscriptions/{id}/changes", name="subscription_changes.create",
        summary="Change a subscription from a moment on; `dry_run` shows the prorated money.",
        handler=handlers.create, scope=Scope.CONTRACTS_WRITE, body=s.SubscriptionChangeIn,
        answer=s.SubscriptionChanged, status=201, problems=(404,),
        reach_may=True, many_customers=True,
    ),
    Endpoint(
        method="GET", path="/api/v1/subscriptions/{id}/changes", name="subscription_changes.list",
        summary="What changed, and will change, about a subscription.",
        handler=handlers.list_changes, scope=Scope.CONTRACTS_READ, answer=s.SubscriptionChangeList,
        customer_may=True, problems=(404,),
        many_customers=True,
    ),
    Endpoint(
        method="POST", path="/api/v1/subscriptions/{id}/changes/{change}/withdraw",
        name="subscription_changes.withdraw",
        summary="Take a change back that has not taken effect.",
        handler=handlers.withdraw, scope=Scope.CONTRACTS_WRITE, answer=s.SubscriptionChangeList,
        problems=(404,),
        reach_may=True, many_customers=True,
    ),
)  # fmt: skip
