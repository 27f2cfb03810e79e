"""Credit that is bought, what of it expired unused, and what customers should know of theirs."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from steelyard.entrypoints.api.pages import PageQuery
from steelyard.entrypoints.api.shapes.base import Amount, Exact, Key, Month, Shape, Time
from steelyard.entrypoints.api.shapes.credits import (
    Lot,
    LotScope,
    LotScopeIn,
    Name,
    Priority,
    Reason,
    Unit,
)


class CreditOrderIn(Shape, frozen=True, kw_only=True):
    """Credit to be bought; the customer's next document charges for it."""

    customer: Key
    name: Name
    amount: Exact
    unit: Unit
    reason: Reason
    cost_basis: Annotated[
        Exact | None,
        Meta(description="What one unit costs in the customer's currency; as much as it pays if left out."),
    ] = None
    valid_days: Annotated[int, Meta(ge=1, le=3660)] | None = None
    priority: Priority = 100
    scope: LotScopeIn | None = None
    at_once: Annotated[
        bool, Meta(description="Whether the lot is granted now, and not only with the document.")
    ] = False
    dry_run: bool = False


class CreditOrder(Shape, frozen=True, kw_only=True):
    """Credit that a customer buys; a negative amount gives back what was paid for credit."""

    id: str
    customer: str
    name: str
    unit: str
    amount: Amount
    cost_basis: Amount
    cost: Amount
    status: Literal["open", "charged", "cancelled"]
    ordered_at: Time
    ordered_by: str
    reason: str
    valid_days: int | None
    priority: int
    scope: LotScope
    lot: str
    document: str
    number: str
    cancelled_at: Time | None


class Ordered(Shape, frozen=True, kw_only=True):
    """An order as it stands, and the lot that it granted at once."""

    order: CreditOrder
    lot: Lot | None


class CreditOrderList(Shape, frozen=True, kw_only=True):
    """A page of orders, by id, which is by time."""

    items: list[CreditOrder]
    next: str | None


class CreditOrdersQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which orders to list."""

    customer: str | None = None
    status: Literal["open", "charged", "cancelled"] | None = None


class CancelIn(Shape, frozen=True, kw_only=True):
    """Whether to cancel, or only to say what that would be."""

    dry_run: bool = False


class BreakageIn(Shape, frozen=True, kw_only=True):
    """Until the end of which month expiries are looked at."""

    period: Month
    dry_run: bool = False


class ExpiredLot(Shape, frozen=True, kw_only=True):
    """A lot that expired with something left, and what of it is posted as revenue now."""

    lot: str
    customer: str
    name: str
    unit: str
    expired_at: Time
    units: Amount
    cost: Amount
    amount: Amount
    currency: str


class Breakage(Shape, frozen=True, kw_only=True):
    """What expired unused and is revenue now; nothing where all of it was posted before."""

    period: str
    dry_run: bool
    totals: dict[str, str]
    lots: list[ExpiredLot]


class CreditNoticesQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose credit, how many days ahead, and below which percentage of what was granted it is low."""

    customer: str | None = None
    days: Annotated[int, Meta(ge=0, le=3660)] = 30
    low_percent: Annotated[int, Meta(ge=0, le=100)] = 20


class CreditNotice(Shape, frozen=True, kw_only=True):
    """One thing to know about a customer's credit, in words."""

    kind: Literal["expires", "low", "used_up"]
    customer: str
    unit: str
    units: Amount
    text: str
    lot: str
    at: Time | None


class CreditNoticeList(Shape, frozen=True, kw_only=True):
    """What some customers should know; a page is so many customers, by key."""

    items: list[CreditNotice]
    next: str | None
