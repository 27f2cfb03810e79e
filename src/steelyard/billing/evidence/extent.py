"""From where on a customer's chain must be shown so that a document can be computed anew."""

from __future__ import annotations

from collections.abc import Iterable

from steelyard.billing.adjust import BilledPeriod
from steelyard.billing.model import Document


def first_seq(document: Document, adjusted: Iterable[tuple[BilledPeriod, int]]) -> int | None:
    """The chain number of the first entry of the section; None where the document rests on no usage.

    That is the first event that counts on any line. For each period that is adjusted (given with the chain
    number of its first document) also what its documents rest on, and these themselves.
    """
    starts = [document.chain.first_seq] if document.chain.entries else []
    for billed, seq in adjusted:
        starts.append(seq)
        starts += [one.chain.first_seq for one in (billed.first, *billed.later) if one.chain.entries]
    return min(starts, default=None)


def adjusted_names(document: Document) -> tuple[str, ...]:
    """The names of the periods that the document adjusts, in the order of its lines."""
    return tuple(dict.fromkeys(one.adjusts.period_name for one in document.lines if one.adjusts))
