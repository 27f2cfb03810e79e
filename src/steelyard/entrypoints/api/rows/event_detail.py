"""The endpoint that shows one usage event."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import event_detail
from steelyard.entrypoints.api.shapes import event_detail as d

ROWS: Final = (
    Endpoint(
        method="GET", path="/api/v1/events/{index}", name="events.show",
        summary="One usage event with its receipt and what every meter reads from it.",
        handler=event_detail.show, scope=Scope.USAGE_READ, answer=d.EventDetail, customer_may=True,
        many_customers=True,
        sensitive=True,
    ),
)  # fmt: skip
