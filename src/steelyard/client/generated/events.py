"""What can be asked about events, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.
# ruff: noqa: PLR0913

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NotRequired, TypedDict

from steelyard.client.generated.impact import ProblemItem
from steelyard.client.generated.invoices import Event, Receipt
from steelyard.client.transport import Transport, follow, path_part


class EventDetail(TypedDict):
    """A usage event as it stands now, its receipt, and the readings of the meters that name its type.

    `sent_by` is the API key or person with which it came, by id; blank where the record does not say, or
    where the asker is a customer and the key is not theirs."""

    event: Event
    receipt: Receipt
    readings: builtins.list[EventReading]
    sent_by: str


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
    """A page of usage events, newest first.

    `visible_from` stands where the customer's plan shows no usage before that time, and none is listed."""

    items: builtins.list[Event]
    next: str | None
    visible_from: NotRequired[str]


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


class EventsChecked(TypedDict):
    """What would become of events; nothing is stored. Whether they are there already is not looked up.

    `unmatched` counts events of types that no meter reads, `unattributed` those of subjects that are nobody's
    yet: both would be stored all the same."""

    good: int
    errors: builtins.list[ProblemItem]
    unmatched: dict[str, int]
    unattributed: dict[str, int]


class HourCount(TypedDict):
    """How many events an hour has, and the fingerprint of which ones."""

    source: str
    who: str
    type: str
    hour: str
    count: int
    hash: str


class HourIds(TypedDict):
    """The ids of an hour's events, as they arrived."""

    source: str
    who: str
    type: str
    hour: str
    ids: builtins.list[str]


class HourIdsList(TypedDict):
    """The ids of each group that was asked for, in the order asked."""

    hours: builtins.list[HourIds]


class HourName(TypedDict):
    """Events of one source, customer or subject (as the event itself said it), type and hour."""

    source: str
    who: str
    type: str
    hour: str


class Reconciled(TypedDict):
    """How many groups agree, and the record's figures for those that do not (0 where it has none)."""

    agreeing: int
    differing: builtins.list[HourCount]


class RejectedEvent(TypedDict):
    """One event that was refused: when, why, and what is known; `item` is the beginning of what came."""

    id: int
    time: str
    code: str
    field: str
    message: str
    type: str
    source: str
    event_id: str
    subject: str
    key: str
    item: str


class RejectedList(TypedDict):
    """A page of refused events, newest first."""

    items: builtins.list[RejectedEvent]
    next: str | None


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
        status: Literal[
            "attributed",
            "deprecated",
            "held",
            "pending",
            "quarantined",
            "unattributed",
            "unmatched",
            "voided",
            "withdrawn",
        ]
        | None = None,
        as_of: str | None = None,
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
                "asOf": as_of,
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
        status: Literal[
            "attributed",
            "deprecated",
            "held",
            "pending",
            "quarantined",
            "unattributed",
            "unmatched",
            "voided",
            "withdrawn",
        ]
        | None = None,
        as_of: str | None = None,
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
                as_of=as_of,
                cursor=cursor,
            )
        )

    def check(self, events: Sequence[EventIn]) -> EventsChecked:
        """What would become of usage events; nothing is stored."""
        headers = {"content-type": "application/cloudevents-batch+json"}
        return self._transport.json("POST", "/api/v1/events/check", body=list(events), headers=headers)

    def show(self, index: str | int) -> EventDetail:
        """One usage event with its receipt and what every meter reads from it."""
        return self._transport.json("GET", f"/api/v1/events/{path_part(index)}")

    def rejected(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        code: str | None = None,
        type: str | None = None,
    ) -> RejectedList:
        """Events that were refused, newest first: when, why, and what is known of them."""
        return self._transport.json(
            "GET",
            "/api/v1/events/rejected",
            query={"limit": limit, "cursor": cursor, "code": code, "type": type},
        )

    def each_of_rejected(
        self, *, limit: int | None = None, code: str | None = None, type: str | None = None
    ) -> Iterator[RejectedEvent]:
        """Events that were refused, newest first: when, why, and what is known of them, page after page."""
        return follow(lambda cursor: self.rejected(limit=limit, code=code, type=type, cursor=cursor))

    def reconcile(
        self, *, sources: Sequence[str], from_: str, to: str, hours: Sequence[HourCount]
    ) -> Reconciled:
        """Compare a sender's own count with the record, hour by hour: the hours that differ."""
        return self._transport.json(
            "POST",
            "/api/v1/events/reconcile",
            body={"sources": sources, "from": from_, "to": to, "hours": hours},
        )

    def reconcile_ids(self, *, hours: Sequence[HourName]) -> HourIdsList:
        """The ids of the events of certain hours, to name those that only one side has."""
        return self._transport.json("POST", "/api/v1/events/reconcile/ids", body={"hours": hours})
