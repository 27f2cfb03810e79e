"""From where on a customer's chain must be shown so that a document can be computed anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from steelyard.billing.adjust import BilledPeriod
from steelyard.billing.model import Document
from steelyard.catalog import Catalog
from steelyard.kernel import DamagedRecord, Period, from_micros, micros
from steelyard.metering import Corrected, CorrectionAction, read, read_change
from steelyard.record import Kind


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


def reach_of(documents: Sequence[Document], catalogs: Iterable[Catalog]) -> list[Period]:
    """The times whose events the documents may rest on: of a level, all that is before the period's end.

    `catalogs` are those by which the documents are priced.
    """
    named = {line.metric for document in documents for line in document.lines if line.metric}
    metrics = [one.metrics[key] for one in catalogs for key in named if key in one.metrics]
    if not any(metric.meter.keeps_levels for metric in metrics):
        return [one.period for one in documents]
    return [Period(start=from_micros(0), end=one.period.end) for one in documents]


def amended_by(amendments: Mapping[int, Corrected], periods: Sequence[Period]) -> set[int]:
    """The indexes of the entries that must be shown so that events amended to ones in the periods count.

    `amendments` are those shown, by the index of their entry. An amended event is computed anew only where
    the entry that carried it before is shown as well, and what that amended in its turn.
    """
    spans = [(micros(one.start), micros(one.end)) for one in periods]
    needed: set[int] = set()
    open_ = [index for index, change in amendments.items() if _falls_in(change, spans)]
    while open_:
        change = amendments.get(open_.pop())
        if change is not None and change.of not in needed:
            needed.add(change.of)
            open_.append(change.of)
    return needed


def _falls_in(change: Corrected, spans: Iterable[tuple[int, int]]) -> bool:
    try:
        time = read(bytes(change.event)).time
    except DamagedRecord:
        # What is no usage event counts nowhere.
        return False
    return any(start <= time < end for start, end in spans)


def amendment(kind: int, payload: bytes) -> Corrected | None:
    """The amendment that an entry makes, or None if it makes none."""
    change = read_change(kind, payload) if kind == Kind.CORRECTION and payload else None
    if isinstance(change, Corrected) and change.action is CorrectionAction.AMEND:
        return change
    return None
