"""API keys: made, listed, revoked; the secret is shown once."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from steelyard.access import Scope
from steelyard.entrypoints.api.shapes.base import Instant, Shape, Time


class RateLimitIn(Shape, frozen=True, kw_only=True):
    """How much a key may send; `burst` is by default what ten seconds bring."""

    events_per_second: Annotated[int, Meta(ge=1, le=1_000_000_000)]
    burst: Annotated[int, Meta(ge=1, le=1_000_000_000)] | None = None
    body_bytes: Annotated[int, Meta(ge=1, le=16 * 1024 * 1024)] | None = None


class RateLimit(Shape, frozen=True, kw_only=True):
    """How much a key may send: events a second in the long run, at once, and bytes a body."""

    events_per_second: int
    burst: int
    body_bytes: int | None


class KeyIn(Shape, frozen=True, kw_only=True):
    """A key to be made; `customer` confines it to one customer's data."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    scopes: Annotated[list[Scope], Meta(min_length=1)]
    expires_at: Instant | None = None
    customer: str | None = None
    rate_limit: RateLimitIn | None = None


class ApiKey(Shape, frozen=True, kw_only=True):
    """A key, without its secret."""

    id: str
    name: str
    scopes: list[str]
    created_at: Time
    expires_at: Time | None
    revoked_at: Time | None
    customer: str | None
    rate_limit: RateLimit | None


class NewApiKey(ApiKey, frozen=True, kw_only=True):
    """A key just made; the secret is shown now and never again."""

    secret: str


class ApiKeyList(Shape, frozen=True, kw_only=True):
    """A page of keys."""

    items: list[ApiKey]
    next: str | None
