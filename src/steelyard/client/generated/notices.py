"""What can be asked about notices, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Literal, TypedDict

from steelyard.client.transport import Transport, follow, path_part, without_none


class Notice(TypedDict):
    """What a customer is to be told until `tell_by`; `about` is the id of what it tells of, a migration.

    `late` says that the day is over and nobody told them."""

    id: str
    customer: str
    about: str
    text: str
    state: Literal["acknowledged", "due", "told", "withdrawn"]
    late: bool
    made_at: str
    tell_by: str
    effective_at: str
    told_at: str | None
    told_by: str
    how: str
    acknowledged_at: str | None
    acknowledged_by: str
    note: str


class NoticeList(TypedDict):
    """Notices, the one that is due first first."""

    items: builtins.list[Notice]
    next: str | None


class NoticesApi:
    """What can be asked about notices."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        customer: str | None = None,
        about: str | None = None,
        state: Literal["acknowledged", "due", "told", "withdrawn"] | None = None,
    ) -> NoticeList:
        """What customers are to be told of, the one that is due first first."""
        return self._transport.json(
            "GET",
            "/api/v1/notices",
            query={"limit": limit, "cursor": cursor, "customer": customer, "about": about, "state": state},
        )

    def each(
        self,
        *,
        limit: int | None = None,
        customer: str | None = None,
        about: str | None = None,
        state: Literal["acknowledged", "due", "told", "withdrawn"] | None = None,
    ) -> Iterator[Notice]:
        """What customers are to be told of, the one that is due first first, page after page."""
        return follow(
            lambda cursor: self.list(limit=limit, customer=customer, about=about, state=state, cursor=cursor)
        )

    def show(self, id: str | int) -> Notice:
        """One notice."""
        return self._transport.json("GET", f"/api/v1/notices/{path_part(id)}")

    def told(self, id: str | int, *, how: str, dry_run: bool | None = None) -> Notice:
        """Say that the customer was told, and by what way."""
        return self._transport.json(
            "POST",
            f"/api/v1/notices/{path_part(id)}/told",
            body={"how": how, **without_none({"dry_run": dry_run})},
        )

    def acknowledge(self, id: str | int, *, note: str | None = None, dry_run: bool | None = None) -> Notice:
        """Say that the customer knows; a customer's own key may, too."""
        return self._transport.json(
            "POST",
            f"/api/v1/notices/{path_part(id)}/acknowledge",
            body={**without_none({"note": note, "dry_run": dry_run})},
        )
