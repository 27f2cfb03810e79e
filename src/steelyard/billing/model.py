"""The records of billing: lines, drafts, the two kinds of finished documents, and runs over a period.

A draft and a finished document are different types: a draft has no number and can be made again at will;
an `Invoice` or `CreditNote` is numbered, told by the record and never edited. Amounts on an invoice are what
the customer owes; on a credit note they are what the customer gets back, so both show positive totals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from steelyard.kernel import LATER, ONE, ZERO, Period, Problem
from steelyard.rating import Step, UsagePart


class InvoiceStatus(StrEnum):
    """Where a document stands; what may follow is in `INVOICE_TRANSITIONS`."""

    DRAFT = "draft"
    ISSUED = "issued"


# What is issued is never edited: a correction is another document.
INVOICE_TRANSITIONS: Final[Mapping[InvoiceStatus, frozenset[InvoiceStatus]]] = {
    InvoiceStatus.DRAFT: frozenset({InvoiceStatus.ISSUED}),
    InvoiceStatus.ISSUED: frozenset(),
}


class DocumentKind(StrEnum):
    """Whether the customer owes (`invoice`) or is owed (`credit_note`)."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class Advance(StrEnum):
    """What a line has to do with payment in advance: nothing, it asks for a coming month, or it takes off
    what was asked for the document's own month on the document before."""

    NONE = ""
    ASKED = "asked"
    SETTLED = "settled"


class LineGroup(StrEnum):
    """The groups of a statement, in the order in which they stand on it."""

    CORE = "core"
    COMMITTED = "committed"
    OVERAGE = "overage"
    ADD_ON = "add-on"
    SUPPORT = "support"
    SERVICES = "services"
    PREPAID = "prepaid"
    DISCOUNT = "discount"
    CREDIT = "credit"
    TAX = "tax"


GROUP_TITLES: Final[Mapping[LineGroup, str]] = {
    LineGroup.CORE: "Core",
    LineGroup.COMMITTED: "Committed",
    LineGroup.OVERAGE: "Overage",
    LineGroup.ADD_ON: "Add-ons",
    LineGroup.SUPPORT: "Support",
    LineGroup.SERVICES: "Services",
    LineGroup.PREPAID: "Prepaid credit",
    LineGroup.DISCOUNT: "Discounts",
    LineGroup.CREDIT: "Credits",
    LineGroup.TAX: "Tax",
}

