"""Lists of meters, events and subjects as OpenMeter's clients ask for them and read them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from steelyard.entrypoints.api.pages import Cursor
from steelyard.entrypoints.api.shapes.base import Instant, Shape, Time

_Limit = Annotated[int, Meta(ge=1, le=1000)]


class MetersQuery(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"page_size": "pageSize", "order_by": "orderBy", "include_deleted": "includeDeleted"},
):
    """Which page of meters, in which order; none of ours is deleted, and all are the catalog's."""

    page: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    page_size: _Limit = 100
    order: Literal["ASC", "DESC"] = "ASC"
    order_by: Literal["key", "name", "aggregation", "createdAt", "updatedAt"] = "key"
    include_deleted: bool = False


class EventsQuery(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={
        "from_": "from",
        "client_id": "clientId",
        "ingested_at_from": "ingestedAtFrom",
        "ingested_at_to": "ingestedAtTo",
        "customer_id": "customerId",
    },
):
    """Which events; `id` and `subject` may be parts. Without `from`, those of the last 72 hours."""

    from_: Instant | None = None
    to: Instant | None = None
    ingested_at_from: Instant | None = None
    ingested_at_to: Instant | None = None
    id: str = ""
    subject: str = ""
    customer_id: list[str] = []
    limit: _Limit = 100
    client_id: str = ""


class EventsPageQuery(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"client_id": "clientId"}
):
    """Which part of the list of events that meet a filter, a JSON object."""

    limit: _Limit = 100
    cursor: Cursor = ""
    filter: str = ""
    client_id: str = ""


class CloudEvent(Shape, frozen=True, kw_only=True):
    """An event as it came; `data` is empty where it is no object."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: Time
    data: Annotated[Any, Meta(extra_json_schema={"type": "object"})]


class IngestedEvent(
    Shape,
    frozen=True,
    kw_only=True,
    rename={
        "customer_id": "customerId",
        "validation_error": "validationError",
        "ingested_at": "ingestedAt",
        "stored_at": "storedAt",
    },
):
    """A stored event, whose customer's key, and why it does not count, if it does not."""

    event: CloudEvent
    customer_id: str | None
    validation_error: str | None
    ingested_at: Time
    stored_at: Time


class EventsPage(Shape, frozen=True, kw_only=True, rename={"next_cursor": "nextCursor"}):
    """A page of events, newest first."""

    items: list[IngestedEvent]
    next_cursor: str | None


class Subject(
    Shape,
    frozen=True,
    kw_only=True,
    rename={"display_name": "displayName", "created_at": "createdAt", "updated_at": "updatedAt"},
):
    """A subject of a customer; its times and name are the customer's."""

    id: str
    key: str
    display_name: str
    metadata: dict[str, str]
    created_at: Time
    updated_at: Time
