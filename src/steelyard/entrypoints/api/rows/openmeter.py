"""Endpoints for meters that OpenMeter's clients know."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import meter_details
from steelyard.entrypoints.api.shapes import meters as m
from steelyard.entrypoints.api.shapes import openmeter as o

ROWS: Final = (
    Endpoint(
        method="GET", path="/api/v1/meters/{slug}", name="meters.show",
        summary="One meter, in OpenMeter's words.",
        handler=meter_details.show, scope=Scope.USAGE_READ, answer=o.OpenMeterMeter, customer_may=True,
        many_customers=True,
    ),
    Endpoint(
        method="POST", path="/api/v1/meters/{slug}/query", name="meters.query_by_post",
        summary="The same as the query by GET, asked in a body.",
        handler=meter_details.query_by_post, scope=Scope.USAGE_READ, body=o.MeterQueryIn,
        answer=m.MeterAnswer, customer_may=True, also=("text/csv",),
    ),
    Endpoint(
        method="GET", path="/api/v1/meters/{slug}/subjects", name="meters.subjects",
        summary="The subjects whose events a meter counted.",
        handler=meter_details.subjects, scope=Scope.USAGE_READ, query=o.SpanQuery, answer=list[str],
        customer_may=True,
    ),
    Endpoint(
        method="GET", path="/api/v1/meters/{slug}/group-by/{name}/values", name="meters.values",
        summary="The values of a dimension in the events that a meter counted.",
        handler=meter_details.values, scope=Scope.USAGE_READ, query=o.SpanQuery, answer=list[str],
        customer_may=True,
    ),
)  # fmt: skip
