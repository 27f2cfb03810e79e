"""Billing: from an effective rate card and quantities to numbered, posted, provable documents.

Owns: drafts, invoices, credit notes, their numbers, their posting to the journal, runs, the adjustment of
billed periods whose usage changed, evidence files.
Does not own: prices and how they are rated (rating, catalog), usage (metering), customers (contracts).

Invariants: each line is rounded once and nothing else is; lines sum to the total; the rounding difference is
posted; numbers have no gaps; a customer's period is billed once; a document never changes after it is issued;
what all documents of a customer charge for a period is that period drafted anew, as known at the latest one.
"""

from steelyard.billing.model import (
    GROUP_ORDER,
    GROUP_TITLES,
    INVOICE_TRANSITIONS,
    Adjusted,
    Advance,
    BillingRun,
    ChainRange,
    CreditNote,
    Document,
    DocumentKind,
    DraftInvoice,
    Invoice,
    InvoiceStatus,
    Line,
    LineGroup,
    NumberSeries,
    PeriodChange,
    RunCounts,
    RunStatus,
    RunTotals,
)

__all__ = [
    "GROUP_ORDER",
    "GROUP_TITLES",
    "INVOICE_TRANSITIONS",
    "Adjusted",
    "Advance",
    "BillingRun",
    "ChainRange",
    "CreditNote",
    "Document",
    "DocumentKind",
    "DraftInvoice",
    "Invoice",
    "InvoiceStatus",
    "Line",
    "LineGroup",
    "NumberSeries",
    "PeriodChange",
    "RunCounts",
    "RunStatus",
    "RunTotals",
]
