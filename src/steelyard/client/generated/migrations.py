"""What can be asked about migrations, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.
# ruff: noqa: PLR0913

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import TypedDict

from steelyard.client.transport import Transport, follow, path_part, without_none


class Comparison(TypedDict):
    """Both bills of every customer of a migration for a month."""

    migration: str
    period: str
    items: builtins.list[TwoBills]


class Migration(TypedDict):
    """A migration and how it stands."""

    id: str
    name: str
    status: str
    to: str
    plan: str
    catalog: str
    where: dict[str, str]
    announced_at: str
    effective_at: str
    dual_until: str | None
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
    dual_until: str | None
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
        dual_until: str | None = None,
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
                        "dual_until": dual_until,
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

    def reverse(self, id: str | int, *, reason: str, dry_run: bool | None = None) -> Migration:
        """Let everybody of a migration go back to what they followed before."""
        return self._transport.json(
            "POST",
            f"/api/v1/migrations/{path_part(id)}/reverse",
            body={"reason": reason, **without_none({"dry_run": dry_run})},
        )
