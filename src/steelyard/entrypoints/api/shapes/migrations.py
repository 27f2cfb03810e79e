"""Migrations: who moves from one catalog to another, when, and what both bills say."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from steelyard.entrypoints.api.pages import PageQuery
from steelyard.entrypoints.api.shapes.base import Amount, Instant, Month, Shape, Time
from steelyard.entrypoints.api.shapes.billing import Draft
from steelyard.entrypoints.api.shapes.retroactive import AdjustedMonth


class MigrationIn(Shape, frozen=True, kw_only=True):
    """Who shall move where, and when; what is left out of the segment is any.

    `to` is `live` or the id of a version, `plan` and `catalog` what the subscriptions have now. It holds from
    `effective_at` on, and a month in which that lies is split; with `when` `next_period` it holds from the
    first month on, of each customer's calendar, that begins then or later. `notice` is what customers are
    told, in place of the words that are made.
    """

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    to: str = "live"
    plan: str = ""
    catalog: str = ""
    where: dict[str, str] = {}
    effective_at: Instant
    when: Literal["now", "next_period"] = "now"
    dual_until: Instant | None = None
    reason: Annotated[str, Meta(min_length=1, max_length=2000)]
    notice: Annotated[str, Meta(max_length=2000)] = ""
    dry_run: bool = False


class TwoBills(Shape, frozen=True, kw_only=True):
    """Both bills of a customer, before tax; the one that is not due is for comparison."""

    customer: str
    name: str
    currency: str
    old: Amount
    new: Amount
    difference: Amount
    due: str
    problems: list[str]


class Migration(Shape, frozen=True, kw_only=True):
    """A migration and how it stands; `notice_by` is the last day on which customers can be told of it."""

    id: str
    name: str
    status: str
    to: str
    plan: str
    catalog: str
    where: dict[str, str]
    announced_at: Time
    effective_at: Time
    when: Literal["now", "next_period"]
    dual_until: Time | None
    notice_by: Time
    reason: str
    by: str
    subscriptions: int
    customers: list[str]
    reversed_at: Time | None
    reversed_by: str
    reversed_because: str


class NoticeText(Shape, frozen=True, kw_only=True):
    """What a customer is told of the migration, until when."""

    customer: str
    text: str
    tell_by: Time


class MigrationPlanned(Migration, frozen=True, kw_only=True):
    """A migration with what it means on the usage of the last month."""

    dry_run: bool
    period: str
    bills: list[TwoBills]
    notices: list[NoticeText]


class MigrationList(Shape, frozen=True, kw_only=True):
    """Migrations, newest first."""

    items: list[Migration]
    next: str | None


class MigrationReverse(Shape, frozen=True, kw_only=True):
    """Why a migration is reversed; with `from_start` what is not billed yet goes back, too.

    With `adjust` as well, the next documents make good what was billed under it. Without `from_start` they go
    back now, or with `when` `next_period` from the next month of each customer's calendar on.
    """

    reason: Annotated[str, Meta(min_length=1, max_length=2000)]
    from_start: bool = False
    when: Literal["now", "next_period"] = "now"
    adjust: bool = False
    dry_run: bool = False


class BilledMonth(Shape, frozen=True, kw_only=True):
    """A month that was billed under the migration, and what it would have been without it, before tax."""

    customer: str
    period: str
    document: str
    currency: str
    old: Amount
    new: Amount
    difference: Amount


class GoesBack(Shape, frozen=True, kw_only=True):
    """From when a customer's subscription follows again what it followed before; None: it never moved."""

    customer: str
    subscription: str
    effective_from: Time | None


class MigrationReversed(Migration, frozen=True, kw_only=True):
    """A migration as it is reversed: who goes back, from when, and what stays billed."""

    dry_run: bool
    returns: list[GoesBack]
    billed: list[BilledMonth]
    adjusted: list[AdjustedMonth] = []


class DocumentsQuery(Shape, frozen=True, kw_only=True):
    """Which month; the last whole one if absent."""

    period: Month | None = None


class DocumentQuery(DocumentsQuery, frozen=True, kw_only=True):
    """Which month, and which of both documents."""

    side: Literal["old", "new"] = "new"


class OneDocument(Shape, frozen=True, kw_only=True):
    """One of both documents of a month; `due` says whether it is the one that is billed.

    `number` is that of the issued document where the month is billed.
    """

    due: bool
    catalog: str
    release: int
    number: str
    draft: Draft


class TwoDocuments(Shape, frozen=True, kw_only=True):
    """Both documents of a customer's month side by side, before credit and adjustments; one is not due."""

    migration: str
    customer: str
    period: str
    old: OneDocument
    new: OneDocument
    difference: Amount


class ComparisonQuery(Shape, frozen=True, kw_only=True):
    """Which month; the last whole one if absent."""

    period: Month | None = None


class Comparison(Shape, frozen=True, kw_only=True):
    """Both bills of every customer of a migration for a month."""

    migration: str
    period: str
    items: list[TwoBills]


MigrationsQuery = PageQuery
