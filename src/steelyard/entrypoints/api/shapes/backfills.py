"""Backfills: sets of events brought in or set aside at one moment."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from steelyard.entrypoints.api.pages import PageQuery
from steelyard.entrypoints.api.problems import ProblemItem
from steelyard.entrypoints.api.shapes.base import Amount, Instant, Shape, Time
from steelyard.entrypoints.api.shapes.corrections import QuantityChange, Reason

Status = Literal["open", "committed", "reverted", "abandoned"]


class BackfillIn(Shape, frozen=True, kw_only=True):
    """Why a backfill is opened."""

    reason: Reason


class EventRange(Shape, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Events that the commit sets aside: of a customer, of some types, of a source, or of any."""

    customer: str | None = None
    event_types: list[str] = []
    source: str = ""
    from_: Instant
    to: Instant


class RangesIn(Shape, frozen=True, kw_only=True):
    """Ranges to be set aside with the commit."""

    ranges: Annotated[list[EventRange], Meta(min_length=1, max_length=1000)]


class BackfillEventsIn(Shape, frozen=True, kw_only=True):
    """Events to be brought in with the commit, as `POST /api/v1/events` takes them."""

    events: Annotated[list[msgspec.Raw], Meta(min_length=1, max_length=10_000)]


class BackfillEvents(Shape, frozen=True, kw_only=True):
    """What became of the events: added, there already, or refused (`errors` names each by its place)."""

    added: int
    duplicates: int
    refused: int
    errors: list[ProblemItem]


class BackfillCommit(Shape, frozen=True, kw_only=True):
    """Why it is committed; with `upto` and `version` of the preview nothing happens but what it showed."""

    reason: Reason
    upto: Annotated[int, Meta(ge=0)] | None = None
    version: Annotated[int, Meta(ge=0)] | None = None


class BackfillEnd(Shape, frozen=True, kw_only=True):
    """Why it is reverted or abandoned."""

    reason: Reason


class BackfillStep(Shape, frozen=True, kw_only=True):
    """Something that was done to a backfill."""

    action: Literal["open", "add", "deprecate", "commit", "revert", "abandon"]
    at: Time
    by: str
    reason: str
    count: int


class Backfill(Shape, frozen=True, kw_only=True):
    """A backfill: `events` were brought by it; those in `ranges` before entry `upto` are set aside."""

    id: str
    status: Status
    reason: str
    opened_by: str
    opened_at: Time
    ranges: list[EventRange]
    events: int
    customers: int
    upto: int | None
    steps: list[BackfillStep]


class BackfillsQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which backfills to list."""

    status: Status | None = None


class BackfillList(Shape, frozen=True, kw_only=True):
    """A page of backfills, by id, which is the order in which they were opened."""

    items: list[Backfill]
    next: str | None


class MoneyChange(Shape, frozen=True, kw_only=True):
    """What a customer's month comes to before and after; `billed`: the next document adjusts it."""

    customer: str
    period: str
    currency: str
    before: Amount
    after: Amount
    difference: Amount
    billed: bool
    problems: list[ProblemItem]


class ChainChange(Shape, frozen=True, kw_only=True):
    """How many events a backfill brings to a customer, and how many it sets aside there."""

    customer: str
    brought: int
    set_aside: int


class BackfillPreview(Shape, frozen=True, kw_only=True):
    """What the next step (the commit of an open backfill, the revert of a committed one) would change."""

    id: str
    action: Literal["commit", "revert"]
    upto: int
    version: int
    customers: list[ChainChange]
    quantities: list[QuantityChange]
    money: list[MoneyChange]
