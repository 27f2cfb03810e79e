"""Endpoints that Stripe's clients know, beside those to which they send events."""

from __future__ import annotations

from functools import partial
from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.dialects import REFUSALS
from steelyard.entrypoints.api.endpoint import Endpoint, carried_out
from steelyard.entrypoints.api.handlers import stripe_meters
from steelyard.entrypoints.api.rows import corrections
from steelyard.entrypoints.api.shapes import stripe_meters as s
from steelyard.entrypoints.api.shapes.stripe import StripeError

_REFUSES: Final = (400, 401, 403, 404, 408, 413, 415, 429, 503)
_SAY: Final = REFUSALS["stripe"]
_CORRECT: Final = next(
    partial(carried_out, row) for row in corrections.ROWS if row.name == "corrections.create"
)
"""What carries a correction out once those agreed who must."""

ROWS: Final = (
    Endpoint(
        method="GET", path="/v1/billing/meters", name="stripe.meters",
        summary="Meters, as Stripe's clients list them.",
        handler=stripe_meters.list_meters, scope=Scope.USAGE_READ, query=s.StripeMetersQuery,
        answer=s.StripeMeterList, customer_may=True, many_customers=True, refusal=StripeError,
        refuse=_SAY, problems=_REFUSES,
    ),
    Endpoint(
        method="GET", path="/v1/billing/meters/{id}", name="stripe.meter",
        summary="One meter, as Stripe's clients read it.",
        handler=stripe_meters.show_meter, scope=Scope.USAGE_READ, answer=s.StripeMeter, customer_may=True,
        many_customers=True, refusal=StripeError, refuse=_SAY, problems=_REFUSES,
    ),
    Endpoint(
        method="GET", path="/v1/billing/meters/{id}/event_summaries", name="stripe.summaries",
        summary="What a customer used of a meter, as Stripe's clients read it.",
        handler=stripe_meters.summaries, scope=Scope.USAGE_READ, query=s.StripeSummariesQuery,
        answer=s.StripeSummaryList, customer_may=True, many_customers=True, refusal=StripeError,
        refuse=_SAY, problems=_REFUSES,
    ),
    Endpoint(
        method="POST", path="/v2/billing/meter_event_session", name="stripe.meter_event_session",
        summary="A session with which Stripe's clients stream events for 15 minutes.",
        handler=stripe_meters.open_session, scope=Scope.EVENTS_WRITE, answer=s.StripeSession,
        customer_may=True, refusal=StripeError, refuse=_SAY, problems=_REFUSES,
    ),
    Endpoint(
        method="POST", path="/v1/billing/meter_event_adjustments", name="stripe.adjustment",
        summary="Cancel an event, as Stripe's clients do by version 1.",
        handler=stripe_meters.cancelling_by_form(_CORRECT), scope=Scope.USAGE_WRITE,
        body=s.StripeAdjustmentForm, body_media=("application/x-www-form-urlencoded",),
        answer=s.StripeAdjustment, refusal=StripeError, refuse=_SAY, problems=_REFUSES, reach_may=True,
        many_customers=True,
    ),
    Endpoint(
        method="POST", path="/v2/billing/meter_event_adjustments", name="stripe.adjustment_v2",
        summary="Cancel an event, as Stripe's clients do by version 2.",
        handler=stripe_meters.cancelling(_CORRECT), scope=Scope.USAGE_WRITE, body=s.StripeAdjustmentIn,
        answer=s.StripeAdjustment, refusal=StripeError, refuse=_SAY, problems=_REFUSES, reach_may=True,
        many_customers=True,
    ),
)  # fmt: skip
