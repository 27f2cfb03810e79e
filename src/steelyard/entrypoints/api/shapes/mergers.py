"""Customers that merge or part."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from steelyard.entrypoints.api.shapes.base import Instant, Key, Shape

_Reason = Annotated[str, Meta(min_length=1, max_length=1000)]


class MergerIn(Shape, frozen=True, kw_only=True):
    """Into whom a customer merges, from when, and what becomes of what it committed to."""

    into: Key
    effective_from: Instant
    reason: _Reason
    commitments: Literal["keep", "transfer"] = "keep"
    dry_run: bool = False


class PartingIn(Shape, frozen=True, kw_only=True):
    """From when a customer stands alone again."""

    effective_from: Instant
    reason: _Reason
    dry_run: bool = False


class MergerDone(Shape, frozen=True, kw_only=True):
    """Whom the customer is under, which contract ended for it, which holds, which commitments moved."""

    customer: str
    parent: str | None
    ended: str | None
    joined: str | None
    commitments: list[str]
    dry_run: bool
