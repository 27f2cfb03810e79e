"""What can be asked about attribution, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.
# ruff: noqa: PLR0913

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from typing import Any, NotRequired, TypedDict

from steelyard.client.transport import Transport, follow, path_part, without_none


class Attributed(TypedDict):
    """How many events went to a customer, and by which rule (blank: by subject, or by choice)."""

    customer: str
    rule: str
    events: int


class EventName(TypedDict):
    """An event by its own name; `data`, where given, takes the place of what was sent."""

    source: str
    id: str
    data: NotRequired[Any]


class NotAttributed(TypedDict):
    """An event that was to be attributed and was not, and why."""

    source: str
    id: str
    code: str
    message: str


class Queue(TypedDict):
    """A page of what waits, the largest groups first, and how many events wait in all."""

    items: builtins.list[Waiting]
    next: str | None
    unattributed: int
    quarantined: int


class Replayed(TypedDict):
    """What became of a batch of waiting events.

    `left` still wait. `next` goes on with the following batch; None: that was all. Of `refused` the first 100
    are told."""

    dry_run: bool
    looked_at: int
    attributed: int
    accepted: int
    left: int
    refused: int
    by_customer: builtins.list[Attributed]
    not_attributed: builtins.list[NotAttributed]
    next: str | None


class Rule(TypedDict):
    """A rule with who made it, when and why."""

    id: str
    position: int
    customer: str
    subject: str
    subject_prefix: str
    source: str
    event_type: str
    dimensions: dict[str, str]
    reason: str
    by: str
    created_at: str
    retired_at: str | None
    retired_by: str


class RuleList(TypedDict):
    """Rules in the order in which they are tried; those taken back only where asked for, after the others."""

    items: builtins.list[Rule]
    next: str | None


class Waiting(TypedDict):
    """Waiting events of one queue, type, source, subject and mismatch.

    `suggested` is the customer that the newest of them would go to now, and `rule` the rule that says so.
    `fits_now`: an event of the quarantine that its schema allows by now."""

    queue: str
    type: str
    source: str
    subject: str
    mismatch: str
    message: str
    events: int
    first_seen: str
    last_seen: str
    suggested: str | None
    rule: str
    fits_now: bool
    sample: Any


class AttributionApi:
    """What can be asked about attribution."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list_rules(self, *, retired: bool | None = None) -> RuleList:
        """Rules that say whose an event is, in the order in which they are tried."""
        return self._transport.json("GET", "/api/v1/attribution/rules", query={"retired": retired})

    def create_rule(
        self,
        *,
        customer: str,
        reason: str,
        subject: str | None = None,
        subject_prefix: str | None = None,
        source: str | None = None,
        event_type: str | None = None,
        dimensions: dict[str, str] | None = None,
        position: int | None = None,
        dry_run: bool | None = None,
    ) -> Rule:
        """Make a rule: events that meet it are a customer's, where no customer claims their subject."""
        return self._transport.json(
            "POST",
            "/api/v1/attribution/rules",
            body={
                "customer": customer,
                "reason": reason,
                **without_none(
                    {
                        "subject": subject,
                        "subject_prefix": subject_prefix,
                        "source": source,
                        "event_type": event_type,
                        "dimensions": dimensions,
                        "position": position,
                        "dry_run": dry_run,
                    }
                ),
            },
        )

    def retire_rule(self, id: str | int) -> None:
        """Take a rule back; what it attributed stays."""
        self._transport.raw("DELETE", f"/api/v1/attribution/rules/{path_part(id)}")

    def queue(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        quarantined: bool | None = None,
        type: str | None = None,
        source: str | None = None,
        subject: str | None = None,
    ) -> Queue:
        """What waits for its customer or in quarantine, in groups, and whose it would be."""
        return self._transport.json(
            "GET",
            "/api/v1/attribution/queue",
            query={
                "limit": limit,
                "cursor": cursor,
                "quarantined": quarantined,
                "type": type,
                "source": source,
                "subject": subject,
            },
        )

    def each_of_queue(
        self,
        *,
        limit: int | None = None,
        quarantined: bool | None = None,
        type: str | None = None,
        source: str | None = None,
        subject: str | None = None,
    ) -> Iterator[Waiting]:
        """What waits for its customer or in quarantine, in groups, and whose it would be, page after page."""
        return follow(
            lambda cursor: self.queue(
                limit=limit, quarantined=quarantined, type=type, source=source, subject=subject, cursor=cursor
            )
        )

    def replay(
        self,
        *,
        dry_run: bool | None = None,
        customer: str | None = None,
        accept: bool | None = None,
        reason: str | None = None,
        quarantined: bool | None = None,
        type: str | None = None,
        source: str | None = None,
        subject: str | None = None,
        events: Sequence[EventName] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Replayed:
        """Attribute what waits: all that rules and subjects match now, or what is named."""
        return self._transport.json(
            "POST",
            "/api/v1/attribution/replay",
            body={
                **without_none(
                    {
                        "dry_run": dry_run,
                        "customer": customer,
                        "accept": accept,
                        "reason": reason,
                        "quarantined": quarantined,
                        "type": type,
                        "source": source,
                        "subject": subject,
                        "events": events,
                        "limit": limit,
                        "cursor": cursor,
                    }
                )
            },
        )
