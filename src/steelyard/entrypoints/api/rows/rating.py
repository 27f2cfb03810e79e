"""The endpoint that calculates one price."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import rating
from steelyard.entrypoints.api.shapes import rating as shapes

ROWS: Final = (
    Endpoint(
        method="POST", path="/api/v1/rate", name="rating.rate",
        summary="What a usage costs by a live price or by one of your own, with every step in words.",
        handler=rating.rate, scope=Scope.CATALOG_READ, body=shapes.RateIn, answer=shapes.RateOut,
    ),
)  # fmt: skip
