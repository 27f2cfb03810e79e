"""What can be asked about erasures, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Literal, TypedDict

from steelyard.client.transport import Transport, follow, path_part, without_none


class Erasure(TypedDict):
    """What was erased, or would be; `possible_from` is when all of it could go, if that is known."""

    id: str | None
    customer: str
    entries: int
    kept: builtins.list[Kept]
    possible_from: str | None
    dry_run: bool


class ErasureList(TypedDict):
    """A page of erasures, by id."""

    items: builtins.list[ErasureTold]
    next: str | None


class ErasureTold(TypedDict):
    """An erasure as the record tells of it."""

    id: str
    customer: str
    entries: int
    reason: str
    by: str
    at: str
    until: str | None


class Kept(TypedDict):
    """Why entries must stay, and until when; `until` is null where no day is known."""

    reason: Literal["billing_evidence", "free", "legal_hold", "shown", "unbilled"]
    until: str | None
    entries: int
    text: str


class ErasuresApi:
    """What can be asked about erasures."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def erase(
        self,
        key: str | int,
        *,
        reason: str,
        until: str | None = None,
        partial: bool | None = None,
        dry_run: bool | None = None,
    ) -> Erasure:
        """Erase what a customer used, from every file, where nothing asks for it any more."""
        return self._transport.json(
            "POST",
            f"/api/v1/customers/{path_part(key)}/erasure",
            body={"reason": reason, **without_none({"until": until, "partial": partial, "dry_run": dry_run})},
        )

    def list(
        self, *, limit: int | None = None, cursor: str | None = None, customer: str | None = None
    ) -> ErasureList:
        """Erasures, as the record tells of them."""
        return self._transport.json(
            "GET", "/api/v1/erasures", query={"limit": limit, "cursor": cursor, "customer": customer}
        )

    def each(self, *, limit: int | None = None, customer: str | None = None) -> Iterator[ErasureTold]:
        """Erasures, as the record tells of them, page after page."""
        return follow(lambda cursor: self.list(limit=limit, customer=customer, cursor=cursor))
