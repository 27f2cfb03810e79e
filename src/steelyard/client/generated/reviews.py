"""What can be asked about reviews, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Literal, TypedDict

from steelyard.client.transport import Transport, follow, path_part, without_none


class Review(TypedDict):
    """A request to agree; `you_may` is empty where the asker may not answer, `unmet` says who is awaited."""

    id: str
    about: str
    digest: str
    summary: str
    requested_by: str
    requested_by_name: str
    reason: str
    requires: builtins.list[str]
    unmet: builtins.list[str]
    executive: str | None
    requested_at: str
    expires_at: str
    status: str
    answers: builtins.list[ReviewAnswer]
    you_may: builtins.list[Standing]


class ReviewAnswer(TypedDict):
    """What one person said, for one role; `deputy_of` is in whose place."""

    by: str
    by_name: str
    role: str
    agreed: bool
    reason: str
    at: str
    deputy_of: str | None
    deputy_of_name: str | None


class ReviewFull(TypedDict):
    """A review with what was shown."""

    id: str
    about: str
    digest: str
    summary: str
    requested_by: str
    requested_by_name: str
    reason: str
    requires: builtins.list[str]
    unmet: builtins.list[str]
    executive: str | None
    requested_at: str
    expires_at: str
    status: str
    answers: builtins.list[ReviewAnswer]
    you_may: builtins.list[Standing]
    shown: str


class ReviewList(TypedDict):
    """A page of reviews."""

    items: builtins.list[Review]
    next: str | None


Role = Literal[
    "auditor",
    "customer",
    "customer_admin",
    "customer_engineer",
    "customer_finance",
    "customer_viewer",
    "engineer",
    "executive",
    "finance",
    "guest",
    "key",
    "owner",
    "product",
    "revenue_operations",
    "sales",
    "success",
    "support",
]


class Standing(TypedDict):
    """A way in which the asker may answer: the role, and in whose place if not their own."""

    role: str
    deputy_of: str | None
    deputy_of_name: str | None


class ReviewsApi:
    """What can be asked about reviews."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        status: Literal["agreed", "expired", "pending", "refused"] | None = None,
        about: str | None = None,
        digest: str | None = None,
        mine: bool | None = None,
    ) -> ReviewList:
        """Requests to agree, newest first; `mine` are those that wait for you."""
        return self._transport.json(
            "GET",
            "/api/v1/reviews",
            query={
                "limit": limit,
                "cursor": cursor,
                "status": status,
                "about": about,
                "digest": digest,
                "mine": mine,
            },
        )

    def each(
        self,
        *,
        limit: int | None = None,
        status: Literal["agreed", "expired", "pending", "refused"] | None = None,
        about: str | None = None,
        digest: str | None = None,
        mine: bool | None = None,
    ) -> Iterator[Review]:
        """Requests to agree, newest first; `mine` are those that wait for you, page after page."""
        return follow(
            lambda cursor: self.list(
                limit=limit, status=status, about=about, digest=digest, mine=mine, cursor=cursor
            )
        )

    def show(self, id: str | int) -> ReviewFull:
        """One review, with what was shown and who said what."""
        return self._transport.json("GET", f"/api/v1/reviews/{path_part(id)}")

    def answer(
        self, id: str | int, *, agreed: bool, reason: str, digest: str, role: Role | None = None
    ) -> ReviewFull:
        """Agree or refuse, with a reason."""
        return self._transport.json(
            "POST",
            f"/api/v1/reviews/{path_part(id)}/answers",
            body={"agreed": agreed, "reason": reason, "digest": digest, **without_none({"role": role})},
        )
