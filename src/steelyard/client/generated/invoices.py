"""What can be asked about invoices, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Any, Literal, NotRequired, TypedDict

from steelyard.client.transport import Transport, follow, path_part


class Adjusted(TypedDict):
    """What an adjustment line brings up to date: what was billed of an earlier period, and what it is now."""

    period_name: str
    documents: builtins.list[str]
    billed_quantity: str | None
    billed_exact: str
    billed: str
    billed_events: int
    quantity: str | None
    amount_exact: str
    amount: str


class Borne(TypedDict):
    """What a shared commitment bears of a member's charge: who used it, whose commitments pay."""

    customer: str
    payer: str
    contract: str
    commitments: builtins.list[str]
    quantity: str
    amount: str


class Chain(TypedDict):
    """The part of the customer's chain that a document rests on, both ends included."""

    first_seq: int
    last_seq: int
    entries: int


class Event(TypedDict):
    """A usage event of the record."""

    index: int
    customer: str
    seq: int
    source: str
    id: str
    type: str
    subject: str
    time: str
    recorded_at: str
    data: Any
    dimensions: dict[str, str]
    cost: str | None
    status: Literal[
        "attributed",
        "deprecated",
        "held",
        "pending",
        "quarantined",
        "unattributed",
        "unmatched",
        "voided",
        "withdrawn",
    ]
    mismatch: NotRequired[str]


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


class Line(TypedDict):
    """One line of an invoice: what, how much of it, at what price, resting on which events.

    `parts` divide the quantity where a price looks at them; `given_free` is what units that discounts
    make free would have cost."""

    id: str
    group: str
    title: str
    period: Span
    amount_exact: str
    amount: str
    quantity: str | None
    unit: str
    price_key: str
    price_version: str
    metric: str
    meter: str
    dimension: dict[str, str]
    subscription: str
    reason: str
    steps: builtins.list[Step]
    events: int
    first_seq: int
    last_seq: int
    adjusts: Adjusted | None
    pool: NotRequired[builtins.list[PoolPart]]
    parts: NotRequired[builtins.list[LinePart]]
    draws: NotRequired[builtins.list[LotDraw]]
    advance: NotRequired[str]
    given_free: NotRequired[str]
    borne: NotRequired[Borne | None]


class LinePart(TypedDict):
    """One part of a line's quantity: the values of dimensions, or the window, that it is for."""

    at: builtins.list[str]
    quantity: str
    amount: str | None


class LotDraw(TypedDict):
    """What a lot of credit paid of one line; on an adjustment the difference, negative where given back."""

    lot: str
    line: str
    units: str
    amount: str
    cost: str


class PeriodChange(TypedDict):
    """How a billed period changed since; the next billing run puts the difference on a document."""

    period_name: str
    document: str
    added: int
    ended: int
    difference: str


class PoolPart(TypedDict):
    """What one subscription brings to a price that customers share under a contract."""

    customer: str
    subscription: str
    quantity: str
    events: int
    since: str | None
    included: str
    free: str
    days: NotRequired[str]


class Receipt(TypedDict):
    """Where an event stands in the record: its index, its place in the customer's chain, its public leaf."""

    index: int
    customer: str
    seq: int
    leaf: str


class Span(TypedDict):
    """A half-open span of time."""

    start: str
    end: str


class Step(TypedDict):
    """One step of how a price was worked out."""

    text: str
    quantity: str
    unit_amount: str
    amount: str
    kind: str


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
