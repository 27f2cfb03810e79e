"""Verifying: prove what the evidence holds, compute the document anew, compare line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from steelyard.billing.accounts import active_part
from steelyard.billing.draft import draft
from steelyard.billing.evidence.compare import differences
from steelyard.billing.evidence.form import Evidence, EvidenceVerdict, Proven, Section, read_evidence
from steelyard.billing.evidence.measuring import Measured, measure
from steelyard.billing.evidence.proving import entry_problems, open_signed, section_problems
from steelyard.billing.finalise import finalise
from steelyard.billing.model import CreditNote, Document, DraftInvoice, Invoice
from steelyard.billing.readings import Span
from steelyard.catalog import CatalogVersion
from steelyard.contracts import Customer, Subscription, effective_rate_card
from steelyard.kernel import DamagedRecord, SteelyardError, decode
from steelyard.metering import UsageEvent
from steelyard.metering.payload import read
from steelyard.record import WORKSPACE_CHAIN, Kind
from steelyard.record.checkpoint import Checkpoint
from steelyard.record.telling import telling, told, what_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What the document rests on, read from proven entries."""

    customer: Customer
    subscriptions: tuple[Subscription, ...]
    versions: dict[str, CatalogVersion]


@dataclass(slots=True)
class _Findings:
    problems: list[str] = field(default_factory=list[str])
    checks: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])


def verify(evidence: bytes | Evidence, vkey: str) -> EvidenceVerdict:
    """Whether the evidence proves its document under the record's key; every reason in words if not.

    Needs nothing but the evidence and the key: no server, no clock. Bytes must be in the canonical form.
    """
    found = _Findings()
    number, events, recomputed = "", 0, None
    try:
        read_in = read_evidence(evidence) if isinstance(evidence, bytes) else evidence
        _prove(read_in, vkey, found)
        if not found.problems:
            document = read_document(read_in.document)
            number = document.number
            events = len(read_in.section.entries) if read_in.section else 0
            recomputed = _recompute(read_in, document, found)
    except SteelyardError as error:
        found.problems.append(error.message)
    return EvidenceVerdict(
        ok=not found.problems,
        problems=tuple(found.problems),
        checks=tuple(found.checks),
        notes=tuple(found.notes),
        number=number,
        events=events,
        recomputed=recomputed,
    )


def _prove(evidence: Evidence, vkey: str, found: _Findings) -> None:
    """Signature, inclusion of each entry, the unbroken chain."""
    checkpoint, problems = open_signed(evidence, vkey)
    found.problems += problems
    if checkpoint is None:
        return
    found.checks.append(f"checkpoint of {checkpoint.origin} at {checkpoint.size} entries is signed")
    found.problems += _inclusion_problems(evidence, checkpoint)
    if evidence.section is not None:
        found.problems += section_problems(evidence.section, checkpoint)
    if not found.problems:
        found.checks.append(f"{1 + len(evidence.sources)} entries are in the record as shown")
        if evidence.section is not None:
            first, last = evidence.section.entries[0], evidence.section.entries[-1]
            found.checks.append(
                f"chain of {evidence.section.customer} is unbroken from {first.seq} to {last.seq}"
            )


def _inclusion_problems(evidence: Evidence, checkpoint: Checkpoint) -> list[str]:
    problems = entry_problems(evidence.document, "document", checkpoint)
    for source in evidence.sources:
        problems += entry_problems(source, "terms", checkpoint)
    return problems


def _recompute(evidence: Evidence, document: Document, found: _Findings) -> DraftInvoice:
    """The draft that the events and terms give, compared with the document."""
    sources = read_sources(evidence.sources, document)
    _check_section(evidence, document)
    measured = measure(_spans(document, sources), _events(evidence.section), _bounds(document))
    expected = draft(sources.customer, document.period, measured.terms)
    issued = finalise(expected, number=document.number, at=document.issued_at, run=document.run)
    found.problems += differences(document, issued)
    if not found.problems:
        found.checks.append(f"{len(document.lines)} lines, their rounding and the totals were computed anew")
    _note_late(measured, found)
    return expected


