"""What can be asked about credit_orders, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.
# ruff: noqa: PLR0913

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Literal, NotRequired, TypedDict

from steelyard.client.generated.top_ups import Lot, LotScope
from steelyard.client.transport import Transport, follow, path_part, without_none


class Breakage(TypedDict):
    """What expired unused and is revenue now; nothing where all of it was posted before."""

    period: str
    dry_run: bool
    totals: dict[str, str]
    lots: builtins.list[ExpiredLot]


class CreditNotice(TypedDict):
    """One thing to know about a customer's credit, in words."""

    kind: Literal["expires", "low", "used_up"]
    customer: str
    unit: str
    units: str
    text: str
    lot: str
    at: str | None


class CreditNoticeList(TypedDict):
    """What some customers should know; a page is so many customers, by key."""

    items: builtins.list[CreditNotice]
    next: str | None


class CreditOrder(TypedDict):
    """Credit that a customer buys; a negative amount gives back what was paid for credit."""

    id: str
    customer: str
    name: str
    unit: str
    amount: str
    cost_basis: str
    cost: str
    status: Literal["cancelled", "charged", "open"]
    ordered_at: str
    ordered_by: str
    reason: str
    valid_days: int | None
    priority: int
    scope: LotScope
    lot: str
    document: str
    number: str
    cancelled_at: str | None


class CreditOrderList(TypedDict):
    """A page of orders, by id, which is by time."""

    items: builtins.list[CreditOrder]
    next: str | None


class ExpiredLot(TypedDict):
    """A lot that expired with something left, and what of it is posted as revenue now."""

    lot: str
    customer: str
    name: str
    unit: str
    expired_at: str
    units: str
    cost: str
    amount: str
    currency: str


class LotScopeIn(TypedDict):
    """What a lot may pay for; an empty list asks for nothing."""

    metrics: NotRequired[builtins.list[str]]
    groups: NotRequired[builtins.list[str]]
    prices: NotRequired[builtins.list[str]]


class Ordered(TypedDict):
    """An order as it stands, and the lot that it granted at once."""

    order: CreditOrder
    lot: Lot | None


class CreditOrdersApi:
    """What can be asked about credit_orders."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self,
        *,
        customer: str,
        name: str,
        amount: str,
        unit: str,
        reason: str,
        cost_basis: str | None = None,
        valid_days: int | None = None,
        priority: int | None = None,
        scope: LotScopeIn | None = None,
        at_once: bool | None = None,
        dry_run: bool | None = None,
    ) -> Ordered:
        """Order credit: the customer's next document charges for it; `dry_run` shows it."""
        return self._transport.json(
            "POST",
            "/api/v1/credits/orders",
            body={
                "customer": customer,
                "name": name,
                "amount": amount,
                "unit": unit,
                "reason": reason,
                **without_none(
                    {
                        "cost_basis": cost_basis,
                        "valid_days": valid_days,
                        "priority": priority,
                        "scope": scope,
                        "at_once": at_once,
                        "dry_run": dry_run,
                    }
                ),
            },
        )

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        customer: str | None = None,
        status: Literal["cancelled", "charged", "open"] | None = None,
    ) -> CreditOrderList:
        """Orders of credit with the document that charges for each, by id."""
        return self._transport.json(
            "GET",
            "/api/v1/credits/orders",
            query={"limit": limit, "cursor": cursor, "customer": customer, "status": status},
        )

    def each(
        self,
        *,
        limit: int | None = None,
        customer: str | None = None,
        status: Literal["cancelled", "charged", "open"] | None = None,
    ) -> Iterator[CreditOrder]:
        """Orders of credit with the document that charges for each, by id, page after page."""
        return follow(lambda cursor: self.list(limit=limit, customer=customer, status=status, cursor=cursor))

    def show(self, id: str | int) -> CreditOrder:
        """One order of credit."""
        return self._transport.json("GET", f"/api/v1/credits/orders/{path_part(id)}")

    def cancel(self, id: str | int, *, dry_run: bool | None = None) -> CreditOrder:
        """Cancel an order that no document charges for yet."""
        return self._transport.json(
            "POST",
            f"/api/v1/credits/orders/{path_part(id)}/cancel",
            body={**without_none({"dry_run": dry_run})},
        )

    def breakage(self, *, period: str, dry_run: bool | None = None) -> Breakage:
        """Post as revenue what was paid for credit that expired unused; doing it again posts nothing."""
        return self._transport.json(
            "POST", "/api/v1/credits/breakage", body={"period": period, **without_none({"dry_run": dry_run})}
        )

    def notices(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        customer: str | None = None,
        days: int | None = None,
        low_percent: int | None = None,
    ) -> CreditNoticeList:
        """What expires soon and what runs low, customer by customer."""
        return self._transport.json(
            "GET",
            "/api/v1/credits/notices",
            query={
                "limit": limit,
                "cursor": cursor,
                "customer": customer,
                "days": days,
                "low_percent": low_percent,
            },
        )

    def each_of_notices(
        self,
        *,
        limit: int | None = None,
        customer: str | None = None,
        days: int | None = None,
        low_percent: int | None = None,
    ) -> Iterator[CreditNotice]:
        """What expires soon and what runs low, customer by customer, page after page."""
        return follow(
            lambda cursor: self.notices(
                limit=limit, customer=customer, days=days, low_percent=low_percent, cursor=cursor
            )
        )
