"""What can be asked about invoices, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Any, Literal, NotRequired, TypedDict

from steelyard.client.generated.events import Event, Receipt
from steelyard.client.generated.migrations import Chain, Line, PeriodChange, Span, Step
from steelyard.client.transport import Transport, follow, path_part


class Invoice(TypedDict):
    """A numbered invoice or credit note; `changed` tells what of its period is on no document yet."""

    id: str
    number: str
    kind: Literal["credit_note", "invoice"]
    customer: str
    customer_name: str
    currency: str
    period: Span
    period_name: str
    issued_at: str
    subtotal: str
    tax: str
    total: str
    status: str
    lines: builtins.list[Line]
    rounding_difference: str
    catalog_version: str
    subscriptions: builtins.list[str]
    chain: Chain
    known_at: str | None
    versions: dict[str, str]
    contracts: NotRequired[builtins.list[str]]
    turned: NotRequired[dict[str, str]]
    run: str
    changed: PeriodChange | None
    adjusted_by: builtins.list[str]


class InvoiceHead(TypedDict):
    """An invoice or credit note without its lines; a credit note's amounts are those given back."""

    id: str
    number: str
    kind: Literal["credit_note", "invoice"]
    customer: str
    customer_name: str
    currency: str
    period: Span
    period_name: str
    issued_at: str
    subtotal: str
    tax: str
    total: str
    status: str


class InvoiceList(TypedDict):
    """A page of invoices and credit notes, by number."""

    items: builtins.list[InvoiceHead]
    next: str | None


class Trace(TypedDict):
    """Where a line comes from: price and steps, quantity, meter, events, receipts."""

    invoice: str
    line: Line
    price: dict[str, Any] | None
    steps: builtins.list[Step]
    quantity: str | None
    meter: dict[str, Any] | None
    events: builtins.list[Event]
    receipts: builtins.list[Receipt]
    next: str | None


class InvoicesApi:
    """What can be asked about invoices."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        customer: str | None = None,
        period: str | None = None,
        kind: Literal["credit_note", "invoice"] | None = None,
    ) -> InvoiceList:
        """Invoices and credit notes, without their lines."""
        return self._transport.json(
            "GET",
            "/api/v1/invoices",
            query={"limit": limit, "cursor": cursor, "customer": customer, "period": period, "kind": kind},
        )

    def each(
        self,
        *,
        limit: int | None = None,
        customer: str | None = None,
        period: str | None = None,
        kind: Literal["credit_note", "invoice"] | None = None,
    ) -> Iterator[InvoiceHead]:
        """Invoices and credit notes, without their lines, page after page."""
        return follow(
            lambda cursor: self.list(limit=limit, customer=customer, period=period, kind=kind, cursor=cursor)
        )

    def pdf(self, id: str | int) -> bytes:
        """An invoice as PDF; the same bytes each time."""
        return self._transport.raw("GET", f"/api/v1/invoices/{path_part(id)}.pdf")

    def show(self, id: str | int) -> Invoice:
        """One invoice or credit note, by id or number."""
        return self._transport.json("GET", f"/api/v1/invoices/{path_part(id)}")

    def evidence(self, id: str | int) -> bytes:
        """All that proves an invoice, for checking it offline."""
        return self._transport.raw("GET", f"/api/v1/invoices/{path_part(id)}/evidence")

    def trace(
        self, id: str | int, line: str | int, *, limit: int | None = None, cursor: str | None = None
    ) -> Trace:
        """Where a line comes from: price, steps, quantity, meter, events, receipts."""
        return self._transport.json(
            "GET",
            f"/api/v1/invoices/{path_part(id)}/lines/{path_part(line)}/trace",
            query={"limit": limit, "cursor": cursor},
        )

    def each_of_trace(self, id: str | int, line: str | int, *, limit: int | None = None) -> Iterator[Any]:
        """Where a line comes from: price, steps, quantity, meter, events, receipts, page after page."""
        return follow(lambda cursor: self.trace(id, line, limit=limit, cursor=cursor))
