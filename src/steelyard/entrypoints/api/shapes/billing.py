"""Billing runs, invoices, where a line comes from, evidence, journal."""

from __future__ import annotations

from typing import Any, Literal

from steelyard.entrypoints.api.pages import PageQuery
from steelyard.entrypoints.api.problems import ProblemItem
from steelyard.entrypoints.api.shapes.base import Amount, Month, Shape, Time
from steelyard.entrypoints.api.shapes.events import Event, Receipt


class RunIn(Shape, frozen=True, kw_only=True):
    """A month to be billed."""

    period: Month
    dry_run: bool = False


class RunCounts(Shape, frozen=True, kw_only=True):
    """What a run did with each customer, and which usage no document contains."""

    customers: int
    invoices: int
    credit_notes: int
    already_billed: int
    nothing_to_bill: int
    refused: int
    entries: int
    adjustments: int
    late_events: int
    uncontracted_events: int
    held_events: int = 0


class RunTotals(Shape, frozen=True, kw_only=True):
    """Money of a run in one currency; credited amounts are positive."""

    invoiced: Amount
    credited: Amount
    net: Amount
    tax: Amount
    rounding_difference: Amount
    adjusted: Amount


class Run(Shape, frozen=True, kw_only=True):
    """What a billing run did; `previewed` wrote nothing, `unchanged` found all billed already."""

    id: str
    period: str
    at: Time
    status: Literal["previewed", "completed", "unchanged", "incomplete"]
    counts: RunCounts
    totals: dict[str, RunTotals]
    record_size: int
    problems: list[ProblemItem]


class RunList(Shape, frozen=True, kw_only=True):
    """A page of billing runs, newest first."""

    items: list[Run]
    next: str | None


class Span(Shape, frozen=True, kw_only=True):
    """A half-open span of time."""

    start: Time
    end: Time


class Step(Shape, frozen=True, kw_only=True):
    """One step of how a price was worked out."""

    text: str
    quantity: Amount
    unit_amount: Amount
    amount: Amount
    kind: str


class Adjusted(Shape, frozen=True, kw_only=True):
    """What an adjustment line brings up to date: what was billed of an earlier period, and what it is now."""

    period_name: str
    documents: list[str]
    billed_quantity: Amount | None
    billed_exact: Amount
    billed: Amount
    billed_events: int
    quantity: Amount | None
    amount_exact: Amount
    amount: Amount


class PeriodChange(Shape, frozen=True, kw_only=True):
    """How a billed period changed since; the next billing run puts the difference on a document."""

    period_name: str
    document: str
    added: int
    ended: int
    difference: Amount


class LotDraw(Shape, frozen=True, kw_only=True):
    """What a lot of credit paid of one line; on an adjustment the difference, negative where given back."""

    lot: str
    line: str
    units: Amount
    amount: Amount
    cost: Amount


class PoolPart(Shape, frozen=True, kw_only=True):
    """What one subscription brings to a price that customers share under a contract."""

    customer: str
    subscription: str
    quantity: Amount
    events: int
    since: Time | None
    included: Amount
    free: Amount
    days: Amount = "1"


class Borne(Shape, frozen=True, kw_only=True):
    """What a shared commitment bears of a member's charge: who used it, whose commitments pay."""

    customer: str
    payer: str
    contract: str
    commitments: list[str]
    quantity: Amount
    amount: Amount


class LinePart(Shape, frozen=True, kw_only=True):
    """One part of a line's quantity: the values of dimensions, or the window, that it is for."""

    at: list[str]
    quantity: Amount
    amount: Amount | None


class Line(Shape, frozen=True, kw_only=True):
    """One line of an invoice: what, how much of it, at what price, resting on which events.

    `parts` divide the quantity where a price looks at them; `given_free` is what units that discounts
    make free would have cost.
    """

    id: str
    group: str
    title: str
    period: Span
    amount_exact: Amount
    amount: Amount
    quantity: Amount | None
    unit: str
    price_key: str
    price_version: str
    metric: str
    meter: str
    dimension: dict[str, str]
    subscription: str
    reason: str
    steps: list[Step]
    events: int
    first_seq: int
    last_seq: int
    adjusts: Adjusted | None
    pool: list[PoolPart] = []
    parts: list[LinePart] = []
    draws: list[LotDraw] = []
    advance: str = ""
    given_free: Amount = "0"
    borne: Borne | None = None


