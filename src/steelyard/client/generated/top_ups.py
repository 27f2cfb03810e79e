"""What can be asked about top_ups, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.
# ruff: noqa: PLR0913

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Literal, NotRequired, TypedDict

from steelyard.client.generated.impact import ProblemItem
from steelyard.client.transport import Transport, follow, path_part, without_none


class Draw(TypedDict):
    """What was taken from a lot (negative: given back): when it counts, by what, and what it paid."""

    kind: Literal["document", "transfer"]
    about: str
    number: str
    at: str
    recorded_at: str
    units: str
    amount: str
    cost: str


class Lot(TypedDict):
    """A lot of credit with its draws and what it holds now."""

    id: str
    customer: str
    name: str
    unit: str
    amount: str
    balance: str
    status: Literal["active", "ended", "expired", "upcoming", "used_up"]
    effective_at: str
    expires_at: str | None
    priority: int
    cost_basis: str
    scope: LotScope
    recurrence: Recurrence | None
    roll_over: RollOver | None
    overdraft: bool
    origin: Literal["grant", "purchase", "top_up", "transfer"]
    origin_id: str
    granted_at: str
    granted_by: str
    reason: str
    ended: LotEnd | None
    draws: builtins.list[Draw]


class LotEnd(TypedDict):
    """That somebody ended a lot before its time."""

    at: str
    by: str
    reason: str


class LotScope(TypedDict):
    """What a lot may pay for."""

    metrics: builtins.list[str]
    groups: builtins.list[str]
    prices: builtins.list[str]


class Recurrence(TypedDict):
    """When a lot is filled again."""

    interval: str
    anchor: str
    refill: bool
    clears_overage: bool


class RollOver(TypedDict):
    """How much of what is left goes over at a renewal."""

    minimum: str
    maximum: str


class TopUp(TypedDict):
    """A rule that tops credit up."""

    id: str
    customer: str
    name: str
    unit: str
    threshold: str
    amount: str
    made_at: str
    made_by: str
    cost_basis: str
    priority: int
    valid_days: int | None
    most_per_month: int | None
    removed_at: str | None
    next_document: NotRequired[bool]


class TopUpList(TypedDict):
    """A page of rules, by id."""

    items: builtins.list[TopUp]
    next: str | None


class ToppedUp(TypedDict):
    """The lots that rules granted, or would; `problems` say which could not, and why."""

    dry_run: bool
    lots: builtins.list[Lot]
    problems: builtins.list[ProblemItem]


class TopUpsApi:
    """What can be asked about top_ups."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self,
        *,
        customer: str,
        name: str,
        unit: str,
        threshold: str,
        amount: str,
        cost_basis: str | None = None,
        priority: int | None = None,
        valid_days: int | None = None,
        most_per_month: int | None = None,
        next_document: bool | None = None,
        dry_run: bool | None = None,
    ) -> TopUp:
        """Make a rule: where credit falls below a threshold, so much comes on top."""
        return self._transport.json(
            "POST",
            "/api/v1/credits/top-ups",
            body={
                "customer": customer,
                "name": name,
                "unit": unit,
                "threshold": threshold,
                "amount": amount,
                **without_none(
                    {
                        "cost_basis": cost_basis,
                        "priority": priority,
                        "valid_days": valid_days,
                        "most_per_month": most_per_month,
                        "next_document": next_document,
                        "dry_run": dry_run,
                    }
                ),
            },
        )

    def list(
        self, *, limit: int | None = None, cursor: str | None = None, customer: str | None = None
    ) -> TopUpList:
        """Rules that top credit up, by id."""
        return self._transport.json(
            "GET", "/api/v1/credits/top-ups", query={"limit": limit, "cursor": cursor, "customer": customer}
        )

    def each(self, *, limit: int | None = None, customer: str | None = None) -> Iterator[TopUp]:
        """Rules that top credit up, by id, page after page."""
        return follow(lambda cursor: self.list(limit=limit, customer=customer, cursor=cursor))

    def run(self, *, customer: str | None = None, dry_run: bool | None = None) -> ToppedUp:
        """Carry the rules out now; doing it again adds nothing. `dry_run` shows what would come."""
        return self._transport.json(
            "POST",
            "/api/v1/credits/top-ups/run",
            body={**without_none({"customer": customer, "dry_run": dry_run})},
        )

    def remove(self, id: str | int) -> TopUp:
        """Remove a rule; the lots that it gave stay."""
        return self._transport.json("POST", f"/api/v1/credits/top-ups/{path_part(id)}/remove")
