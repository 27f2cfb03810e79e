"""Usage events as they come in and as they are shown."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from steelyard.entrypoints.api.pages import PageQuery
from steelyard.entrypoints.api.problems import ProblemItem
from steelyard.entrypoints.api.shapes.base import Amount, Instant, Shape, Time

Status = Annotated[
    Literal[
        "attributed",
        "unattributed",
        "unmatched",
        "held",
        "voided",
        "quarantined",
        "pending",
        "withdrawn",
        "deprecated",
    ],
    Meta(description="What became of the event; the first three count."),
]


class EventIn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A usage event as CloudEvents 1.0 names its parts, with Steelyard's typed dimensions beside them."""

    id: Annotated[str, Meta(min_length=1, max_length=256, description="Unique within its source, for ever.")]
    type: Annotated[str, Meta(min_length=1, max_length=256, description="What happened; meters name it.")]
    source: Annotated[str, Meta(max_length=256, description="Who says so.")] = "default"
    subject: Annotated[
        str, Meta(max_length=256, description="Who or what used: it leads to the customer.")
    ] = ""
    time: Annotated[str | None, Meta(description="When it happened, RFC 3339; now if absent.")] = None
    data: Annotated[Any, Meta(description="What meters read with their JSON paths.")] = None
    specversion: str = "1.0"
    datacontenttype: str = "application/json"
    feature: str = ""
    integration: str = ""
    agent: str = ""
    team: str = ""
    role: str = ""
    environment: str = ""
    cost: Annotated[Any, Meta(description="What this event cost the seller, an exact decimal.")] = None
    customer: Annotated[
        str, Meta(description="The customer's key where the subject does not lead to it.")
    ] = ""


class Receipt(Shape, frozen=True, kw_only=True):
    """Where an event stands in the record: its index, its place in the customer's chain, its public leaf."""

    index: int
    customer: str
    seq: int
    leaf: str


class EventsAccepted(Shape, frozen=True, kw_only=True):
    """What was stored, with one receipt an event in the order sent."""

    accepted: int
    duplicates: int
    receipts: list[Receipt]


class EventsChecked(Shape, frozen=True, kw_only=True):
    """What would become of events; nothing is stored. Whether they are there already is not looked up.

    `unmatched` counts events of types that no meter reads, `unattributed` those of subjects that are nobody's
    yet: both would be stored all the same.
    """

    good: int
    errors: list[ProblemItem]
    unmatched: dict[str, int]
    unattributed: dict[str, int]


class EventsQuery(
    PageQuery,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"from_": "from", "as_of": "asOf"},
):
    """Which events to list."""

    customer: str | None = None
    meter: str | None = None
    type: str | None = None
    from_: Instant | None = None
    to: Instant | None = None
    status: Status | None = None
    as_of: Instant | None = None


class Event(Shape, frozen=True, kw_only=True):
    """A usage event of the record."""

    index: int
    customer: str
    seq: int
    source: str
    id: str
    type: str
    subject: str
    time: Time
    recorded_at: Time
    data: Any
    dimensions: dict[str, str]
    cost: Amount | None
    status: Status
    mismatch: str = ""


class EventList(Shape, frozen=True, kw_only=True):
    """A page of usage events, newest first.

    `visible_from` stands where the customer's plan shows no usage before that time, and none is listed.
    """

    items: list[Event]
    next: str | None
    visible_from: Time | msgspec.UnsetType = msgspec.UNSET