class Chain(Shape, frozen=True, kw_only=True):
    """The part of the customer's chain that a document rests on, both ends included."""

    first_seq: int
    last_seq: int
    entries: int


class FloorRoom(Shape, frozen=True, kw_only=True):
    """What may still be given away of a subscription's charges before its contract year meets a floor."""

    floor: str
    subscription: str
    prices: list[str]
    room: Amount


class Draft(Shape, frozen=True, kw_only=True):
    """What an invoice would say for a period as things stand; it has no number."""

    customer: str
    customer_name: str
    currency: str
    period: Span
    period_name: str
    lines: list[Line]
    subtotal: Amount
    tax: Amount
    total: Amount
    rounding_difference: Amount
    catalog_version: str
    subscriptions: list[str]
    chain: Chain
    known_at: Time | None
    versions: dict[str, str]
    contracts: list[str] = []
    turned: dict[str, str] = {}
    changes: list[PeriodChange]
    problems: list[ProblemItem]
    status: str
    lot_versions: dict[str, int] = {}
    floor_room: list[FloorRoom] = []


class InvoiceHead(Shape, frozen=True, kw_only=True):
    """An invoice or credit note without its lines; a credit note's amounts are those given back."""

    id: str
    number: str
    kind: Literal["invoice", "credit_note"]
    customer: str
    customer_name: str
    currency: str
    period: Span
    period_name: str
    issued_at: Time
    subtotal: Amount
    tax: Amount
    total: Amount
    status: str


class Invoice(InvoiceHead, frozen=True, kw_only=True):
    """A numbered invoice or credit note; `changed` tells what of its period is on no document yet."""

    lines: list[Line]
    rounding_difference: Amount
    catalog_version: str
    subscriptions: list[str]
    chain: Chain
    known_at: Time | None
    versions: dict[str, str]
    contracts: list[str] = []
    turned: dict[str, str] = {}
    run: str
    changed: PeriodChange | None
    adjusted_by: list[str]


class InvoiceList(Shape, frozen=True, kw_only=True):
    """A page of invoices and credit notes, by number."""

    items: list[InvoiceHead]
    next: str | None


class InvoicesQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which invoices to list."""

    customer: str | None = None
    period: Month | None = None
    kind: Literal["invoice", "credit_note"] | None = None


class Trace(Shape, frozen=True, kw_only=True):
    """Where a line comes from: price and steps, quantity, meter, events, receipts."""

    invoice: str
    line: Line
    price: dict[str, Any] | None
    steps: list[Step]
    quantity: Amount | None
    meter: dict[str, Any] | None
    events: list[Event]
    receipts: list[Receipt]
    next: str | None


class Posting(Shape, frozen=True, kw_only=True):
    """One leg: debit is positive, credit negative."""

    account: str
    customer: str | None
    currency: str
    amount: Amount


class JournalEntry(Shape, frozen=True, kw_only=True):
    """Postings that sum to zero."""

    id: str
    posted_at: Time
    description: str
    about: str
    postings: list[Posting]


class JournalQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which journal entries to list."""

    about: str | None = None


class JournalList(Shape, frozen=True, kw_only=True):
    """A page of the journal."""

    items: list[JournalEntry]
    next: str | None


class Balance(Shape, frozen=True, kw_only=True):
    """What an account holds in one currency."""

    account: str
    name: str
    currency: str
    debit: Amount
    credit: Amount
    balance: Amount


class TrialBalance(Shape, frozen=True, kw_only=True):
    """All accounts; balanced when each currency sums to zero."""

    accounts: list[Balance]
    balanced: bool
    entries: int
