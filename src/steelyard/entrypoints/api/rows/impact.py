"""Endpoints about what a change or a price means on usage that did happen."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import impact
from steelyard.entrypoints.api.shapes import impact as i

ROWS: Final = (
    Endpoint(
        method="POST", path="/api/v1/impact", name="impact.compute",
        summary="Old and new bill of every customer by another catalog, version or price.",
        handler=impact.compute, scope=Scope.INSIGHT_READ, body=i.ImpactIn, answer=i.Impact,
        problems=(404, 409),
    ),
    Endpoint(
        method="GET", path="/api/v1/impact/progress", name="impact.progress",
        summary="How far the computation of an impact is that runs now.",
        handler=impact.progress, scope=Scope.INSIGHT_READ, answer=i.ImpactProgress, at_once=True,
    ),
)  # fmt: skip
