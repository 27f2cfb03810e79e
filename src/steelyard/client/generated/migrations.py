"""What can be asked about migrations, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.
# ruff: noqa: PLR0913

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Literal, NotRequired, TypedDict

from steelyard.client.generated.impact import ProblemItem
from steelyard.client.generated.invoices import Chain, Line, PeriodChange, Span
from steelyard.client.generated.subscription_changes import AdjustedMonth
from steelyard.client.transport import Transport, follow, path_part, without_none


class BilledMonth(TypedDict):
    """A month that was billed under the migration, and what it would have been without it, before tax."""

    customer: str
    period: str
    document: str
    currency: str
    old: str
    new: str
    difference: str


class Comparison(TypedDict):
    """Both bills of every customer of a migration for a month."""

    migration: str
    period: str
    items: builtins.list[TwoBills]


class Draft(TypedDict):
    """What an invoice would say for a period as things stand; it has no number."""

    customer: str
    customer_name: str
    currency: str
    period: Span
    period_name: str
    lines: builtins.list[Line]
    subtotal: str
    tax: str
    total: str
    rounding_difference: str
    catalog_version: str
    subscriptions: builtins.list[str]
    chain: Chain
    known_at: str | None
    versions: dict[str, str]
    contracts: NotRequired[builtins.list[str]]
    turned: NotRequired[dict[str, str]]
    changes: builtins.list[PeriodChange]
    problems: builtins.list[ProblemItem]
    status: str
    lot_versions: NotRequired[dict[str, int]]
    floor_room: NotRequired[builtins.list[FloorRoom]]


class FloorRoom(TypedDict):
    """What may still be given away of a subscription's charges before its contract year meets a floor."""

    floor: str
    subscription: str
    prices: builtins.list[str]
    room: str


class GoesBack(TypedDict):
    """From when a customer's subscription follows again what it followed before; None: it never moved."""

    customer: str
    subscription: str
    effective_from: str | None


class Migration(TypedDict):
    """A migration and how it stands; `notice_by` is the last day on which customers can be told of it."""

    id: str
    name: str
    status: str
    to: str
    plan: str
    catalog: str
    where: dict[str, str]
    announced_at: str
    effective_at: str
    when: Literal["next_period", "now"]
    dual_until: str | None
    notice_by: str
    reason: str
    by: str
    subscriptions: int
    customers: builtins.list[str]
    reversed_at: str | None
    reversed_by: str
    reversed_because: str


class MigrationList(TypedDict):
    """Migrations, newest first."""

    items: builtins.list[Migration]
    next: str | None


class MigrationPlanned(TypedDict):
    """A migration with what it means on the usage of the last month."""

    id: str
    name: str
    status: str
    to: str
    plan: str
    catalog: str
    where: dict[str, str]
    announced_at: str
    effective_at: str
    when: Literal["next_period", "now"]
    dual_until: str | None
    notice_by: str
    reason: str
    by: str
    subscriptions: int
    customers: builtins.list[str]
    reversed_at: str | None
    reversed_by: str
    reversed_because: str
    dry_run: bool
    period: str
    bills: builtins.list[TwoBills]
    notices: builtins.list[NoticeText]


class MigrationReversed(TypedDict):
    """A migration as it is reversed: who goes back, from when, and what stays billed."""

    id: str
    name: str
    status: str
    to: str
    plan: str
    catalog: str
    where: dict[str, str]
    announced_at: str
    effective_at: str
    when: Literal["next_period", "now"]
    dual_until: str | None
    notice_by: str
    reason: str
    by: str
    subscriptions: int
    customers: builtins.list[str]
    reversed_at: str | None
    reversed_by: str
    reversed_because: str
    dry_run: bool
    returns: builtins.list[GoesBack]
    billed: builtins.list[BilledMonth]
    adjusted: NotRequired[builtins.list[AdjustedMonth]]


class NoticeText(TypedDict):
    """What a customer is told of the migration, until when."""

    customer: str
    text: str
    tell_by: str


