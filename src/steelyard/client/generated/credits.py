"""What can be asked about credits, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.
# ruff: noqa: PLR0913

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Literal, NotRequired, TypedDict

from steelyard.client.transport import Transport, follow, path_part, without_none


class CustomerCredit(TypedDict):
    """A customer's credit, unit by unit."""

    customer: str
    at: str
    units: builtins.list[UnitBalance]


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


class LotList(TypedDict):
    """A page of lots, by id."""

    items: builtins.list[Lot]
    next: str | None


class LotScope(TypedDict):
    """What a lot may pay for."""

    metrics: builtins.list[str]
    groups: builtins.list[str]
    prices: builtins.list[str]


class LotScopeIn(TypedDict):
    """What a lot may pay for; an empty list asks for nothing."""

    metrics: NotRequired[builtins.list[str]]
    groups: NotRequired[builtins.list[str]]
    prices: NotRequired[builtins.list[str]]


class Movement(TypedDict):
    """One change of a lot: by how much, to what, what all lots of the unit hold then, and why, in words."""

    at: str
    lot: str
    name: str
    kind: Literal["drawn", "ended", "given_back", "granted", "renewed"]
    change: str
    balance: str
    total: str
    about: str
    text: str


class MovementList(TypedDict):
    """Everything that moved a lot, oldest first, until now."""

    items: builtins.list[Movement]
    next: str | None


class Recurrence(TypedDict):
    """When a lot is filled again."""

    interval: str
    anchor: str
    refill: bool
    clears_overage: bool


class RecurrenceIn(TypedDict):
    """When a lot is filled again: every interval, counted from the anchor."""

    interval: str
    anchor: NotRequired[str | None]
    refill: NotRequired[bool]


class RollOver(TypedDict):
    """How much of what is left goes over at a renewal."""

    minimum: str
    maximum: str


class RollOverIn(TypedDict):
    """How much of what is left goes over at a renewal."""

    minimum: NotRequired[str]
    maximum: str


class UnitBalance(TypedDict):
    """What a customer holds in one unit, what is used and not billed yet, and what is left then.

    `lots` stand in the order in which they are drawn on; `movements` are those of all of them."""

    unit: str
    balance: str
    pending: str
    left: str
    lots: builtins.list[Lot]
    movements: builtins.list[Movement]


class CreditsApi:
    """What can be asked about credits."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def grant(
        self,
        *,
        customer: str,
        name: str,
        amount: str,
        unit: str,
        reason: str,
        effective_at: str | None = None,
        expires_at: str | None = None,
        priority: int | None = None,
        cost_basis: str | None = None,
        scope: LotScopeIn | None = None,
        recurrence: RecurrenceIn | None = None,
        roll_over: RollOverIn | None = None,
        overdraft: bool | None = None,
        dry_run: bool | None = None,
    ) -> Lot:
        """Grant a lot of credit; `dry_run` shows it and writes nothing."""
        return self._transport.json(
            "POST",
            "/api/v1/credits/lots",
            body={
                "customer": customer,
                "name": name,
                "amount": amount,
                "unit": unit,
                "reason": reason,
                **without_none(
                    {
                        "effective_at": effective_at,
                        "expires_at": expires_at,
                        "priority": priority,
                        "cost_basis": cost_basis,
                        "scope": scope,
                        "recurrence": recurrence,
                        "roll_over": roll_over,
                        "overdraft": overdraft,
                        "dry_run": dry_run,
                    }
                ),
            },
        )

    def lots(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        customer: str | None = None,
        unit: str | None = None,
    ) -> LotList:
        """Lots of credit with what they hold and what was drawn on them, by id."""
        return self._transport.json(
            "GET",
            "/api/v1/credits/lots",
            query={"limit": limit, "cursor": cursor, "customer": customer, "unit": unit},
        )

    def each_of_lots(
        self, *, limit: int | None = None, customer: str | None = None, unit: str | None = None
    ) -> Iterator[Lot]:
        """Lots of credit with what they hold and what was drawn on them, by id, page after page."""
        return follow(lambda cursor: self.lots(limit=limit, customer=customer, unit=unit, cursor=cursor))

    def show(self, id: str | int) -> Lot:
        """One lot of credit."""
        return self._transport.json("GET", f"/api/v1/credits/lots/{path_part(id)}")

    def void(self, id: str | int, *, reason: str, dry_run: bool | None = None) -> Lot:
        """End a lot now, with a reason; what was drawn stays drawn."""
        return self._transport.json(
            "POST",
            f"/api/v1/credits/lots/{path_part(id)}/void",
            body={"reason": reason, **without_none({"dry_run": dry_run})},
        )

    def transfer(
        self, id: str | int, *, to: str, amount: str, reason: str, dry_run: bool | None = None
    ) -> Lot:
        """Move a part of a lot to another customer, as a new lot with the same terms."""
        return self._transport.json(
            "POST",
            f"/api/v1/credits/lots/{path_part(id)}/transfer",
            body={"to": to, "amount": amount, "reason": reason, **without_none({"dry_run": dry_run})},
        )

    def draws(self, id: str | int, *, limit: int | None = None, cursor: str | None = None) -> MovementList:
        """Everything that moved a lot, oldest first, each movement explained in words."""
        return self._transport.json(
            "GET", f"/api/v1/credits/lots/{path_part(id)}/draws", query={"limit": limit, "cursor": cursor}
        )

    def each_of_draws(self, id: str | int, *, limit: int | None = None) -> Iterator[Movement]:
        """Everything that moved a lot, oldest first, each movement explained in words, page after page."""
        return follow(lambda cursor: self.draws(id, limit=limit, cursor=cursor))

    def balance(self, *, customer: str | None = None) -> CustomerCredit:
        """What a customer holds in each unit, what of it is used and not billed yet, and its history."""
        return self._transport.json("GET", "/api/v1/credits/balance", query={"customer": customer})
