"""What can be asked about people, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from typing import TypedDict

from steelyard.client.generated.reviews import Role
from steelyard.client.generated.sessions import Person
from steelyard.client.transport import Transport, follow, path_part, without_none


class PersonList(TypedDict):
    """A page of people."""

    items: builtins.list[Person]
    next: str | None


class PeopleApi:
    """What can be asked about people."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(
        self, *, limit: int | None = None, cursor: str | None = None, customer: str | None = None
    ) -> PersonList:
        """People, with their roles."""
        return self._transport.json(
            "GET", "/api/v1/people", query={"limit": limit, "cursor": cursor, "customer": customer}
        )

    def each(self, *, limit: int | None = None, customer: str | None = None) -> Iterator[Person]:
        """People, with their roles, page after page."""
        return follow(lambda cursor: self.list(limit=limit, customer=customer, cursor=cursor))

    def show(self, id: str | int) -> Person:
        """One person."""
        return self._transport.json("GET", f"/api/v1/people/{path_part(id)}")

    def change(
        self,
        id: str | int,
        *,
        name: str,
        roles: Sequence[Role],
        customers: Sequence[str] | None = None,
        segments: Sequence[str] | None = None,
        deputy: str | None = None,
    ) -> Person:
        """Change somebody's name, roles, customers, segments and deputy."""
        return self._transport.json(
            "PUT",
            f"/api/v1/people/{path_part(id)}",
            body={
                "name": name,
                "roles": roles,
                **without_none({"customers": customers, "segments": segments, "deputy": deputy}),
            },
        )

    def leave(self, id: str | int) -> None:
        """End somebody's rights and sessions, at once."""
        self._transport.raw("DELETE", f"/api/v1/people/{path_part(id)}")
