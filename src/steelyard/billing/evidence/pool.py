"""What the evidence's proven entries tell of: customers, subscriptions, catalogs, documents, erasures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from steelyard.billing.evidence.form import Evidence, Proven
from steelyard.billing.model import CreditNote, Document, Invoice
from steelyard.billing.revision import Revision
from steelyard.catalog import CatalogVersion
from steelyard.catalog.version import id_of_content
from steelyard.contracts import Contract, Customer, Subscription
from steelyard.kernel import DamagedRecord, decode
from steelyard.ledger import CreditLot, CreditOrder
from steelyard.record import WORKSPACE_CHAIN, Kind
from steelyard.record.erasure import sections_told
from steelyard.record.telling import tells_of, told, what_of

T = TypeVar("T")

_KINDS: Final[dict[type[Any], int]] = {
    Customer: Kind.CUSTOMER,
    Subscription: Kind.SUBSCRIPTION,
    Contract: Kind.CONTRACT,
    Revision: Kind.CONTRACT,
    CatalogVersion: Kind.CATALOG,
    CreditLot: Kind.CREDIT,
    CreditOrder: Kind.CREDIT,
    Invoice: Kind.INVOICE,
    CreditNote: Kind.INVOICE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A proven entry with its payload; `source` tells that it stands outside the section."""

    index: int
    seq: int
    kind: int
    customer: str
    payload: str
    source: bool


class Pool:
    """The entries of one evidence file by what they tell of; remembers which sources were of use."""

    def __init__(self, evidence: Evidence) -> None:
        self._used: set[int] = set()
        sources = [_of(one) for one in evidence.sources]
        section = evidence.section
        inside = (
            [
                Shown(
                    index=one.index,
                    seq=one.seq,
                    kind=one.kind,
                    customer=section.customer,
                    payload=one.payload,
                    source=False,
                )
                for one in section.entries
                if one.kind in _TOLD and one.payload
            ]
            if section
            else []
        )
        self._entries = sorted([*sources, *inside], key=lambda one: one.index)
        self._sources = {one.index for one in sources}

    def latest(self, type_: type[T], key: str, *, customer: str, before: int) -> T:
        """The record of this key as it was told last before that entry; DamagedRecord where none is shown."""
        return self._latest(type_, key, customer=customer, before=before)[1]

    def _latest(self, type_: type[T], key: str, *, customer: str, before: int) -> tuple[Shown, T]:
        for one in reversed(self._entries):
            if one.index < before and one.customer == customer and (found := _record(one, type_, key)):
                self._used.add(one.index)
                return one, found
        raise DamagedRecord(f"the evidence lacks the {what_of(type_).replace('_', ' ')} {key}")

    def contract(self, id: str, *, before: int) -> Contract:
        """The contract as it was told last before that entry, on the chain of whoever it is with."""
        for one in reversed(self._entries):
            found = _record(one, Contract, id) if one.index < before else None
            if found is not None and found.customer == one.customer:
                self._used.add(one.index)
                return found
        raise DamagedRecord(f"the evidence lacks the contract {id}")

    def revisions(self, customer: str, *, before: int) -> list[tuple[int, Revision]]:
        """The revisions of the customer's periods that were told of before that entry, with their indexes."""
        found: list[tuple[int, Revision]] = []
        for one in self._entries:
            if one.index < before and one.kind == Kind.CONTRACT and one.customer == customer:
                said = told(one.payload.encode())
                if said is not None and said.what == what_of(Revision):
                    found.append((one.index, decode(bytes(said.body), Revision)))
        return found

    def version(self, id: str) -> CatalogVersion:
        """The catalog version; whenever it was told, its id is the hash of its content."""
        one, found = self._latest(CatalogVersion, id, customer=WORKSPACE_CHAIN, before=1 << 64)
        if id_of_content(one.payload.encode()) != id:
            raise DamagedRecord(f"catalog version {id} does not have the content that its name stands for")
        return found

    def documents(self) -> Iterator[tuple[int, int, Document]]:
        """The documents told of in the section, each with the index and chain number of its entry."""
        for one in self._entries:
            if one.kind == Kind.INVOICE and not one.source:
                yield one.index, one.seq, document_of(one)

    def documents_before(self, index: int) -> Iterator[Document]:
        """The documents told of before that entry, wherever the evidence shows them."""
        for one in self._entries:
            if one.kind == Kind.INVOICE and one.index < index:
                self._used.add(one.index)
                yield document_of(one)

    def is_erased(self, customer: str, seq: int) -> bool:
        """Whether an erasure that is shown tells of this entry."""
        for one in self._entries:
            if one.kind == Kind.ERASURE and one.customer == customer:
                for section in sections_told(one.payload.encode()):
                    if section.customer == customer and section.first_seq <= seq <= section.last_seq:
                        self._used.add(one.index)
                        return True
        return False

    def idle_sources(self) -> list[int]:
        """The entries outside the section that nothing needed."""
        return sorted(self._sources - self._used)


_TOLD: Final = frozenset({*_KINDS.values(), Kind.ERASURE})


def _of(one: Proven) -> Shown:
    return Shown(
        index=one.index, seq=one.seq, kind=one.kind, customer=one.customer, payload=one.payload, source=True
    )


def _record(one: Shown, type_: type[T], key: str) -> T | None:
    if one.kind != _KINDS[type_]:
        return None
    said = told(one.payload.encode())
    if said is None or said.what != what_of(type_):
        return None
    record = decode(bytes(said.body), type_)
    name = record.key if isinstance(record, Customer) else getattr(record, "id", "")
    return record if name == key else None


def read_document(proven: Proven) -> Document:
    """The document that an entry tells of; raises DamagedRecord where it tells of none."""
    return document_of(_of(proven))


def document_of(one: Shown) -> Document:
    """The document that an entry tells of, in a form it had once; raises DamagedRecord where it is none."""
    said = told(one.payload.encode())
    types = {what_of(type_): type_ for type_ in (Invoice, CreditNote)}
    if said is None or said.what not in types or one.kind != Kind.INVOICE:
        raise DamagedRecord(f"entry {one.index} does not tell of an invoice or credit note")
    document: Document = decode(bytes(said.body), types[said.what])
    if not tells_of(one.payload.encode(), document) or document.customer != one.customer:
        raise DamagedRecord(f"entry {one.index} does not tell of {document.number} in a form it ever had")
    return document
