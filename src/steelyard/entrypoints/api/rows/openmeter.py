"""Endpoints for meters that OpenMeter's clients know."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import meter_details, openmeter_lists
from steelyard.entrypoints.api.problems import ProblemAnswer
from steelyard.entrypoints.api.shapes import meters as m
from steelyard.entrypoints.api.shapes import openmeter as o
from steelyard.entrypoints.api.shapes import openmeter_lists as ol

_REFUSES: Final = (400, 401, 403, 404, 408, 413, 422, 429, 503)

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
    Endpoint(
        method="GET", path="/openmeter/api/v1/meters", name="openmeter.meters",
        summary="Meters, as OpenMeter's clients list them.",
        handler=openmeter_lists.list_meters, scope=Scope.USAGE_READ, query=ol.MetersQuery,
        answer=list[o.OpenMeterMeter], customer_may=True, many_customers=True, refusal=ProblemAnswer,
        problems=_REFUSES,
    ),
    Endpoint(
        method="GET", path="/openmeter/api/v1/events", name="openmeter.events",
        summary="Stored events, as OpenMeter's clients list them.",
        handler=openmeter_lists.list_events, scope=Scope.USAGE_READ, query=ol.EventsQuery,
        answer=list[ol.IngestedEvent], customer_may=True, refusal=ProblemAnswer, problems=_REFUSES,
    ),
    Endpoint(
        method="GET", path="/openmeter/api/v2/events", name="openmeter.events_v2",
        summary="Stored events that meet a filter, page by page, as OpenMeter's clients list them.",
        handler=openmeter_lists.list_events_by_filter, scope=Scope.USAGE_READ, query=ol.EventsPageQuery,
        answer=ol.EventsPage, customer_may=True, refusal=ProblemAnswer, problems=_REFUSES,
    ),
    Endpoint(
        method="GET", path="/openmeter/api/v1/subjects", name="openmeter.subjects",
        summary="Subjects of customers, as OpenMeter's clients list them.",
        handler=openmeter_lists.list_subjects, scope=Scope.CUSTOMERS_READ, answer=list[ol.Subject],
        customer_may=True, many_customers=True, refusal=ProblemAnswer, problems=_REFUSES,
    ),
    Endpoint(
        method="GET", path="/openmeter/api/v1/subjects/{subject}", name="openmeter.subject",
        summary="One subject, as OpenMeter's clients read it.",
        handler=openmeter_lists.show_subject, scope=Scope.CUSTOMERS_READ, answer=ol.Subject,
        customer_may=True, many_customers=True, refusal=ProblemAnswer, problems=_REFUSES,
    ),
)  # fmt: skip
