"""Building evidence: the document's entry, what it rests on, and the customer's chain, with proofs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from steelyard.billing.accounts import Cards
from steelyard.billing.adjust import BilledPeriod, billed_periods
from steelyard.billing.documents import documents_of
from steelyard.billing.earlier import versions_of
from steelyard.billing.evidence.extent import adjusted_names, amended_by, amendment, first_seq, reach_of
from steelyard.billing.evidence.form import (
    FORMAT,
    SHOWN,
    Evidence,
    Proven,
    Section,
    SectionEntry,
    write_evidence,
)
from steelyard.billing.history import History
from steelyard.billing.lot_draws import lots_named
from steelyard.billing.model import Document
from steelyard.billing.purchases import orders_named
from steelyard.billing.revision import TermsTold
from steelyard.catalog import CatalogVersion
from steelyard.contracts import Contract, Customer, Subscription
from steelyard.kernel import DamagedRecord, NotFound, Period
from steelyard.ledger import CreditLot, CreditOrder
from steelyard.metering import UsageStore
from steelyard.record import Entry, Kind, RecordReader, State
from steelyard.record.erasure import sections_told
from steelyard.record.rotation import newest_signature


def build(document: Document, *, state: State, usage: UsageStore, reader: RecordReader) -> bytes:
    """The evidence file of a document, under the newest checkpoint.

    Raises NotFound where the record does not tell of the document.
    The usage store only finds where entries lie; what stands in the file comes from the record.
    """
    return write_evidence(collect(document, state=state, usage=usage, reader=reader))


def collect(document: Document, *, state: State, usage: UsageStore, reader: RecordReader) -> Evidence:
    """The same as records."""
    return _Collection(document, state=state, usage=usage, reader=reader).evidence()


class _Collection:
    """The evidence of one document in the making.

    The record may grow meanwhile: every proof and the checkpoint are of the one size that it had at first.
    """

    def __init__(self, document: Document, *, state: State, usage: UsageStore, reader: RecordReader) -> None:
        index = state.version(type(document), document.id)
        if index is None:
            raise NotFound(f"the record does not tell of {document.number}", code="unknown_document")
        self._document, self._state, self._usage, self._reader = document, state, usage, reader
        self._size = reader.size
        self._history = History(state, usage, reader)
        self._entry = reader.entry(index)

    def evidence(self) -> Evidence:
        adjusted = self._adjusted()
        shown = self._section(adjusted)
        here = {entry.index for entry in shown}
        sources = set(self._sources(adjusted)) | set(self._erasures(shown)) | set(self._before(adjusted))
        return Evidence(
            format=FORMAT,
            checkpoint=newest_signature(self._reader.checkpoint(self._size)),
            document=self._proven(self._entry),
            sources=tuple(self._proven(self._reader.entry(index)) for index in sorted(sources - here)),
            section=_section(self._document.customer, shown) if shown else None,
        )

    def _adjusted(self) -> list[tuple[BilledPeriod, Entry]]:
        """The periods that the document adjusts, as billed before it, with their first documents' entries."""
        names = adjusted_names(self._document)
        if not names:
            return []
        billed = {one.name: one for one in billed_periods(self._documents())}
        return [
            (billed[name], self._reader.entry(self._history.index_of(billed[name].first))) for name in names
        ]

    def _section(self, adjusted: Iterable[tuple[BilledPeriod, Entry]]) -> Sequence[Entry]:
        """The customer's chain from the first entry needed up to the document."""
        start = first_seq(self._document, [(one, entry.customer_seq) for one, entry in adjusted])
        if start is None:
            return []
        documents = [self._document, *(one.first for one, _ in adjusted)]
        versions = self._told(self._document).every_version
        for one, _ in adjusted:
            versions |= {*versions_of(one.first).values()} | self._told(one.first).every_version
        known = [self._state.get(CatalogVersion, version) for version in sorted(versions)]
        start = self._reaching_back(start, reach_of(documents, [one.catalog for one in known if one]))
        customer, end = self._document.customer, self._entry.customer_seq
        indexes = self._usage.chain(customer, start, end - 1, indexes=(start, self._entry.index))
        entries = self._reader.entries(indexes)
        if [entry.customer_seq for entry in entries] != list(range(start, end)):
            message = f"the usage store does not know the chain of {customer} as the record has it"
            raise DamagedRecord(f"{message}; rebuild it", code="projection_differs")
        return entries

    def _reaching_back(self, start: int, periods: Sequence[Period]) -> int:
        """Where the section begins so that each amendment in it finds the event that it amends."""
        customer, end = self._document.customer, self._entry.customer_seq
        while True:
            indexes = self._usage.chain(
                customer, start, end - 1, kinds=[Kind.CORRECTION], indexes=(start, self._entry.index)
            )
            amendments = {
                entry.index: change
                for entry in self._reader.entries(indexes)
                if (change := amendment(entry.kind, entry.payload)) is not None
            }
            before = self._reader.entries(sorted(amended_by(amendments, periods)))
            lowest = min([start, *(one.customer_seq for one in before if one.customer == customer)])
            if lowest == start:
                return start
            start = lowest

    def _sources(self, adjusted: Iterable[tuple[BilledPeriod, Entry]]) -> Iterator[int]:
        """The entries that told of customer, subscriptions and catalogs when each document was issued."""
        yield from self._terms(self._document, self._entry.index)
        yield from self._lots()
        for billed, entry in adjusted:
            yield from self._terms(billed.first, entry.index)

    def _told(self, first: Document) -> TermsTold:
        """By what a period is charged, as far as the document can know."""
        return self._history.terms_told(first, self._entry.index)

    def _terms(self, document: Document, index: int) -> Iterator[int]:
        told = self._told(document)
        for version in sorted({*versions_of(document).values()} | told.every_version):
            if (found := self._state.version(CatalogVersion, version)) is None:
                raise DamagedRecord(f"catalog version {version} of {document.number} is gone", code="gone")
            yield found
        yield self._history.told_before(index, Customer, document.customer, document.customer)
        for subscription in told.versions:
            yield self._history.told_before(told.index, Subscription, subscription, document.customer)
        for contract in told.contracts:
            party = self._history.party_of(contract)
            yield self._history.told_before(told.index, Contract, contract, party)

    def _before(self, adjusted: Iterable[tuple[BilledPeriod, Entry]]) -> Iterator[int]:
        """The customer's documents about months before those that look back on them."""
        asked = [self._document, *(billed.first for billed, _ in adjusted)]
        starts = [document.period.start for document in asked if self._looks_back(document)]
        if not starts:
            return
        known = {self._history.index_of(one): one for one in self._documents()}
        until = max(starts)
        for billed in billed_periods(known.values()):
            if billed.first.period.start < until:
                yield from (self._history.index_of(one) for one in (billed.first, *billed.later))

    def _looks_back(self, document: Document) -> bool:
        billed = BilledPeriod(first=document)
        account = self._history.account(billed, Cards(self._state), self._entry.index)
        return any(span.looks_back for span in account.spans)

    def _documents(self) -> list[Document]:
        """The customer's documents that were issued before this one."""
        every = documents_of(self._state, self._document.customer)
        return [one for one in every if self._history.index_of(one) < self._entry.index]

    def _lots(self) -> Iterator[int]:
        """The entries that told of lots and orders of credit, as they were when the document was issued."""
        index, customer = self._entry.index, self._document.customer
        for lot in lots_named(self._document):
            yield self._history.told_before(index, CreditLot, lot, customer)
        for order in orders_named(self._document):
            yield self._history.told_before(index, CreditOrder, order, customer)

    def _erasures(self, shown: Sequence[Entry]) -> Iterator[int]:
        """The entries that told of the erasure of any entry shown; they may be newer than the document."""
        erased = {entry.customer_seq for entry in shown if entry.erased}
        if not erased:
            return
        customer, last = self._document.customer, (1 << 62)
        indexes = self._usage.chain(
            customer, shown[0].customer_seq, last, kinds=[Kind.ERASURE], indexes=(0, self._size)
        )
        for entry in self._reader.entries(indexes):
            told = sections_told(entry.payload)
            if any(one.first_seq <= seq <= one.last_seq for one in told for seq in erased):
                yield entry.index

    def _proven(self, entry: Entry) -> Proven:
        return Proven(
            index=entry.index,
            kind=int(entry.kind),
            customer=entry.customer,
            seq=entry.customer_seq,
            prev=entry.customer_prev,
            recorded_at=entry.recorded_at,
            salt=entry.salt,
            payload=entry.payload.decode(),
            proof=tuple(self._reader.inclusion_proof(entry.index, self._size)),
        )


def _section(customer: str, entries: Iterable[Entry]) -> Section:
    return Section(customer=customer, entries=tuple(map(_shown, entries)))


def _shown(entry: Entry) -> SectionEntry:
    whole = entry.kind in SHOWN and not entry.erased
    return SectionEntry(
        index=entry.index,
        kind=int(entry.kind),
        seq=entry.customer_seq,
        prev=entry.customer_prev,
        recorded_at=entry.recorded_at,
        salt=entry.salt if whole else b"",
        payload=entry.payload.decode() if whole else "",
        commitment=b"" if whole else entry.commitment(),
    )
