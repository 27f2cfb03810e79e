"""Event types: what they are for, what their data should look like, and what it does look like."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from steelyard.entrypoints.api.shapes.base import Shape, Time


class Drift(Shape, frozen=True, kw_only=True):
    """A field whose data differs: `appeared`, `vanished` or `changed_type` against the days before,
    `not_in_schema` or `wrong_type` against the schema."""

    kind: str
    field: str
    before: str
    now: str


class EventType(Shape, frozen=True, kw_only=True):
    """One event type: declared or only seen, and how its events come in.

    `class` is that of the catalog, or else `billable` where a meter reads it, and `technical` where none.
    """

    type: str
    declared: bool
    class_: Annotated[str, Meta(description="billable, outcome, cost or technical")] = msgspec.field(
        name="class"
    )
    description: str
    has_schema: bool
    on_mismatch: str | None
    events: int
    last_day: int
    newest: Time | None
    mismatches: int
    mismatches_last_day: int
    quarantined: int
    unattributed: int
    meters: list[str]
    priced: bool
    drift: list[Drift]


class EventTypeList(Shape, frozen=True, kw_only=True):
    """All event types, by name."""

    items: list[EventType]
    next: str | None


class SeenField(Shape, frozen=True, kw_only=True):
    """A field of the data, with how many of the events looked at had which JSON type there."""

    field: str
    types: dict[str, int]


class EventTypeFull(EventType, frozen=True, kw_only=True):
    """One event type with its schema, and what its data looks like today and looked like before."""

    schema: Any
    looked_at: int
    looked_at_before: int
    fields: list[SeenField]
    fields_before: list[SeenField]


class SchemaAsk(Shape, frozen=True, kw_only=True):
    """From how many of the newest stored events a schema is derived."""

    examples: Annotated[int, Meta(ge=1, le=5000)] = 1000


class DerivedSchema(Shape, frozen=True, kw_only=True):
    """A schema made from stored events; `yaml` can be pasted into the catalog."""

    type: str
    examples: int
    schema: Any
    yaml: str
