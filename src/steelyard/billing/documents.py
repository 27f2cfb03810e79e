"""The documents of a customer, whatever their kind."""

from __future__ import annotations

from typing import Final

from steelyard.billing.model import CreditNote, Document, Invoice
from steelyard.record import State

DOCUMENT_KINDS: Final = (Invoice, CreditNote)


def documents_of(state: State, customer: str) -> list[Document]:
    """All documents of a customer."""
    return [one for kind in DOCUMENT_KINDS for one in state.find(kind, customer=customer)]


def documents_in(state: State, customer: str, month: str) -> list[Document]:
    """The documents that billed a month of the customer; not those that only adjust it."""
    found = [state.find(kind, customer=customer, period_name=month) for kind in DOCUMENT_KINDS]
    return [one for some in found for one in some]
