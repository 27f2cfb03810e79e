"""What can be asked about keys, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from typing import Literal, NotRequired, TypedDict

from steelyard.client.transport import Transport, follow, path_part, without_none


class ApiKey(TypedDict):
    """A key, without its secret."""

    id: str
    name: str
    scopes: builtins.list[str]
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    customer: str | None
    rate_limit: RateLimit | None


class ApiKeyList(TypedDict):
    """A page of keys."""

    items: builtins.list[ApiKey]
    next: str | None


class NewApiKey(TypedDict):
    """A key just made; the secret is shown now and never again."""

    id: str
    name: str
    scopes: builtins.list[str]
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    customer: str | None
    rate_limit: RateLimit | None
    secret: str


class RateLimit(TypedDict):
    """How much a key may send: events a second in the long run, at once, and bytes a body."""

    events_per_second: int
    burst: int
    body_bytes: int | None


class RateLimitIn(TypedDict):
    """How much a key may send; `burst` is by default what ten seconds bring."""

    events_per_second: int
    burst: NotRequired[int | None]
    body_bytes: NotRequired[int | None]


Scope = Literal[
    "access:admin",
    "access:read",
    "billing:read",
    "billing:write",
    "catalog:read",
    "catalog:write",
    "contracts:read",
    "contracts:write",
    "customers:read",
    "customers:write",
    "events:write",
    "insight:read",
    "owner",
    "record:admin",
    "record:read",
    "reviews:decide",
    "reviews:read",
    "usage:read",
    "usage:write",
]


class KeysApi:
    """What can be asked about keys."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self,
        *,
        name: str,
        scopes: Sequence[Scope],
        expires_at: str | None = None,
        customer: str | None = None,
        rate_limit: RateLimitIn | None = None,
    ) -> NewApiKey:
        """Make an API key; its secret is shown now and never again."""
        return self._transport.json(
            "POST",
            "/api/v1/keys",
            body={
                "name": name,
                "scopes": scopes,
                **without_none({"expires_at": expires_at, "customer": customer, "rate_limit": rate_limit}),
            },
        )

    def list(self, *, limit: int | None = None, cursor: str | None = None) -> ApiKeyList:
        """API keys, without their secrets."""
        return self._transport.json("GET", "/api/v1/keys", query={"limit": limit, "cursor": cursor})

    def each(self, *, limit: int | None = None) -> Iterator[ApiKey]:
        """API keys, without their secrets, page after page."""
        return follow(lambda cursor: self.list(limit=limit, cursor=cursor))

    def revoke(self, id: str | int) -> None:
        """Revoke an API key, at once and for ever."""
        self._transport.raw("DELETE", f"/api/v1/keys/{path_part(id)}")
