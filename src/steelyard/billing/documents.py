"""The documents of a customer, whatever their kind."""

from __future__ import annotations

from typing import Final

from steelyard.billing.model import CreditNote, Document, Invoice
from steelyard.record import State

DOCUMENT_KINDS: Final = (Invoice, CreditNote)


def documents_of(state: State, customer: str) -> list[Document]:
    """All documents of a customer."""
    return [one for kind in DOCUMENT_KINDS for one in state.find(kind, customer=customer)]
