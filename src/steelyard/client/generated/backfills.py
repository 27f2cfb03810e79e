"""What can be asked about backfills, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NotRequired, TypedDict

from steelyard.client.generated.corrections import QuantityChange
from steelyard.client.generated.impact import ProblemItem
from steelyard.client.transport import Transport, follow, path_part, without_none


class Backfill(TypedDict):
    """A backfill: `events` were brought by it; those in `ranges` before entry `upto` are set aside."""

    id: str
    status: Literal["abandoned", "committed", "open", "reverted"]
    reason: str
    opened_by: str
    opened_at: str
    ranges: builtins.list[EventRange]
    events: int
    customers: int
    upto: int | None
    steps: builtins.list[BackfillStep]


class BackfillEvents(TypedDict):
    """What became of the events: added, there already, or refused (`errors` names each by its place)."""

    added: int
    duplicates: int
    refused: int
    errors: builtins.list[ProblemItem]


class BackfillList(TypedDict):
    """A page of backfills, by id, which is the order in which they were opened."""

    items: builtins.list[Backfill]
    next: str | None


class BackfillPreview(TypedDict):
    """What the next step (the commit of an open backfill, the revert of a committed one) would change."""

    id: str
    action: Literal["commit", "revert"]
    upto: int
    version: int
    customers: builtins.list[ChainChange]
    quantities: builtins.list[QuantityChange]
    money: builtins.list[MoneyChange]


class BackfillStep(TypedDict):
    """Something that was done to a backfill."""

    action: Literal["abandon", "add", "commit", "deprecate", "open", "revert"]
    at: str
    by: str
    reason: str
    count: int


class ChainChange(TypedDict):
    """How many events a backfill brings to a customer, and how many it sets aside there."""

    customer: str
    brought: int
    set_aside: int


EventRange = TypedDict(
    "EventRange",
    {
        "customer": NotRequired["str | None"],
        "event_types": NotRequired["builtins.list[str]"],
        "source": NotRequired["str"],
        "from": "str",
        "to": "str",
    },
)
"""Events that the commit sets aside: of a customer, of some types, of a source, or of any."""


class MoneyChange(TypedDict):
    """What a customer's month comes to before and after; `billed`: the next document adjusts it."""

    customer: str
    period: str
    currency: str
    before: str
    after: str
    difference: str
    billed: bool
    problems: builtins.list[ProblemItem]


class BackfillsApi:
    """What can be asked about backfills."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def open(self, *, reason: str) -> Backfill:
        """Open a backfill: events that are to be brought in or set aside at one moment."""
        return self._transport.json("POST", "/api/v1/backfills", body={"reason": reason})

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        status: Literal["abandoned", "committed", "open", "reverted"] | None = None,
    ) -> BackfillList:
        """Backfills, oldest first."""
        return self._transport.json(
            "GET", "/api/v1/backfills", query={"limit": limit, "cursor": cursor, "status": status}
        )

    def each(
        self,
        *,
        limit: int | None = None,
        status: Literal["abandoned", "committed", "open", "reverted"] | None = None,
    ) -> Iterator[Backfill]:
        """Backfills, oldest first, page after page."""
        return follow(lambda cursor: self.list(limit=limit, status=status, cursor=cursor))

    def show(self, id: str | int) -> Backfill:
        """One backfill, and all that was done to it."""
        return self._transport.json("GET", f"/api/v1/backfills/{path_part(id)}")

    def add(self, id: str | int, *, events: Sequence[Any]) -> BackfillEvents:
        """Add events to an open backfill; they count with its commit."""
        return self._transport.json(
            "POST", f"/api/v1/backfills/{path_part(id)}/events", body={"events": events}
        )

    def deprecate(self, id: str | int, *, ranges: Sequence[EventRange]) -> Backfill:
        """Name stored events that an open backfill sets aside with its commit."""
        return self._transport.json(
            "POST", f"/api/v1/backfills/{path_part(id)}/ranges", body={"ranges": ranges}
        )

    def preview(self, id: str | int) -> BackfillPreview:
        """What its commit, or its revert, would change: events, quantities and money."""
        return self._transport.json("GET", f"/api/v1/backfills/{path_part(id)}/preview")

    def commit(
        self, id: str | int, *, reason: str, upto: int | None = None, version: int | None = None
    ) -> Backfill:
        """Let it take effect, whole, at once."""
        return self._transport.json(
            "POST",
            f"/api/v1/backfills/{path_part(id)}/commit",
            body={"reason": reason, **without_none({"upto": upto, "version": version})},
        )

    def revert(self, id: str | int, *, reason: str) -> Backfill:
        """Undo a committed backfill, whole, at once."""
        return self._transport.json(
            "POST", f"/api/v1/backfills/{path_part(id)}/revert", body={"reason": reason}
        )

    def abandon(self, id: str | int, *, reason: str) -> Backfill:
        """Give an open backfill up; what was added to it will never count."""
        return self._transport.json(
            "POST", f"/api/v1/backfills/{path_part(id)}/abandon", body={"reason": reason}
        )
