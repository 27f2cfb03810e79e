"""What can be asked about corrections, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Any, Literal, TypedDict

from steelyard.client.transport import Transport, follow, without_none


class Correction(TypedDict):
    """A correction as it stands in the record, or would (`dry_run`)."""

    action: Literal["amend", "hold", "release", "void"]
    source: str
    id: str
    customer: str
    of: int
    by: str
    reason: str
    changed: bool
    dry_run: bool
    quantities: builtins.list[QuantityChange]


class CorrectionList(TypedDict):
    """A page of corrections, newest first."""

    items: builtins.list[Saying]
    next: str | None


class EventHistory(TypedDict):
    """Everything that was said about one event by itself, newest first, and whether it counts now.

    `reasons` say why it does not count: `held`, `voided`, `quarantined`, or what a backfill did to it."""

    source: str
    id: str
    customer: str
    counts: bool
    reasons: builtins.list[str]
    carrier: int
    items: builtins.list[Saying]


class QuantityChange(TypedDict):
    """What a meter measures for a customer in a month, before and after."""

    customer: str
    meter: str
    period: str
    before: str
    after: str
    difference: str


class Saying(TypedDict):
    """One entry that says something about an event: that it happened, whose it is, how it counts."""

    index: int
    action: Literal["amend", "attribute", "hold", "release", "sent", "void"]
    customer: str
    seq: int
    recorded_at: str
    source: str
    id: str
    leaf: str
    of: int | None
    by: str
    reason: str
    rule: str
    event: Any


class CorrectionsApi:
    """What can be asked about corrections."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self,
        *,
        action: Literal["amend", "hold", "release", "void"],
        id: str,
        reason: str,
        source: str | None = None,
        event: dict[str, Any] | None = None,
        again: str | None = None,
        dry_run: bool | None = None,
    ) -> Correction:
        """Amend, void, hold or release one event, with a reason; `dry_run` shows what would change."""
        return self._transport.json(
            "POST",
            "/api/v1/events/corrections",
            body={
                "action": action,
                "id": id,
                "reason": reason,
                **without_none({"source": source, "event": event, "again": again, "dry_run": dry_run}),
            },
        )

    def list(
        self, *, limit: int | None = None, cursor: str | None = None, customer: str | None = None
    ) -> CorrectionList:
        """Corrections of events, newest first."""
        return self._transport.json(
            "GET",
            "/api/v1/events/corrections",
            query={"limit": limit, "cursor": cursor, "customer": customer},
        )

    def each(self, *, limit: int | None = None, customer: str | None = None) -> Iterator[Saying]:
        """Corrections of events, newest first, page after page."""
        return follow(lambda cursor: self.list(limit=limit, customer=customer, cursor=cursor))

    def history(
        self, *, id: str | None = None, source: str | None = None, again: str | None = None
    ) -> EventHistory:
        """Everything that was said about one event: sent, attributed, amended, voided, held."""
        return self._transport.json(
            "GET", "/api/v1/events/history", query={"id": id, "source": source, "again": again}
        )
