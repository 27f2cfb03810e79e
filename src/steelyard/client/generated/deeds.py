"""What can be asked about deeds, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import TypedDict

from steelyard.client.transport import Transport, follow


class Deed(TypedDict):
    """What somebody did or looked at: `by` is a person's or key's id, `did` an endpoint, `about` its path."""

    id: str
    by: str
    did: str
    about: str
    at: str
    looked: bool


class DeedList(TypedDict):
    """A page of deeds, oldest first."""

    items: builtins.list[Deed]
    next: str | None


class DeedsApi:
    """What can be asked about deeds."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        by: str | None = None,
        did: str | None = None,
        about: str | None = None,
    ) -> DeedList:
        """Who did or looked at what, oldest first."""
        return self._transport.json(
            "GET",
            "/api/v1/deeds",
            query={"limit": limit, "cursor": cursor, "by": by, "did": did, "about": about},
        )

    def each(
        self,
        *,
        limit: int | None = None,
        by: str | None = None,
        did: str | None = None,
        about: str | None = None,
    ) -> Iterator[Deed]:
        """Who did or looked at what, oldest first, page after page."""
        return follow(lambda cursor: self.list(limit=limit, by=by, did=did, about=about, cursor=cursor))
