"""Stripe's answers to its meter events, in the forms of versions 1 and 2."""

from __future__ import annotations

from typing import Final

from steelyard.entrypoints.api.dialects.dialect import Dialect, Sent
from steelyard.entrypoints.api.problems import ProblemAnswer
from steelyard.entrypoints.api.shapes.stripe import (
    StripeError,
    StripeFault,
    StripeMeterEvent,
    StripeMeterEventV2,
    StripeNothing,
)
from steelyard.kernel import from_micros, iso
from steelyard.metering import decode_form, decode_json, decode_stream

_THEIR_FIELDS: Final = {"id": "identifier", "type": "event_name", "time": "timestamp", "data": "payload"}
_THEIR_CODES: Final = {
    "conflict": "duplicate_meter_event",
    "unauthenticated": "api_key_invalid",
    "rate_limited": "rate_limit",
    "too_busy": "rate_limit",
}
_MICRO: Final = 1_000_000


def _event(sent: Sent) -> StripeMeterEvent:
    event = sent.events[0]
    return StripeMeterEvent(
        object="billing.meter_event",
        created=int(sent.at.timestamp()),
        event_name=event.type,
        identifier=event.id,
        livemode=True,
        payload=event.data,
        timestamp=event.time // _MICRO,
    )


def _event_v2(sent: Sent) -> StripeMeterEventV2:
    event = sent.events[0]
    return StripeMeterEventV2(
        object="v2.billing.meter_event",
        created=iso(sent.at),
        event_name=event.type,
        identifier=event.id,
        livemode=True,
        payload=event.data,
        timestamp=iso(from_micros(event.time)),
    )


def _nothing(_sent: Sent) -> StripeNothing:
    return StripeNothing()


def _fault(answer: ProblemAnswer) -> tuple[int, StripeError]:
    """A refused event is 400 in Stripe's words; what concerns the key or the server keeps its status."""
    first = answer.errors[0] if answer.errors else None
    code = answer.code if first is None else first.code
    field = "" if first is None else first.field.removeprefix("data.")
    fault = StripeFault(
        type=_type_of(answer),
        code=_THEIR_CODES.get(code, code),
        message=answer.detail if first is None else first.message,
        param=_THEIR_FIELDS.get(field, field) or None,
    )
    return 400 if answer.status in (409, 422) else answer.status, StripeError(error=fault)


def _type_of(answer: ProblemAnswer) -> str:
    if answer.code == "idempotency_conflict":
        return "idempotency_error"
    if answer.status == 429:
        return "rate_limit"
    return "api_error" if answer.status >= 500 else "invalid_request_error"


STRIPE_V1: Final = Dialect(name="stripe_v1", decode=decode_form, answer=_event, refusal=_fault)
STRIPE_V2: Final = Dialect(name="stripe_v2", decode=decode_json, answer=_event_v2, refusal=_fault)
STRIPE_V2_STREAM: Final = Dialect(
    name="stripe_v2_stream", decode=decode_stream, answer=_nothing, refusal=_fault
)
