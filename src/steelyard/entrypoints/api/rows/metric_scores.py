"""Endpoints that judge value metrics before one is chosen."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import metric_scores
from steelyard.entrypoints.api.shapes import metric_scores as m

ROWS: Final = (
    Endpoint(
        method="GET", path="/api/v1/metrics/scores", name="metrics.scores",
        summary="Value metrics side by side: measurable, auditable, observable, correlated with an outcome.",
        handler=metric_scores.published, scope=Scope.INSIGHT_READ, query=m.ScoresQuery,
        answer=m.MetricScores, problems=(404,),
    ),
    Endpoint(
        method="POST", path="/api/v1/metrics/scores", name="metrics.compare",
        summary="The same beside candidates that nobody published; nothing is written.",
        handler=metric_scores.with_candidates, scope=Scope.INSIGHT_READ, body=m.ScoresAsk,
        answer=m.MetricScores, problems=(404,),
    ),
    Endpoint(
        method="GET", path="/api/v1/metrics/templates", name="metrics.templates",
        summary="Templates of value metrics, ready to be taken into the catalog.",
        handler=metric_scores.templates, scope=Scope.CATALOG_READ, answer=m.MetricTemplates,
    ),
)  # fmt: skip