def _note_late(measured: Measured, found: _Findings) -> None:
    if measured.late:
        found.notes.append(
            f"{measured.late} events were recorded too late for this document and are not on it"
        )


def read_document(proven: Proven) -> Document:
    """The document that an entry tells of; raises DamagedRecord where it tells of none."""
    said = told(proven.payload.encode())
    types = {what_of(type_): type_ for type_ in (Invoice, CreditNote)}
    if said is None or said.what not in types or proven.kind != Kind.INVOICE:
        raise DamagedRecord(f"entry {proven.index} does not tell of an invoice or credit note")
    document: Document = decode(bytes(said.body), types[said.what])
    if telling(document) != proven.payload.encode() or document.customer != proven.customer:
        raise DamagedRecord(f"entry {proven.index} does not tell of {document.number} in its one form")
    return document


def read_sources(proven: Sequence[Proven], document: Document) -> Sources:
    """Customer, subscriptions and catalog versions; raises DamagedRecord where one is missing or foreign."""
    customers = list(_told_of(Customer, proven, document.customer))
    subscriptions = {one.id: one for one in _told_of(Subscription, proven, document.customer)}
    versions = {one.id: one for one in _told_of(CatalogVersion, proven, WORKSPACE_CHAIN)}
    if len(customers) != 1 or customers[0].key != document.customer:
        raise DamagedRecord(f"the evidence does not show customer {document.customer} once")
    missing = [name for name in document.subscriptions if name not in subscriptions]
    missing += [one for one in {document.catalog_version} | _priced_by(document) if one not in versions]
    if missing or len(proven) != 1 + len(subscriptions) + len(versions):
        raise DamagedRecord(
            f"the evidence lacks, or holds more than, the terms: {', '.join(sorted(missing))}"
        )
    return Sources(
        customer=customers[0],
        subscriptions=tuple(subscriptions[name] for name in document.subscriptions),
        versions=versions,
    )


def _priced_by(document: Document) -> set[str]:
    return {line.price_version for line in document.lines if line.price_version}


def _told_of(type_: type[T], proven: Sequence[Proven], chain: str) -> Iterator[T]:
    for one in proven:
        said = told(one.payload.encode())
        if said is not None and said.what == what_of(type_):
            if one.customer != chain:
                raise DamagedRecord(f"entry {one.index} belongs to {one.customer}, not to {chain}")
            yield decode(bytes(said.body), type_)


def _check_section(evidence: Evidence, document: Document) -> None:
    """The section is exactly the one that the document names, and was recorded before it."""
    chain, section = document.chain, evidence.section
    if section is None:
        if chain.entries:
            raise DamagedRecord(
                f"{document.number} rests on {chain.entries} entries, the evidence shows none"
            )
        return
    first, last = section.entries[0].seq, section.entries[-1].seq
    if section.customer != document.customer or (first, last) != (chain.first_seq, chain.last_seq):
        raise DamagedRecord(
            f"{document.number} rests on {document.customer} {chain.first_seq} to {chain.last_seq}, "
            f"the evidence shows {section.customer} {first} to {last}"
        )
    if section.entries[-1].index >= evidence.document.index:
        raise DamagedRecord(f"the evidence shows usage that was recorded after {document.number}")


def _spans(document: Document, sources: Sources) -> list[Span]:
    priced = {line.subscription: line.price_version for line in document.lines}
    spans: list[Span] = []
    for subscription in sources.subscriptions:
        active = active_part(subscription, document.period)
        if active is None:
            raise DamagedRecord(f"{subscription.id} did not run in {document.period_name}")
        version = sources.versions[priced.get(subscription.id) or document.catalog_version]
        card = effective_rate_card(subscription, version, active.start)
        timezone = sources.customer.timezone
        spans.append(Span(customer=document.customer, card=card, active=active, timezone=timezone))
    return spans


def _events(section: Section | None) -> Iterator[tuple[int, UsageEvent]]:
    usage = int(Kind.USAGE)
    for entry in section.entries if section else ():
        if entry.kind == usage:
            yield entry.seq, read(entry.payload.encode())


def _bounds(document: Document) -> dict[tuple[str, str], Any]:
    return {(line.subscription, line.price_key): line.last_seq for line in document.lines if line.events}
