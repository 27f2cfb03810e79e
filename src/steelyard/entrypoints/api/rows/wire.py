"""Ways of events in beside our own: other products' languages, and the check that stores nothing."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.shapes import lago, stripe
from steelyard.entrypoints.api.shapes.events import EventIn, EventsChecked

_REFUSES: Final = (400, 401, 403, 404, 408, 413, 415, 422, 429, 503)

ROWS: Final = (
    Endpoint(
        method="POST", path="/api/v1/events/check", name="events.check",
        summary="What would become of usage events; nothing is stored.",
        handler=None, scope=Scope.EVENTS_WRITE, body=EventIn, answer=EventsChecked, customer_may=True,
    ),
    Endpoint(
        method="POST", path="/api/v1/events/batch", name="lago.batch",
        summary="Store usage events as Lago's clients send them in batches.",
        handler=None, scope=Scope.EVENTS_WRITE, body=lago.LagoEventsIn, answer=lago.LagoEventsAnswer,
        refusal=lago.LagoError, problems=(*_REFUSES, 409), customer_may=True,
    ),
    Endpoint(
        method="POST", path="/v1/billing/meter_events", name="stripe.meter_event",
        summary="Store a meter event as Stripe's clients send it by version 1.",
        handler=None, scope=Scope.EVENTS_WRITE, body=stripe.StripeMeterEventIn,
        body_media=("application/x-www-form-urlencoded",), answer=stripe.StripeMeterEvent,
        refusal=stripe.StripeError, problems=_REFUSES, customer_may=True,
    ),
    Endpoint(
        method="POST", path="/v2/billing/meter_events", name="stripe.meter_event_v2",
        summary="Store a meter event as Stripe's clients send it by version 2.",
        handler=None, scope=Scope.EVENTS_WRITE, body=stripe.StripeMeterEventV2In,
        answer=stripe.StripeMeterEventV2, refusal=stripe.StripeError, problems=_REFUSES,
        customer_may=True,
    ),
    Endpoint(
        method="POST", path="/v2/billing/meter_event_stream", name="stripe.meter_event_stream",
        summary="Store meter events as Stripe's clients stream them by version 2.",
        handler=None, scope=Scope.EVENTS_WRITE, body=stripe.StripeStreamIn, answer=stripe.StripeNothing,
        refusal=stripe.StripeError, problems=_REFUSES, customer_may=True,
    ),
)  # fmt: skip
