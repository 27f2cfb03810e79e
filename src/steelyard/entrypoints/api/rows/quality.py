"""Endpoints about the quality of usage data."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import anomalies, event_types, quality, usage_health
from steelyard.entrypoints.api.shapes import anomalies as an
from steelyard.entrypoints.api.shapes import event_types as t
from steelyard.entrypoints.api.shapes import quality as q
from steelyard.entrypoints.api.shapes import usage_health as uh

ROWS: Final = (
    Endpoint(
        method="GET", path="/api/v1/events/rejected", name="events.rejected",
        summary="Events that were refused, newest first: when, why, and what is known of them.",
        handler=quality.list_rejected, scope=Scope.USAGE_READ, query=q.RejectedQuery, answer=q.RejectedList,
    ),
    Endpoint(
        method="GET", path="/api/v1/event-types", name="event_types.list",
        summary="Event types: what for, how their events come in, where their data drifts.",
        handler=event_types.list_types, scope=Scope.USAGE_READ, answer=t.EventTypeList,
    ),
    Endpoint(
        method="GET", path="/api/v1/event-types/{type}", name="event_types.show",
        summary="One event type with its schema and the fields of its data.",
        handler=event_types.show, scope=Scope.USAGE_READ, answer=t.EventTypeFull,
    ),
    Endpoint(
        method="POST", path="/api/v1/event-types/{type}/schema", name="event_types.derive_schema",
        summary="Derive a schema from stored events, ready for the catalog; nothing is written.",
        handler=event_types.derive, scope=Scope.USAGE_READ, body=t.SchemaAsk, answer=t.DerivedSchema,
        problems=(404,),
    ),
    Endpoint(
        method="GET", path="/api/v1/meters/{slug}/health", name="meters.health",
        summary="A meter's health: rate, lag, refusals, mismatches, drift, silence, and what to look at.",
        handler=usage_health.of_meter, scope=Scope.USAGE_READ, answer=uh.MeterHealth,
    ),
    Endpoint(
        method="GET", path="/api/v1/health/usage", name="health.usage",
        summary="The health of all usage, in sum and meter by meter; what no price rests on.",
        handler=usage_health.of_usage, scope=Scope.USAGE_READ, answer=uh.UsageHealth,
    ),
    Endpoint(
        method="GET", path="/api/v1/anomalies", name="anomalies.list",
        summary="What was not expected, events and silences, newest first, and what holds now.",
        handler=anomalies.list_anomalies, scope=Scope.USAGE_READ, query=an.AnomaliesQuery,
        answer=an.AnomalyList,
    ),
)  # fmt: skip
