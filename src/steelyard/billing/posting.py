"""What a finished document does to the books: a journal entry that balances exactly."""

from __future__ import annotations

from decimal import Decimal

from steelyard.billing.lot_draws import is_credit
from steelyard.billing.model import Document, DocumentKind, Line, LineGroup
from steelyard.billing.purchases import is_purchase
from steelyard.kernel import ZERO, content_id
from steelyard.ledger import (
    CREDITS_GRANTED,
    CUSTOMER_CREDIT,
    RECEIVABLE,
    ROUNDING_DIFFERENCE,
    TAX_PAYABLE,
    JournalEntry,
    Posting,
    revenue,
)


def journal_entry(document: Document) -> JournalEntry:
    """The receivable against revenue by group (exact), credit, tax (as the document says) and rounding.

    A credit note turns every sign. The id follows from the document's, so that it is posted once.
    """
    sign = -1 if document.kind is DocumentKind.CREDIT_NOTE else 1
    legs: dict[str, Decimal] = {RECEIVABLE: document.total}
    for line in document.lines:
        for account, amount in _legs(line, sign):
            legs[account] = legs.get(account, ZERO) + amount
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


def _legs(line: Line, sign: int) -> list[tuple[str, Decimal]]:
    """What a line moves besides the receivable: revenue, or the credit that the customer has with us."""
    if line.group is LineGroup.TAX:
        return []
    if is_purchase(line):
        return [(CUSTOMER_CREDIT, -line.amount_exact)]
    if not is_credit(line):
        return [(revenue(line.group.value), -line.amount_exact)]
    # What the customer paid for is owed no more; the rest was given for free and costs us.
    paid = sign * sum((one.cost for one in line.draws), ZERO)
    return [(CUSTOMER_CREDIT, paid), (CREDITS_GRANTED, -line.amount_exact - paid)]
