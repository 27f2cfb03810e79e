"""The quality of usage data: refused events, event types and their schemas."""

from __future__ import annotations

from steelyard.entrypoints.api.pages import PageQuery
from steelyard.entrypoints.api.shapes.base import Shape, Time


class RejectedQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which refused events to list."""

    code: str | None = None
    type: str | None = None


class RejectedEvent(Shape, frozen=True, kw_only=True):
    """One event that was refused: when, why, and what is known; `item` is the beginning of what came."""

    id: int
    time: Time
    code: str
    field: str
    message: str
    type: str
    source: str
    event_id: str
    subject: str
    key: str
    item: str


class RejectedList(Shape, frozen=True, kw_only=True):
    """A page of refused events, newest first."""

    items: list[RejectedEvent]
    next: str | None
