"""What can be asked about people, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from typing import Literal, TypedDict

from steelyard.client.transport import Transport, follow, path_part, without_none


class Person(TypedDict):
    """Somebody with a name and roles.

    `customer` is set for a customer's own people; `customers` and `segments` are whom one looks after."""

    id: str
    name: str
    email: str
    roles: builtins.list[str]
    created_at: str
    customer: str | None
    customers: builtins.list[str]
    segments: builtins.list[str]
    deputy: str | None
    left_at: str | None


class PersonList(TypedDict):
    """A page of people."""

    items: builtins.list[Person]
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
