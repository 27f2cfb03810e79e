"""Meters as OpenMeter's clients ask for them and read them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from steelyard.entrypoints.api.shapes.base import Instant, Shape, Time


class OpenMeterMeter(
    Shape,
    frozen=True,
    kw_only=True,
    rename={
        "event_type": "eventType",
        "event_types": "eventTypes",
        "value_property": "valueProperty",
        "group_by": "groupBy",
        "created_at": "createdAt",
        "updated_at": "updatedAt",
    },
):
    """A meter in OpenMeter's words; `eventType` is the first of its types. Both times are the catalog's."""

    id: str
    slug: str
    name: str
    description: str
    aggregation: str
    event_type: str
    event_types: list[str]
    value_property: str | None
    group_by: dict[str, str]
    unit: str
    owner: str
    created_at: Time
    updated_at: Time


class SpanQuery(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}
):
    """A span of time, open where it is not given."""

    from_: Instant | None = None
    to: Instant | None = None


class MeterQueryIn(
    Shape,
    frozen=True,
    kw_only=True,
    rename={
        "from_": "from",
        "window_size": "windowSize",
        "window_time_zone": "windowTimeZone",
        "group_by": "groupBy",
        "filter_group_by": "filterGroupBy",
        "filter_customer_id": "filterCustomerId",
        "advanced_filters": "advancedMeterGroupByFilters",
        "client_id": "clientId",
    },
):
    """What to sum up, by what, over which time; `clientId` is taken and has no effect."""

    from_: Instant | None = None
    to: Instant | None = None
    window_size: Literal["MINUTE", "HOUR", "DAY", "MONTH"] | None = None
    window_time_zone: str | None = None
    subject: list[str] | None = None
    filter_customer_id: list[str] | None = None
    filter_group_by: dict[str, list[str]] | None = None
    advanced_filters: Annotated[
        dict[str, dict[str, Any]] | None,
        Meta(description="By dimension: `$eq`, `$ne`, `$in`, `$nin`, `$like`, `$gt`, `$and`, `$or` …"),
    ] = None
    group_by: list[str] | None = None
    client_id: str | None = None
