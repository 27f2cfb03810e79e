"""Meters, summaries, sessions and cancelled events as Stripe's clients ask for them and read them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from steelyard.entrypoints.api.shapes.base import Time

_Limit = Annotated[int, Meta(ge=1, le=100)]
_Seconds = Annotated[int, Meta(ge=0, le=253_370_764_800, description="Seconds since 1970.")]


class StripeMetersQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which part of the list of meters; all of them are active."""

    limit: _Limit = 10
    starting_after: str = ""
    ending_before: str = ""
    status: Literal["active", "inactive"] | None = None


class StripeSummariesQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose usage, from when until when (the last moment excluded), in which windows."""

    customer: str
    start_time: _Seconds
    end_time: _Seconds
    value_grouping_window: Literal["hour", "day"] | None = None
    limit: _Limit = 10
    starting_after: str = ""
    ending_before: str = ""


class StripePayloadKey(msgspec.Struct, frozen=True, kw_only=True):
    """The member of a payload that holds something."""

    event_payload_key: str
    type: str | None = None


class StripeFormula(msgspec.Struct, frozen=True, kw_only=True):
    """How a meter folds: `sum`, `count`, `last`, or one of ours that Stripe does not have."""

    formula: str


class StripeTransitions(msgspec.Struct, frozen=True, kw_only=True):
    """When a meter was deactivated: never."""

    deactivated_at: int | None = None


class StripeMeter(msgspec.Struct, frozen=True, kw_only=True):
    """A meter of the published catalog; its times are the catalog's, its id its key."""

    id: str
    object: str
    created: int
    updated: int
    display_name: str
    event_name: str
    event_time_window: str | None
    customer_mapping: StripePayloadKey
    default_aggregation: StripeFormula
    value_settings: StripePayloadKey
    livemode: bool
    status: str
    status_transitions: StripeTransitions


class StripeMeterList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of meters, by key."""

    object: str
    data: list[StripeMeter]
    has_more: bool
    url: str


class StripeSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer used in a window, the last moment excluded."""

    id: str
    object: str
    aggregated_value: Annotated[Any, Meta(extra_json_schema={"type": "number"})]
    start_time: int
    end_time: int
    meter: str
    livemode: bool


class StripeSummaryList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of summaries, the newest first."""

    object: str
    data: list[StripeSummary]
    has_more: bool
    url: str


class StripeSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session with which events can be sent for 15 minutes."""

    id: str
    object: str
    authentication_token: str
    created: Time
    expires_at: Time
    livemode: bool


class StripeCancel(msgspec.Struct, frozen=True, kw_only=True):
    """Which event is cancelled."""

    identifier: Annotated[str, Meta(min_length=1, max_length=256)]


class StripeAdjustmentIn(msgspec.Struct, frozen=True, kw_only=True):
    """An event that no longer counts, as version 2 says it."""

    event_name: Annotated[str, Meta(min_length=1, max_length=256)]
    type: Literal["cancel"]
    cancel: StripeCancel


class StripeAdjustmentForm(msgspec.Struct, frozen=True, kw_only=True):
    """An event that no longer counts, as the form of version 1 says it."""

    event_name: Annotated[str, Meta(min_length=1, max_length=256)]
    type: Literal["cancel"]
    cancel: dict[str, str]


class StripeAdjustment(msgspec.Struct, frozen=True, kw_only=True):
    """A cancelled event."""

    object: str
    event_name: str
    type: str
    status: str
    livemode: bool
    cancel: StripeCancel
    id: str
    created: Time
