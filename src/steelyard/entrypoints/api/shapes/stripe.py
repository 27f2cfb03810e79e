"""Stripe's meter events as its clients send and read them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from steelyard.entrypoints.api.shapes.base import Time

_Payload = Annotated[
    Any, Meta(extra_json_schema={"type": "object", "additionalProperties": {"type": "string"}})
]
_Texts = Annotated[
    dict[str, str], Meta(description="Becomes the data; `stripe_customer_id` becomes the subject.")
]
_Name = Annotated[str, Meta(min_length=1, max_length=256, description="Becomes the type.")]
_Identifier = Annotated[
    str, Meta(max_length=256, description="Becomes the id; one is made of the Idempotency-Key without it.")
]


class StripeMeterEventIn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A meter event as the form of version 1; `payload` comes as `payload[name]=value`."""

    event_name: _Name
    payload: _Texts
    identifier: _Identifier = ""
    timestamp: Annotated[int | None, Meta(description="Seconds since 1970; now if absent.")] = None


class StripeMeterEventV2In(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A meter event as version 2 sends it."""

    event_name: _Name
    payload: _Texts
    identifier: _Identifier = ""
    timestamp: Annotated[str | None, Meta(description="RFC 3339; now if absent.")] = None


class StripeStreamIn(msgspec.Struct, frozen=True, kw_only=True):
    """Many meter events as version 2 streams them."""

    events: Annotated[list[StripeMeterEventV2In], Meta(min_length=1, max_length=10_000)]


class StripeMeterEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A stored meter event as version 1 shows it."""

    object: str
    created: int
    event_name: str
    identifier: str
    livemode: bool
    payload: _Payload
    timestamp: int


class StripeMeterEventV2(msgspec.Struct, frozen=True, kw_only=True):
    """A stored meter event as version 2 shows it."""

    object: str
    created: Time
    event_name: str
    identifier: str
    livemode: bool
    payload: _Payload
    timestamp: Time


class StripeNothing(msgspec.Struct, frozen=True, kw_only=True):
    """The empty answer to a stream of events, all of which are stored."""


class StripeFault(msgspec.Struct, frozen=True, kw_only=True):
    """What was wrong, in Stripe's words."""

    type: str
    code: str
    message: str
    param: str | None = None


class StripeError(msgspec.Struct, frozen=True, kw_only=True):
    """A refusal as Stripe's clients read it."""

    error: StripeFault
