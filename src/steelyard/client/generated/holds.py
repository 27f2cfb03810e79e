"""What can be asked about holds, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import TypedDict

from steelyard.client.transport import Transport, follow, path_part


class Hold(TypedDict):
    """A legal hold: nothing of the customer is erased while `lifted_at` is null."""

    id: str
    customer: str
    reason: str
    by: str
    at: str
    lifted_at: str | None
    lifted_by: str
    lifted_reason: str


class HoldList(TypedDict):
    """A page of legal holds, by id."""

    items: builtins.list[Hold]
    next: str | None


class HoldsApi:
    """What can be asked about holds."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(
        self, *, limit: int | None = None, cursor: str | None = None, customer: str | None = None
    ) -> HoldList:
        """Legal holds, lifted ones included."""
        return self._transport.json(
            "GET", "/api/v1/legal-holds", query={"limit": limit, "cursor": cursor, "customer": customer}
        )

    def each(self, *, limit: int | None = None, customer: str | None = None) -> Iterator[Hold]:
        """Legal holds, lifted ones included, page after page."""
        return follow(lambda cursor: self.list(limit=limit, customer=customer, cursor=cursor))

    def place(self, *, customer: str, reason: str) -> Hold:
        """Place a legal hold on everything of a customer."""
        return self._transport.json(
            "POST", "/api/v1/legal-holds", body={"customer": customer, "reason": reason}
        )

    def lift(self, id: str | int, *, reason: str | None = None) -> None:
        """Lift a legal hold."""
        self._transport.raw("DELETE", f"/api/v1/legal-holds/{path_part(id)}", query={"reason": reason})
