"""Lago's events as its clients send and read them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from steelyard.entrypoints.api.shapes.base import Time

_Properties = Annotated[Any, Meta(extra_json_schema={"type": "object"})]


class LagoEventIn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event as Lago's clients send it."""

    transaction_id: Annotated[str, Meta(min_length=1, max_length=256, description="Becomes the id.")]
    code: Annotated[str, Meta(min_length=1, max_length=256, description="Becomes the type.")]
    external_subscription_id: Annotated[
        str, Meta(max_length=256, description="Becomes the subject: a subject, a customer, a subscription.")
    ] = ""
    external_customer_id: Annotated[str, Meta(max_length=256, description="The subject without it.")] = ""
    timestamp: Annotated[str | int | float | None, Meta(description="Seconds since 1970; now if absent.")] = (
        None
    )
    precise_total_amount_cents: Annotated[str | None, Meta(description="Kept in data, under this name.")] = (
        None
    )
    properties: Annotated[dict[str, Any] | None, Meta(description="Becomes the data, byte for byte.")] = None


class LagoEventsIn(msgspec.Struct, frozen=True, kw_only=True):
    """Many events as Lago's clients send them."""

    events: Annotated[list[LagoEventIn], Meta(min_length=1, max_length=10_000)]


class LagoEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A stored event as Lago's clients read it; `lago_id` is the index of the entry in the record."""

    lago_id: str
    transaction_id: str
    lago_customer_id: str | None
    lago_subscription_id: str | None
    external_subscription_id: str
    code: str
    timestamp: Time
    precise_total_amount_cents: str | None
    properties: _Properties
    created_at: Time


class LagoEventAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One stored event."""

    event: LagoEvent


class LagoEventsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Stored events, in the order sent."""

    events: list[LagoEvent]


class LagoError(msgspec.Struct, frozen=True, kw_only=True):
    """A refusal as Lago's clients read it; `error_details` has fields with codes, in a batch by place."""

    status: int
    error: str
    code: str
    detail: str
    error_details: dict[str, Any] = {}