class OneDocument(TypedDict):
    """One of both documents of a month; `due` says whether it is the one that is billed.

    `number` is that of the issued document where the month is billed."""

    due: bool
    catalog: str
    release: int
    number: str
    draft: Draft


class TwoBills(TypedDict):
    """Both bills of a customer, before tax; the one that is not due is for comparison."""

    customer: str
    name: str
    currency: str
    old: str
    new: str
    difference: str
    due: str
    problems: builtins.list[str]


class TwoDocuments(TypedDict):
    """Both documents of a customer's month side by side, before credit and adjustments; one is not due."""

    migration: str
    customer: str
    period: str
    old: OneDocument
    new: OneDocument
    difference: str


class MigrationsApi:
    """What can be asked about migrations."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self,
        *,
        name: str,
        effective_at: str,
        reason: str,
        to: str | None = None,
        plan: str | None = None,
        catalog: str | None = None,
        where: dict[str, str] | None = None,
        when: Literal["next_period", "now"] | None = None,
        dual_until: str | None = None,
        notice: str | None = None,
        dry_run: bool | None = None,
    ) -> MigrationPlanned:
        """Move a segment to another catalog on a day; a dry run shows whom, and both bills."""
        return self._transport.json(
            "POST",
            "/api/v1/migrations",
            body={
                "name": name,
                "effective_at": effective_at,
                "reason": reason,
                **without_none(
                    {
                        "to": to,
                        "plan": plan,
                        "catalog": catalog,
                        "where": where,
                        "when": when,
                        "dual_until": dual_until,
                        "notice": notice,
                        "dry_run": dry_run,
                    }
                ),
            },
        )

    def list(self, *, limit: int | None = None, cursor: str | None = None) -> MigrationList:
        """Migrations, newest first."""
        return self._transport.json("GET", "/api/v1/migrations", query={"limit": limit, "cursor": cursor})

    def each(self, *, limit: int | None = None) -> Iterator[Migration]:
        """Migrations, newest first, page after page."""
        return follow(lambda cursor: self.list(limit=limit, cursor=cursor))

    def show(self, id: str | int) -> Migration:
        """One migration."""
        return self._transport.json("GET", f"/api/v1/migrations/{path_part(id)}")

    def compare(self, id: str | int, *, period: str | None = None) -> Comparison:
        """Old and new bills of a migration side by side; one of them is not due."""
        return self._transport.json(
            "GET", f"/api/v1/migrations/{path_part(id)}/comparison", query={"period": period}
        )

    def pdf(
        self,
        id: str | int,
        customer: str | int,
        *,
        period: str | None = None,
        side: Literal["new", "old"] | None = None,
    ) -> bytes:
        """One of both documents as PDF; what is not due says so on its face."""
        return self._transport.raw(
            "GET",
            f"/api/v1/migrations/{path_part(id)}/documents/{path_part(customer)}.pdf",
            query={"period": period, "side": side},
        )

    def documents(self, id: str | int, customer: str | int, *, period: str | None = None) -> TwoDocuments:
        """Both documents of a customer's month, line by line; one of them is not due."""
        return self._transport.json(
            "GET",
            f"/api/v1/migrations/{path_part(id)}/documents/{path_part(customer)}",
            query={"period": period},
        )

    def reverse(
        self,
        id: str | int,
        *,
        reason: str,
        from_start: bool | None = None,
        when: Literal["next_period", "now"] | None = None,
        adjust: bool | None = None,
        dry_run: bool | None = None,
    ) -> MigrationReversed:
        """Let everybody of a migration go back, before its day or after it; what is billed is told."""
        return self._transport.json(
            "POST",
            f"/api/v1/migrations/{path_part(id)}/reverse",
            body={
                "reason": reason,
                **without_none(
                    {"from_start": from_start, "when": when, "adjust": adjust, "dry_run": dry_run}
                ),
            },
        )
