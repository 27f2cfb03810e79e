"""Endpoints that Lago's clients read from; one that says it is Lago's needs no `/lago` there."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.dialects import REFUSALS
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import lago_reads
from steelyard.entrypoints.api.shapes import lago_reads as lr
from steelyard.entrypoints.api.shapes.lago import LagoError, LagoEventAnswer

_REFUSES: Final = (400, 401, 403, 404, 408, 413, 422, 429, 503)
_SAY: Final = REFUSALS["lago"]

ROWS: Final = (
    Endpoint(
        method="GET", path="/lago/api/v1/events/{id}", name="lago.event",
        summary="The event of a transaction, as Lago's clients read it.",
        handler=lago_reads.show_event, scope=Scope.USAGE_READ, answer=LagoEventAnswer, customer_may=True,
        many_customers=True, refusal=LagoError, refuse=_SAY, problems=_REFUSES,
    ),
    Endpoint(
        method="GET", path="/lago/api/v1/billable_metrics", name="lago.metrics",
        summary="Meters, as Lago's clients list them.",
        handler=lago_reads.list_metrics, scope=Scope.USAGE_READ, query=lr.LagoPageQuery,
        answer=lr.LagoMetricsAnswer, customer_may=True, many_customers=True, refusal=LagoError,
        refuse=_SAY, problems=_REFUSES,
    ),
    Endpoint(
        method="GET", path="/lago/api/v1/billable_metrics/{code}", name="lago.metric",
        summary="One meter, as Lago's clients read it.",
        handler=lago_reads.show_metric, scope=Scope.USAGE_READ, answer=lr.LagoMetricAnswer,
        customer_may=True, many_customers=True, refusal=LagoError, refuse=_SAY, problems=_REFUSES,
    ),
    Endpoint(
        method="GET", path="/lago/api/v1/customers/{customer}/current_usage", name="lago.current_usage",
        summary="What a customer used this month by charge, as Lago's clients read it.",
        handler=lago_reads.current_usage, scope=Scope.BILLING_READ, query=lr.LagoUsageQuery,
        answer=lr.LagoUsageAnswer, customer_may=True, many_customers=True, refusal=LagoError,
        refuse=_SAY, problems=_REFUSES,
    ),
)  # fmt: skip
