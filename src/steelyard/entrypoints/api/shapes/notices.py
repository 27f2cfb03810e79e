"""Notices to customers: what they are to be told of, and whether they were."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from steelyard.entrypoints.api.pages import PageQuery
from steelyard.entrypoints.api.shapes.base import Key, Shape, Time

NoticeState = Literal["due", "told", "acknowledged", "withdrawn"]


class Notice(Shape, frozen=True, kw_only=True):
    """What a customer is to be told until `tell_by`; `about` is the id of what it tells of, a migration.

    `late` says that the day is over and nobody told them.
    """

    id: str
    customer: str
    about: str
    text: str
    state: NoticeState
    late: bool
    made_at: Time
    tell_by: Time
    effective_at: Time
    told_at: Time | None
    told_by: str
    how: str
    acknowledged_at: Time | None
    acknowledged_by: str
    note: str


class NoticeList(Shape, frozen=True, kw_only=True):
    """Notices, the one that is due first first."""

    items: list[Notice]
    next: str | None


class NoticesQuery(PageQuery, frozen=True, kw_only=True):
    """Which notices: of a customer, about something, in a state."""

    customer: Key | None = None
    about: str | None = None
    state: NoticeState | None = None


class NoticeTold(Shape, frozen=True, kw_only=True):
    """By what way the customer was told, such as `mail`."""

    how: Annotated[str, Meta(min_length=1, max_length=200)]
    dry_run: bool = False


class NoticeAcknowledged(Shape, frozen=True, kw_only=True):
    """What the customer answered, if anything."""

    note: Annotated[str, Meta(max_length=2000)] = ""
    dry_run: bool = False
