"""Migrations: who moves from one catalog to another, when, and what both bills say."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from steelyard.entrypoints.api.pages import PageQuery
from steelyard.entrypoints.api.shapes.base import Amount, Instant, Month, Shape, Time


class MigrationIn(Shape, frozen=True, kw_only=True):
    """Who shall move where, and when; what is left out of the segment is any.

    `to` is `live` or the id of a version, `plan` and `catalog` what the subscriptions have now.
    """

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    to: str = "live"
    plan: str = ""
    catalog: str = ""
    where: dict[str, str] = {}
    effective_at: Instant
    dual_until: Instant | None = None
    reason: Annotated[str, Meta(min_length=1, max_length=2000)]
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
    """A migration and how it stands."""

    id: str
    name: str
    status: str
    to: str
    plan: str
    catalog: str
    where: dict[str, str]
    announced_at: Time
    effective_at: Time
    dual_until: Time | None
    reason: str
    by: str
    subscriptions: int
    customers: list[str]
    reversed_at: Time | None
    reversed_by: str
    reversed_because: str


class MigrationPlanned(Migration, frozen=True, kw_only=True):
    """A migration with what it means on the usage of the last month."""

    dry_run: bool
    period: str
    bills: list[TwoBills]


class MigrationList(Shape, frozen=True, kw_only=True):
    """Migrations, newest first."""

    items: list[Migration]
    next: str | None


class MigrationReverse(Shape, frozen=True, kw_only=True):
    """Why a migration is reversed."""

    reason: Annotated[str, Meta(min_length=1, max_length=2000)]
    dry_run: bool = False


class ComparisonQuery(Shape, frozen=True, kw_only=True):
    """Which month; the last whole one if absent."""

    period: Month | None = None


class Comparison(Shape, frozen=True, kw_only=True):
    """Both bills of every customer of a migration for a month."""

    migration: str
    period: str
    items: list[TwoBills]


MigrationsQuery = PageQuery
