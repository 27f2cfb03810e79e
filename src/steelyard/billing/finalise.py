"""From a draft to a finished document: an invoice, or a credit note where the total is negative."""

from __future__ import annotations

import dataclasses
from datetime import datetime

from steelyard.billing.model import (
    INVOICE_TRANSITIONS,
    CreditNote,
    Document,
    DocumentKind,
    DraftInvoice,
    Invoice,
    InvoiceStatus,
    Line,
)
from steelyard.kernel import InvalidInput, Period, content_id, iso


def kind_of(draft: DraftInvoice) -> DocumentKind:
    """What finishing the draft gives: a credit note exactly where the total is negative."""
    return DocumentKind.CREDIT_NOTE if draft.total < 0 else DocumentKind.INVOICE


def document_id(kind: DocumentKind, customer: str, period: Period) -> str:
    """The id of a customer's document for a period: the same on every attempt, so that it exists once.

    >>> document_id(DocumentKind.INVOICE, "acme", Period.month(2026, 10))[:4]
    'inv_'
    """
    prefix = "inv" if kind is DocumentKind.INVOICE else "crn"
    return content_id(prefix, f"{customer}\x1f{iso(period.start)}\x1f{iso(period.end)}".encode())


def finalise(draft: DraftInvoice, *, number: str, at: datetime, run: str = "") -> Document:
    """The numbered document that the draft becomes when it is issued.

    Raises InvalidInput where the draft has problems or no lines: nothing may be owed on such grounds.
    """
    if draft.problems:
        message = f"the draft of {draft.customer} for {draft.period_name} has problems"
        raise InvalidInput(message, code="draft_has_problems", problems=draft.problems)
    if not draft.lines:
        raise InvalidInput(f"{draft.customer} has nothing to bill in {draft.period_name}", code="empty_draft")
    if InvoiceStatus.ISSUED not in INVOICE_TRANSITIONS[draft.status]:
        raise InvalidInput(f"a document that is {draft.status.value} cannot be issued", code="not_a_draft")
    credit = kind_of(draft) is DocumentKind.CREDIT_NOTE
    type_ = CreditNote if credit else Invoice
    return type_(
        id=document_id(kind_of(draft), draft.customer, draft.period),
        number=number,
        customer=draft.customer,
        customer_name=draft.customer_name,
        currency=draft.currency,
        period=draft.period,
        period_name=draft.period_name,
        issued_at=at,
        lines=tuple(map(_credited, draft.lines)) if credit else draft.lines,
        subtotal=-draft.subtotal if credit else draft.subtotal,
        tax=-draft.tax if credit else draft.tax,
        total=-draft.total if credit else draft.total,
        rounding_difference=-draft.rounding_difference if credit else draft.rounding_difference,
        catalog_version=draft.catalog_version,
        subscriptions=draft.subscriptions,
        chain=draft.chain,
        known_at=draft.known_at,
        versions=draft.versions,
        contracts=draft.contracts,
        turned=draft.turned,
        run=run,
    )


def _credited(line: Line) -> Line:
    """The same line as it stands on a credit note; the steps keep saying how the charge came about."""
    return dataclasses.replace(line, amount=-line.amount, amount_exact=-line.amount_exact)
