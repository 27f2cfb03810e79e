"""What a finished document does to the books: a journal entry that balances exactly."""

from __future__ import annotations

from decimal import Decimal

from steelyard.billing.model import Document, DocumentKind, LineGroup
from steelyard.kernel import ZERO, content_id
from steelyard.ledger import (
    RECEIVABLE,
    ROUNDING_DIFFERENCE,
    TAX_PAYABLE,
    JournalEntry,
    Posting,
    revenue,
)


def journal_entry(document: Document) -> JournalEntry:
    """The receivable against revenue by group (exact), tax (as the document says) and rounding.

    A credit note turns every sign. The id follows from the document's, so that it is posted once.
    """
    sign = -1 if document.kind is DocumentKind.CREDIT_NOTE else 1
    legs: dict[str, Decimal] = {RECEIVABLE: document.total}
    for line in document.lines:
        if line.group is not LineGroup.TAX:
            account = revenue(line.group.value)
            legs[account] = legs.get(account, ZERO) - line.amount_exact
    legs[TAX_PAYABLE] = -document.tax
    legs[ROUNDING_DIFFERENCE] = -document.rounding_difference
    postings = tuple(
        Posting(account=account, currency=document.currency, amount=sign * amount, customer=document.customer)
        for account, amount in legs.items()
        if amount != 0 or account == RECEIVABLE
    )
    what = "Credit note" if sign < 0 else "Invoice"
    return JournalEntry(
        id=content_id("jou", document.id.encode()),
        posted_at=document.issued_at,
        description=f"{what} {document.number} to {document.customer_name} for {document.period_name}",
        about=document.id,
        postings=postings,
    )
