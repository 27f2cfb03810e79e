"""Credit: lots, what they hold, what was drawn on them and why, and rules that top them up."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from steelyard.entrypoints.api.pages import PageQuery
from steelyard.entrypoints.api.problems import ProblemItem
from steelyard.entrypoints.api.shapes.base import Amount, Exact, Instant, Key, Shape, Time

_ZERO = Decimal(0)
Reason = Annotated[str, Meta(min_length=1, max_length=1000, description="Why; it stands in the record.")]
Name = Annotated[str, Meta(min_length=1, max_length=1000, description="What documents call it.")]
Unit = Annotated[
    str, Meta(min_length=1, max_length=64, description="A currency, or a credit unit of the catalog.")
]
Priority = Annotated[int, Meta(ge=0, le=1_000_000, description="Lower is drawn on first.")]
Interval = Annotated[str, Meta(pattern=r"^P[1-9][0-9]{0,2}[DWMY]$", description="P1D, P1W, P1M, P1Y …")]


class LotScopeIn(Shape, frozen=True, kw_only=True):
    """What a lot may pay for; an empty list asks for nothing."""

    metrics: list[str] = []
    groups: list[str] = []
    prices: list[str] = []


class RecurrenceIn(Shape, frozen=True, kw_only=True):
    """When a lot is filled again: every interval, counted from the anchor."""

    interval: Interval
    anchor: Annotated[
        Instant | None,
        Meta(description="From when intervals are counted; from the lot's beginning if left out."),
    ] = None
    refill: bool = True


class RollOverIn(Shape, frozen=True, kw_only=True):
    """How much of what is left goes over at a renewal."""

    minimum: Exact = _ZERO
    maximum: Exact


class LotIn(Shape, frozen=True, kw_only=True):
    """A lot of credit to be granted."""

    customer: Key
    name: Name
    amount: Exact
    unit: Unit
    reason: Reason
    effective_at: Instant | None = None
    expires_at: Instant | None = None
    priority: Priority = 100
    cost_basis: Annotated[Exact, Meta(description="What one unit cost the customer; 0: given for free.")] = (
        _ZERO
    )
    scope: LotScopeIn | None = None
    recurrence: RecurrenceIn | None = None
    roll_over: RollOverIn | None = None
    overdraft: bool = False
    dry_run: bool = False


class LotScope(Shape, frozen=True, kw_only=True):
    """What a lot may pay for."""

    metrics: list[str]
    groups: list[str]
    prices: list[str]


class Recurrence(Shape, frozen=True, kw_only=True):
    """When a lot is filled again."""

    interval: str
    anchor: Time
    refill: bool
    clears_overage: bool


class RollOver(Shape, frozen=True, kw_only=True):
    """How much of what is left goes over at a renewal."""

    minimum: Amount
    maximum: Amount


class LotEnd(Shape, frozen=True, kw_only=True):
    """That somebody ended a lot before its time."""

    at: Time
    by: str
    reason: str


class Draw(Shape, frozen=True, kw_only=True):
    """What was taken from a lot (negative: given back): when it counts, by what, and what it paid."""

    kind: Literal["document", "transfer"]
    about: str
    number: str
    at: Time
    recorded_at: Time
    units: Amount
    amount: Amount
    cost: Amount


class Lot(Shape, frozen=True, kw_only=True):
    """A lot of credit with its draws and what it holds now."""

    id: str
    customer: str
    name: str
    unit: str
    amount: Amount
    balance: Amount
    status: Literal["upcoming", "active", "used_up", "expired", "ended"]
    effective_at: Time
    expires_at: Time | None
    priority: int
    cost_basis: Amount
    scope: LotScope
    recurrence: Recurrence | None
    roll_over: RollOver | None
    overdraft: bool
    origin: Literal["grant", "top_up", "transfer", "purchase"]
    origin_id: str
    granted_at: Time
    granted_by: str
    reason: str
    ended: LotEnd | None
    draws: list[Draw]


class LotList(Shape, frozen=True, kw_only=True):
    """A page of lots, by id."""

    items: list[Lot]
    next: str | None


class LotsQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which lots to list."""

    customer: str | None = None
    unit: str | None = None


class VoidIn(Shape, frozen=True, kw_only=True):
    """Why a lot ends now."""

    reason: Reason
    dry_run: bool = False


class TransferIn(Shape, frozen=True, kw_only=True):
    """How much of a lot goes to whom, and why."""

    to: Key
    amount: Exact
    reason: Reason
    dry_run: bool = False


class Movement(Shape, frozen=True, kw_only=True):
    """One change of a lot: by how much, to what, what all lots of the unit hold then, and why, in words."""

    at: Time
    lot: str
    name: str
    kind: Literal["granted", "renewed", "drawn", "given_back", "ended"]
    change: Amount
    balance: Amount
    total: Amount
    about: str
    text: str


class MovementList(Shape, frozen=True, kw_only=True):
    """Everything that moved a lot, oldest first, until now."""

    items: list[Movement]
    next: str | None


class BalanceQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose credit."""

    customer: Key


class UnitBalance(Shape, frozen=True, kw_only=True):
    """What a customer holds in one unit, what is used and not billed yet, and what is left then.

    `lots` stand in the order in which they are drawn on; `movements` are those of all of them.
    """

    unit: str
    balance: Amount
    pending: Amount
    left: Amount
    lots: list[Lot]
    movements: list[Movement]


class CustomerCredit(Shape, frozen=True, kw_only=True):
    """A customer's credit, unit by unit."""

    customer: str
    at: Time
    units: list[UnitBalance]


class TopUpIn(Shape, frozen=True, kw_only=True):
    """A rule: where the credit falls below the threshold, this much comes on top."""

    customer: Key
    name: Name
    unit: Unit
    threshold: Exact
    amount: Exact
    cost_basis: Exact = _ZERO
    priority: Priority = 100
    valid_days: Annotated[int, Meta(ge=1, le=3660)] | None = None
    most_per_month: Annotated[int, Meta(ge=1, le=1000)] | None = None
    next_document: Annotated[
        bool, Meta(description="Whether the next document charges for the lots; else they are owed at once.")
    ] = False
    dry_run: bool = False


class TopUp(Shape, frozen=True, kw_only=True):
    """A rule that tops credit up."""

    id: str
    customer: str
    name: str
    unit: str
    threshold: Amount
    amount: Amount
    made_at: Time
    made_by: str
    cost_basis: Amount
    priority: int
    valid_days: int | None
    most_per_month: int | None
    removed_at: Time | None
    next_document: bool = False


class TopUpList(Shape, frozen=True, kw_only=True):
    """A page of rules, by id."""

    items: list[TopUp]
    next: str | None


class TopUpsQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose rules to list."""

    customer: str | None = None


class TopUpRunIn(Shape, frozen=True, kw_only=True):
    """For whom the rules are carried out; for everybody where nobody is named."""

    customer: Key | None = None
    dry_run: bool = False


class ToppedUp(Shape, frozen=True, kw_only=True):
    """The lots that rules granted, or would; `problems` say which could not, and why."""

    dry_run: bool
    lots: list[Lot]
    problems: list[ProblemItem]
