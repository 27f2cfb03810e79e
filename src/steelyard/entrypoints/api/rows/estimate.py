"""Endpoints of the calculator."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import comparison, estimate, packaging
from steelyard.entrypoints.api.shapes import estimate as shapes

ROWS: Final = (
    Endpoint(
        method="POST", path="/api/v1/estimate", name="estimate.compute",
        summary="What a month would cost by each plan, with P10, P50 and P90, and the cheapest that fits.",
        handler=estimate.compute, scope=Scope.CATALOG_READ, body=shapes.EstimateIn,
        answer=shapes.EstimateOut, problems=(404, 409),
    ),
    Endpoint(
        method="POST", path="/api/v1/customers/{key}/estimate", name="estimate.by_history",
        summary="What each plan would have charged a customer for its last whole months.",
        handler=estimate.by_history, scope=Scope.INSIGHT_READ, body=shapes.HistoryIn,
        answer=shapes.EstimateOut, problems=(404, 409),
    ),
    Endpoint(
        method="POST", path="/api/v1/public/estimate", name="estimate.public",
        summary="The calculator for everybody: published prices alone.",
        handler=comparison.public_estimate, body=shapes.CalculatorIn, answer=shapes.EstimateOut,
        problems=(404, 409),
    ),
    Endpoint(
        method="GET", path="/api/v1/public/comparison", name="estimate.comparison",
        summary="The chart of the live plans for everybody, short and precise.",
        handler=comparison.compared, query=shapes.ComparisonQuery, answer=shapes.ComparisonOut,
        problems=(404, 409),
    ),
    Endpoint(
        method="GET", path="/api/v1/comparison", name="estimate.chart",
        summary="The chart of a catalog's plans, short and precise, with those by contract.",
        handler=comparison.charted, scope=Scope.CATALOG_READ, query=shapes.ChartQuery,
        answer=shapes.ComparisonOut, problems=(404, 409),
    ),
    Endpoint(
        method="POST", path="/api/v1/design-to-cost", name="estimate.design",
        summary="What a budget buys: plan, quantity, features and cap.",
        handler=packaging.designed, scope=Scope.CATALOG_READ, body=shapes.DesignIn,
        answer=shapes.DesignOut, problems=(404, 409),
    ),
    Endpoint(
        method="POST", path="/api/v1/price-curve", name="estimate.curve",
        summary="A plan's bill by quantity: total, marginal, average, and where customers stand.",
        handler=packaging.curve, scope=Scope.INSIGHT_READ, body=shapes.CurveIn, answer=shapes.CurveOut,
        problems=(404, 409),
    ),
    Endpoint(
        method="POST", path="/api/v1/packaging", name="estimate.packaging",
        summary="From where the next plan is the better one, and what is odd about the plans.",
        handler=packaging.packaged, scope=Scope.INSIGHT_READ, body=shapes.PackagingIn,
        answer=shapes.PackagingOut, problems=(404, 409),
    ),
)  # fmt: skip
