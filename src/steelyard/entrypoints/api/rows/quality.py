"""Endpoints about the quality of usage data."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import quality
from steelyard.entrypoints.api.shapes import quality as q

ROWS: Final = (
    Endpoint(
        method="GET", path="/api/v1/events/rejected", name="events.rejected",
        summary="Events that were refused, newest first: when, why, and what is known of them.",
        handler=quality.list_rejected, scope=Scope.USAGE_READ, query=q.RejectedQuery, answer=q.RejectedList,
    ),
)  # fmt: skip