GROUP_ORDER: Final[Mapping[LineGroup, int]] = {group: place for place, group in enumerate(LineGroup)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """What an adjustment line brings up to date: what was billed of an earlier period, and what it is now.

    `documents` are the numbers of all that billed it until now, the first one first. Amounts are charges, on
    a credit note too. The line itself says the difference of both; its `events` are those that count now.
    """

    period_name: str
    documents: tuple[str, ...]
    billed_quantity: Decimal | None
    billed_exact: Decimal
    billed: Decimal
    billed_events: int
    quantity: Decimal | None
    amount_exact: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LotDraw:
    """What a lot of credit paid of one line; on an adjustment the difference, negative where given back.

    `line` is the id of the paid line on the document that drew first. `units` are of the lot, `amount` is in
    the document's currency, `cost` what the customer had paid for the units. A credit note leaves them as
    they are.
    """

    lot: str
    line: str
    units: Decimal
    amount: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolPart:
    """What one subscription brings to a price that several customers share under one contract.

    `quantity` and `events` are what its meter gave since `since` (None: all the time that it ran in the
    period), `included` are the free units that the price gives for that time, `free` those that the customer
    has by discounts of its own. `days` is the share of the month for which it pays a price that has a
    minimum; 1 where the price has none.
    """

    customer: str
    subscription: str
    quantity: Decimal
    events: int = 0
    since: datetime | None = None
    included: Decimal = ZERO
    free: Decimal = ZERO
    days: Decimal = field(default=ONE, metadata=LATER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Borne:
    """What a shared commitment bears of a member's charge, as both documents say it.

    `customer` used it, `payer` has the `contract` whose `commitments` (by key) bear it. `amount` is what the
    member's line charges for `quantity`, never with its sign turned.
    """

    customer: str
    payer: str
    contract: str
    commitments: tuple[str, ...]
    quantity: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One charge: what, how much, for how much, and what it rests on.

    `amount_exact` is what rating gave, `amount` the same rounded once to the currency's minor unit. `events`
    counts the usage events behind `quantity`; they lie in the customer's chain between `first_seq` and
    `last_seq` (both 0 where a line rests on no usage). `price_version` is the id of the catalog version in
    which the price stands; the amounts of `steps` sum to `amount_exact`. A line that `adjusts` charges, or
    gives back, the difference of an earlier period alone. A line of credit has the lot's id as `price_key`,
    and its `draws` say what the lot paid of which line. `parts` divide the quantity where a price looks at
    them; `pool` are all who share the price, this line's own subscription among them. `advance` marks lines
    of what is paid in advance; those that ask are for the coming month. `given_free` is what the units that
    discounts make free would have cost beyond `amount`. `borne` stands where a shared commitment bears a
    member's charge: on the line that takes it off the member's document, and on the one that puts it on the
    payer's.
    """

    id: str
    group: LineGroup
    title: str
    period: Period
    amount_exact: Decimal
    amount: Decimal
    quantity: Decimal | None = None
    unit: str = ""
    price_key: str = ""
    price_version: str = ""
    metric: str = ""
    meter: str = ""
    dimension: Mapping[str, str] = field(default_factory=dict[str, str])
    subscription: str = ""
    reason: str = ""
    steps: tuple[Step, ...] = ()
    events: int = 0
    first_seq: int = 0
    last_seq: int = 0
    adjusts: Adjusted | None = None
    draws: tuple[LotDraw, ...] = field(default=(), metadata=LATER)
    parts: tuple[UsagePart, ...] = field(default=(), metadata=LATER)
    pool: tuple[PoolPart, ...] = field(default=(), metadata=LATER)
    advance: Advance = field(default=Advance.NONE, metadata=LATER)
    given_free: Decimal = field(default=ZERO, metadata=LATER)
    borne: Borne | None = field(default=None, metadata=LATER)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodChange:
    """How much a billed period changed since: events that came to count, events that ceased to, and money.

    `document` is the number of the document that billed it first, `difference` what is still to be charged
    (negative: given back) for it, tax included. The next billing run puts it on a document.
    """

    period_name: str
    document: str
    added: int
    ended: int
    difference: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainRange:
    """The section of a customer's chain that a document rests on: sequence numbers, both ends included.

    `events` counts an event once for each line that rests on it; 0 means that nothing was used.
    """

    first_seq: int = 0
    last_seq: int = 0
    entries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorRoom:
    """What may still be given away of a subscription's charges this month before its year meets a floor.

    `prices` are the charges that the floor is about; none: all of them together.
    """

    floor: str
    subscription: str
    prices: tuple[str, ...]
    room: Decimal

    def is_about(self, line: Line) -> bool:
        """Whether a gift on the line uses some of the room."""
        mine = line.subscription == self.subscription
        return mine and (not self.prices or line.price_key in self.prices)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftInvoice:
    """What would be charged for a period: computed, not numbered, not kept.

    `period_name` is the month on the customer's own calendar (`2026-10`). `total` may be negative; finishing
    such a draft gives a credit note. `rounding_difference` is the sum of the rounded charges less the sum of
    the exact ones (tax apart: what is owed of it is what the document says). `known_at` is the moment up to
    which the record was read (None: all of it), `versions` the catalog version that each subscription of the
    period is priced by, whether or not it has a line (`turned`: from the moment on at which it turns to
    another catalog in the period, by the name of that turn), `contracts` the contracts that hold in it.
    `changes` are those of periods billed before. A draft with `problems` cannot be finished. `lot_versions`
    are the versions of the lots and orders of credit that it was drafted with, `floor_room` what floors still
    allow to be given away.
    """

    customer: str
    customer_name: str
    currency: str
    period: Period
    period_name: str
    lines: tuple[Line, ...]
    subtotal: Decimal
    tax: Decimal
    total: Decimal
    rounding_difference: Decimal
    catalog_version: str
    subscriptions: tuple[str, ...]
    chain: ChainRange
    known_at: datetime | None = None
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    contracts: tuple[str, ...] = field(default=(), metadata=LATER)
    turned: Mapping[str, str] = field(default_factory=dict[str, str], metadata=LATER)
    changes: tuple[PeriodChange, ...] = ()
    problems: tuple[Problem, ...] = ()
    lot_versions: Mapping[str, int] = field(default_factory=dict[str, int], metadata=LATER)
    floor_room: tuple[FloorRoom, ...] = field(default=(), metadata=LATER)
    status: InvoiceStatus = InvoiceStatus.DRAFT


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """A finished, numbered document that says what a customer owes for a period.

    `known_at`, `versions` and `contracts` are those of the draft: the same usage and prices give it again.
    """

    id: str
    number: str
    customer: str
    customer_name: str
    currency: str
    period: Period
    period_name: str
    issued_at: datetime
    lines: tuple[Line, ...]
    subtotal: Decimal
    tax: Decimal
    total: Decimal
    rounding_difference: Decimal
    catalog_version: str
    subscriptions: tuple[str, ...]
    chain: ChainRange
    known_at: datetime | None = None
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    contracts: tuple[str, ...] = field(default=(), metadata=LATER)
    turned: Mapping[str, str] = field(default_factory=dict[str, str], metadata=LATER)
    run: str = ""
    kind: DocumentKind = DocumentKind.INVOICE
    status: InvoiceStatus = InvoiceStatus.ISSUED


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNote:
    """A finished, numbered document that says what a customer gets back for a period.

    The amounts of lines, subtotal, tax and total are those credited (the charge with its sign turned), so
    its total is positive; quantities stay as the meters gave them.
    """

    id: str
    number: str
    customer: str
    customer_name: str
    currency: str
    period: Period
    period_name: str
    issued_at: datetime
    lines: tuple[Line, ...]
    subtotal: Decimal
    tax: Decimal
    total: Decimal
    rounding_difference: Decimal
    catalog_version: str
    subscriptions: tuple[str, ...]
    chain: ChainRange
    known_at: datetime | None = None
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    contracts: tuple[str, ...] = field(default=(), metadata=LATER)
    turned: Mapping[str, str] = field(default_factory=dict[str, str], metadata=LATER)
    run: str = ""
    kind: DocumentKind = DocumentKind.CREDIT_NOTE
    status: InvoiceStatus = InvoiceStatus.ISSUED


Document = Invoice | CreditNote


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberSeries:
    """The last number given in one gap-free series, such as `INV-2026`."""

    key: str
    last: int = 0


class RunStatus(StrEnum):
    """How a run ended.

    `previewed` wrote nothing because it was a dry run; `unchanged` because all was billed already;
    `incomplete` billed what it could and names who is left, and why.
    """

    PREVIEWED = "previewed"
    COMPLETED = "completed"
    UNCHANGED = "unchanged"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCounts:
    """What a run did with each customer, and which usage no document contains.

    `entries` of the customers' chains are what its documents rest on. `adjustments` are periods of customers,
    billed before, whose usage changed since and whose difference is on a document now. `late_events` came to
    count, or ceased to, in billed periods of customers who get no document by this run: the next one adjusts
    them. `uncontracted_events` belong to customers without a subscription in the period. `held_events` are on
    no document until somebody releases them.
    """

    customers: int = 0
    invoices: int = 0
    credit_notes: int = 0
    already_billed: int = 0
    nothing_to_bill: int = 0
    refused: int = 0
    entries: int = 0
    adjustments: int = 0
    late_events: int = 0
    uncontracted_events: int = 0
    held_events: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTotals:
    """Money of a run in one currency: invoiced, credited (positive), and the net of both.

    `adjusted` is the part of the net, tax included, that adjusts periods billed before.
    """

    invoiced: Decimal = ZERO
    credited: Decimal = ZERO
    net: Decimal = ZERO
    tax: Decimal = ZERO
    rounding_difference: Decimal = ZERO
    adjusted: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingRun:
    """One pass over the customers of a period; `record_size` is the record's size that it saw."""

    id: str
    period: str
    at: datetime
    status: RunStatus
    counts: RunCounts
    totals: Mapping[str, RunTotals]
    record_size: int
    problems: tuple[Problem, ...] = ()
