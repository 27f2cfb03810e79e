"""What can be asked about event_types, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

import builtins
from typing import Any, TypedDict

from steelyard.client.transport import Transport, path_part, without_none


class DerivedSchema(TypedDict):
    """A schema made from stored events; `yaml` can be pasted into the catalog."""

    type: str
    examples: int
    schema: Any
    yaml: str


class Drift(TypedDict):
    """A field whose data differs: `appeared`, `vanished` or `changed_type` against the days before,
    `not_in_schema` or `wrong_type` against the schema."""

    kind: str
    field: str
    before: str
    now: str


EventType = TypedDict(
    "EventType",
    {
        "type": "str",
        "declared": "bool",
        "class": "str",
        "description": "str",
        "has_schema": "bool",
        "on_mismatch": "str | None",
        "events": "int",
        "last_day": "int",
        "newest": "str | None",
        "mismatches": "int",
        "mismatches_last_day": "int",
        "quarantined": "int",
        "unattributed": "int",
        "meters": "builtins.list[str]",
        "priced": "bool",
        "drift": "builtins.list[Drift]",
    },
)
"""One event type: declared or only seen, and how its events come in.

    `class` is that of the catalog, or else `billable` where a meter reads it, and `technical` where none."""

EventTypeFull = TypedDict(
    "EventTypeFull",
    {
        "type": "str",
        "declared": "bool",
        "class": "str",
        "description": "str",
        "has_schema": "bool",
        "on_mismatch": "str | None",
        "events": "int",
        "last_day": "int",
        "newest": "str | None",
        "mismatches": "int",
        "mismatches_last_day": "int",
        "quarantined": "int",
        "unattributed": "int",
        "meters": "builtins.list[str]",
        "priced": "bool",
        "drift": "builtins.list[Drift]",
        "schema": "Any",
        "looked_at": "int",
        "looked_at_before": "int",
        "fields": "builtins.list[SeenField]",
        "fields_before": "builtins.list[SeenField]",
    },
)
"""One event type with its schema, and what its data looks like today and looked like before."""


class EventTypeList(TypedDict):
    """All event types, by name."""

    items: builtins.list[EventType]
    next: str | None


class SeenField(TypedDict):
    """A field of the data, with how many of the events looked at had which JSON type there."""

    field: str
    types: dict[str, int]


class EventTypesApi:
    """What can be asked about event_types."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self) -> EventTypeList:
        """Event types: what for, how their events come in, where their data drifts."""
        return self._transport.json("GET", "/api/v1/event-types")

    def show(self, type: str | int) -> EventTypeFull:
        """One event type with its schema and the fields of its data."""
        return self._transport.json("GET", f"/api/v1/event-types/{path_part(type)}")

    def derive_schema(self, type: str | int, *, examples: int | None = None) -> DerivedSchema:
        """Derive a schema from stored events, ready for the catalog; nothing is written."""
        return self._transport.json(
            "POST",
            f"/api/v1/event-types/{path_part(type)}/schema",
            body={**without_none({"examples": examples})},
        )
