"""Endpoints of the calculator."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import estimate
from steelyard.entrypoints.api.shapes import estimate as shapes

ROWS: Final = (
    Endpoint(
        method="POST", path="/api/v1/estimate", name="estimate.compute",
        summary="What a month would cost by each plan, with P10, P50 and P90, and the cheapest that fits.",
        handler=estimate.compute, scope=Scope.CATALOG_READ, body=shapes.EstimateIn,
        answer=shapes.EstimateOut, problems=(404, 409),
    ),
)  # fmt: skip
