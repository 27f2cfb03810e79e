"""Endpoints of subscriptions as they stand: one of them, and by what it is charged."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import rate_cards, subscriptions
from steelyard.entrypoints.api.shapes import customers as cu
from steelyard.entrypoints.api.shapes import rate_cards as r

ROWS: Final = (
    Endpoint(
        method="GET", path="/api/v1/subscriptions/{id}", name="subscriptions.show",
        summary="One subscription, with all its changes.",
        handler=subscriptions.show, scope=Scope.CUSTOMERS_READ, answer=cu.Subscription, customer_may=True,
        many_customers=True,
    ),
    Endpoint(
        method="GET", path="/api/v1/subscriptions/{id}/rate-card", name="subscriptions.rate_card",
        summary="By what a subscription is charged at a moment, and why each rate applies.",
        handler=rate_cards.show, scope=Scope.CUSTOMERS_READ, query=r.RateCardQuery, answer=r.RateCard,
        customer_may=True, many_customers=True,
    ),
)  # fmt: skip
