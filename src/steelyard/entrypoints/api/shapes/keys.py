"""API keys: made, listed, revoked; the secret is shown once."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from steelyard.access import Scope
from steelyard.entrypoints.api.shapes.base import Instant, Shape, Time


class KeyIn(Shape, frozen=True, kw_only=True):
    """A key to be made; `customer` confines it to one customer's data."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    scopes: Annotated[list[Scope], Meta(min_length=1)]
    expires_at: Instant | None = None
    customer: str | None = None


class ApiKey(Shape, frozen=True, kw_only=True):
    """A key, without its secret."""

    id: str
    name: str
    scopes: list[str]
    created_at: Time
    expires_at: Time | None
    revoked_at: Time | None
    customer: str | None


class NewApiKey(ApiKey, frozen=True, kw_only=True):
    """A key just made; the secret is shown now and never again."""

    secret: str


class ApiKeyList(Shape, frozen=True, kw_only=True):
    """A page of keys."""

    items: list[ApiKey]
    next: str | None
