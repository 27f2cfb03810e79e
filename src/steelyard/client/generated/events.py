"""What can be asked about events, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# A request's fields are arguments, however many they are.

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NotRequired, TypedDict

from steelyard.client.transport import Transport, follow, path_part


class Event(TypedDict):
    """A usage event of the record."""

    index: int
    customer: str
    seq: int
    source: str
    id: str
    type: str
    subject: str
    time: str
    recorded_at: str
    data: Any
    dimensions: dict[str, str]
    cost: str | None
    status: Literal["attributed", "unattributed", "unmatched"]


class EventDetail(TypedDict):
    """A usage event, its receipt, and the readings of the meters that name its type."""

    event: Event
    receipt: Receipt
    readings: builtins.list[EventReading]


class EventIn(TypedDict):
    """A usage event as CloudEvents 1.0 names its parts, with Steelyard's typed dimensions beside them."""

    id: str
    type: str
    source: NotRequired[str]
    subject: NotRequired[str]
    time: NotRequired[str | None]
    data: NotRequired[Any]
    specversion: NotRequired[str]
    datacontenttype: NotRequired[str]
    feature: NotRequired[str]
    integration: NotRequired[str]
    agent: NotRequired[str]
    team: NotRequired[str]
    role: NotRequired[str]
    environment: NotRequired[str]
    cost: NotRequired[Any]
    customer: NotRequired[str]


class EventList(TypedDict):
    """A page of usage events, newest first."""

    items: builtins.list[Event]
    next: str | None


class EventReading(TypedDict):
    """What one meter reads from the event; where it does not count, `why` says so and `value` is absent."""

    meter: str
    name: str
    unit: str
    aggregation: str
    path: str
    counts: bool
    value: str | None
    amount: str | None
    dimensions: dict[str, str]
    why: str


class EventsAccepted(TypedDict):
    """What was stored, with one receipt an event in the order sent."""

    accepted: int
    duplicates: int
    receipts: builtins.list[Receipt]


class Receipt(TypedDict):
    """Where an event stands in the record: its index, its place in the customer's chain, its public leaf."""

    index: int
    customer: str
    seq: int
    leaf: str


class EventsApi:
    """What can be asked about events."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def send(self, events: Sequence[EventIn]) -> EventsAccepted:
        """Store usage events: durable, deduplicated and receipted before the answer.

        Gives the receipts. Raises ProblemError `events_refused` when some were refused: the others are
        stored, and its `errors` name the refused ones by `index`.
        """
        headers = {"content-type": "application/cloudevents-batch+json", "prefer": "return=representation"}
        return self._transport.json("POST", "/api/v1/events", body=list(events), headers=headers)

    def send_bytes(self, content: bytes, content_type: str = "application/cloudevents-batch+json") -> None:
        """Store events that are encoded already, without asking for receipts.

        Raises ProblemError `events_refused` when some were refused: the others are stored.
        """
        headers = {"content-type": content_type}
        self._transport.raw("POST", "/api/v1/events", content=content, headers=headers)

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        customer: str | None = None,
        meter: str | None = None,
        type: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        status: Literal["attributed", "unattributed", "unmatched"] | None = None,
    ) -> EventList:
        """Stored usage events, newest first."""
        return self._transport.json(
            "GET",
            "/api/v1/events",
            query={
                "limit": limit,
                "cursor": cursor,
                "customer": customer,
                "meter": meter,
                "type": type,
                "from": from_,
                "to": to,
                "status": status,
            },
        )

    def each(
        self,
        *,
        limit: int | None = None,
        customer: str | None = None,
        meter: str | None = None,
        type: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        status: Literal["attributed", "unattributed", "unmatched"] | None = None,
    ) -> Iterator[Event]:
        """Stored usage events, newest first, page after page."""
        return follow(
            lambda cursor: self.list(
                limit=limit,
                customer=customer,
                meter=meter,
                type=type,
                from_=from_,
                to=to,
                status=status,
                cursor=cursor,
            )
        )

    def show(self, index: str | int) -> EventDetail:
        """One usage event with its receipt and what every meter reads from it."""
        return self._transport.json("GET", f"/api/v1/events/{path_part(index)}")
