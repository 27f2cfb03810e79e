"""Issuing: drafts become numbered documents, postings and entries of the record, many in one write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from steelyard.billing.finalise import document_id, finalise, kind_of
from steelyard.billing.lots_kept import Drawing
from steelyard.billing.model import (
    BillingRun,
    CreditNote,
    Document,
    DocumentKind,
    DraftInvoice,
    Invoice,
    NumberSeries,
)
from steelyard.billing.numbers import next_number, series_key
from steelyard.billing.posting import journal_entry
from steelyard.ledger import CreditLot, CreditOrder
from steelyard.record import WORKSPACE_CHAIN, Batch, Expect, Kind, Save, State, Write, Written
from steelyard.record.telling import telling


class Pending(Protocol):
    """A write on its way."""

    def result(self) -> Written:
        """What became of it, waited for; raises what it was refused with."""
        ...


Submit = Callable[[Write], Pending]


class Issuer:
    """Issues documents of one moment; knows the numbers given so far and the versions they rest on."""

    def __init__(self, state: State, submit: Submit, *, at: datetime, run: str) -> None:
        self._state, self._submit = state, submit
        self._at, self._run = at, run
        self._series: dict[str, NumberSeries] = {}
        self._versions: dict[str, int | None] = {}
        for kind in DocumentKind:
            key = series_key(kind, at)
            self._series[key] = state.get(NumberSeries, key) or NumberSeries(key=key)
            self._versions[key] = state.version(NumberSeries, key)

    def issue(self, drafts: Sequence[DraftInvoice]) -> list[Document]:
        """The documents of these drafts, once they are durable.

        Raises Conflict where one of them was issued, or a number given, by somebody else meanwhile; then
        none of them is.
        """
        series = dict(self._series)
        documents = [self._document(draft, series) for draft in drafts]
        drawing = Drawing(self._state)
        for document, draft in zip(documents, drafts, strict=True):
            drawing.take(document, draft.lot_versions, self._at)
        changed = [one for key, one in series.items() if one != self._series[key]]
        write = self._write(documents, changed, drawing)
        written = self._submit(write).result()
        # The rows stand in the order of the entries that tell of them; others may follow in the same write.
        told = written.indexes[len(write.rows) - len(changed) : len(write.rows)]
        self._series = series
        self._versions |= {one.key: index for one, index in zip(changed, told, strict=True)}
        return documents

    def _document(self, draft: DraftInvoice, series: dict[str, NumberSeries]) -> Document:
        key = series_key(kind_of(draft), self._at)
        series[key], number = next_number(series[key])
        return finalise(draft, number=number, at=self._at, run=self._run)

    def _write(
        self, documents: Sequence[Document], changed: Sequence[NumberSeries], drawing: Drawing
    ) -> Write:
        """Documents with the lots and orders of credit that they are about, on their customers' chains.

        Postings and series are on the workspace's; all or nothing.
        """
        entries = [journal_entry(document) for document in documents]
        credit = drawing.changed
        records = (*documents, *credit, *entries, *changed)
        rows = tuple(Save(record=record, told_by=place) for place, record in enumerate(records))
        absent = tuple(expect for document in documents for expect in _first_of_its_period(document))
        numbered = tuple(
            Expect(type=NumberSeries, key=one.key, version=self._versions[one.key]) for one in changed
        )
        batches = (
            Batch(
                kind=Kind.INVOICE,
                customers=[document.customer for document in documents],
                payloads=[telling(document) for document in documents],
            ),
            *_on_chains(credit),
            _on_workspace(Kind.JOURNAL, entries),
            _on_workspace(Kind.WORKSPACE, changed),
        )
        return Write(batches=batches, rows=rows, expect=absent + numbered + drawing.expect)


def _on_chains(credit: Sequence[CreditLot | CreditOrder]) -> tuple[Batch, ...]:
    if not credit:
        return ()
    payloads = [telling(one) for one in credit]
    return (Batch(kind=Kind.CREDIT, customers=[one.customer for one in credit], payloads=payloads),)


def record_run(run: BillingRun) -> Write:
    """The write that keeps a run."""
    return Write(batches=(_on_workspace(Kind.WORKSPACE, [run]),), rows=(Save(record=run),))


def _first_of_its_period(document: Document) -> tuple[Expect, Expect]:
    """A customer's period has one document, whichever of the two kinds it is."""
    customer, period = document.customer, document.period
    invoice = document_id(DocumentKind.INVOICE, customer, period)
    credit_note = document_id(DocumentKind.CREDIT_NOTE, customer, period)
    return (
        Expect(type=Invoice, key=invoice, version=None),
        Expect(type=CreditNote, key=credit_note, version=None),
    )


def _on_workspace(kind: Kind, records: Sequence[object]) -> Batch:
    return Batch(
        kind=kind,
        customers=[WORKSPACE_CHAIN] * len(records),
        payloads=[telling(record) for record in records],
    )
