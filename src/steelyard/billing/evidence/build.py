"""Building evidence: the document's entry, what it rests on, and the customer's chain, with proofs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from steelyard.billing.evidence.form import FORMAT, Evidence, Proven, Section, SectionEntry, write_evidence
from steelyard.billing.model import Document
from steelyard.catalog import CatalogVersion
from steelyard.contracts import Customer, Subscription
from steelyard.kernel import DamagedRecord, NotFound, Refused
from steelyard.metering import UsageStore
from steelyard.record import Entry, RecordReader, State
from steelyard.record.rotation import newest_signature
from steelyard.record.telling import told, what_of


def build(document: Document, *, state: State, usage: UsageStore, reader: RecordReader) -> bytes:
    """The evidence file of a document, under the newest checkpoint.

    Raises NotFound where the record does not tell of the document.
    The usage store only finds where the events lie; what stands in the file comes from the record.
    """
    return write_evidence(collect(document, state=state, usage=usage, reader=reader))


def collect(document: Document, *, state: State, usage: UsageStore, reader: RecordReader) -> Evidence:
    """The same as records."""
    index = state.version(type(document), document.id)
    if index is None:
        raise NotFound(f"the record does not tell of {document.number}", code="unknown_document")
    # The record may grow meanwhile: every proof and the checkpoint are of this one size.
    size = reader.size
    sources = sorted(_source_indexes(document, index, state=state, usage=usage, reader=reader))
    return Evidence(
        format=FORMAT,
        checkpoint=newest_signature(reader.checkpoint(size)),
        document=_proven(reader, index, size),
        sources=tuple(_proven(reader, source, size) for source in sources),
        section=_section(document, usage, reader, size),
    )


def _source_indexes(
    document: Document, index: int, *, state: State, usage: UsageStore, reader: RecordReader
) -> Iterator[int]:
    """The entries that told of customer, subscriptions and catalogs when the document was issued."""
    versions = {line.price_version for line in document.lines if line.price_version}
    for version in sorted(versions | {document.catalog_version}):
        if (found := state.version(CatalogVersion, version)) is None:
            raise DamagedRecord(f"catalog version {version} of {document.number} is gone", code="gone")
        yield found
    told_of: list[tuple[type[Any], str]] = [(Customer, document.customer)]
    told_of += [(Subscription, subscription) for subscription in document.subscriptions]
    for type_, key in told_of:
        found = state.version(type_, key)
        if found is None or found > index:
            # It changed after the document was issued; what held then stands earlier in the chain.
            found = _earlier(document.customer, index, what_of(type_), key, usage=usage, reader=reader)
        yield found


def _earlier(
    customer: str, before: int, what: str, key: str, *, usage: UsageStore, reader: RecordReader
) -> int:
    """The last entry of the customer's chain before an index that tells of this record."""
    document = reader.entry(before)
    for last in range(document.customer_seq - 1, -1, -_PAGE):
        indexes = usage.chain(customer, max(0, last - _PAGE + 1), last)
        for entry in reversed(reader.entries(indexes)):
            if _tells_of(entry, what, key):
                return entry.index
    raise DamagedRecord(f"nothing in the chain of {customer} tells of {what} {key}", code="gone")


_PAGE = 1000


def _tells_of(entry: Entry, what: str, key: str) -> bool:
    said = told(entry.payload)
    if said is None or said.what != what:
        return False
    name = b'"id"' if what == what_of(Subscription) else b'"key"'
    return b'%s:"%s"' % (name, key.encode()) in bytes(said.body)


def _proven(reader: RecordReader, index: int, size: int) -> Proven:
    entry = reader.entry(index)
    return Proven(
        index=entry.index,
        kind=int(entry.kind),
        customer=entry.customer,
        seq=entry.customer_seq,
        prev=entry.customer_prev,
        recorded_at=entry.recorded_at,
        salt=entry.salt,
        payload=entry.payload.decode(),
        proof=tuple(reader.inclusion_proof(index, size)),
    )


def _section(document: Document, usage: UsageStore, reader: RecordReader, size: int) -> Section | None:
    chain = document.chain
    if not chain.entries:
        return None
    indexes = usage.chain(document.customer, chain.first_seq, chain.last_seq)
    entries = reader.entries(indexes)
    if any(entry.erased for entry in entries):
        message = f"events that {document.number} rests on were erased; the document stays, its proof is gone"
        raise Refused(message, code="erased")
    if [entry.customer_seq for entry in entries] != list(range(chain.first_seq, chain.last_seq + 1)):
        message = f"the usage store does not know the chain of {document.customer} as the record has it"
        raise DamagedRecord(f"{message}; rebuild it", code="projection_differs")
    return Section(
        customer=document.customer,
        entries=tuple(
            SectionEntry(
                index=entry.index,
                kind=int(entry.kind),
                seq=entry.customer_seq,
                prev=entry.customer_prev,
                recorded_at=entry.recorded_at,
                salt=entry.salt,
                payload=entry.payload.decode(),
            )
            for entry in entries
        ),
        proof=tuple(reader.inclusion_proof(entries[-1].index, size)),
    )
