"""What held when a document was issued: the customer and the subscriptions, as the record told of them then.

The state keeps how things are; what held before stands on the customer's chain.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

from steelyard.billing.accounts import Account, Cards, account, priced_by
from steelyard.billing.adjust import BilledPeriod
from steelyard.billing.ahead import asked_by
from steelyard.billing.model import Document
from steelyard.billing.revision import Revision, TermsTold, terms_told
from steelyard.contracts import Contract, Customer, Subscription
from steelyard.kernel import DamagedRecord, decode
from steelyard.ledger import CreditLot, CreditOrder
from steelyard.metering import UsageStore
from steelyard.record import Entry, Kind, RecordReader, State
from steelyard.record.erasure import sections_told
from steelyard.record.telling import told, what_of

T = TypeVar("T")

_PAGE: Final = 1000
_LAST_SEQ: Final = 1 << 62
_KINDS: Final[dict[type[Any], Kind]] = {
    Customer: Kind.CUSTOMER,
    Subscription: Kind.SUBSCRIPTION,
    Contract: Kind.CONTRACT,
    CreditLot: Kind.CREDIT,
    CreditOrder: Kind.CREDIT,
}


class History:
    """Finds the entries that told of customers and subscriptions before another entry."""

    def __init__(self, state: State, usage: UsageStore, reader: RecordReader) -> None:
        self._state, self._usage, self._reader = state, usage, reader
        self._revisions: dict[str, list[Revision]] = {}

    def index_of(self, document: Document) -> int:
        """The index of the entry that tells of the document; DamagedRecord where the record has none."""
        index = self._state.version(type(document), document.id)
        if index is None:
            raise DamagedRecord(f"the record does not tell of {document.number}", code="gone")
        return index

    def told_before(self, before: int, type_: type[Any], key: str, customer: str) -> int:
        """The index of the last entry before that one which tells of this record; DamagedRecord if none."""
        found = self._state.version(type_, key)
        if found is not None and found < before:
            return found
        # It changed since; what held then stands earlier in the chain. The entry may be on another chain.
        indexes = self._usage.chain(customer, 0, _LAST_SEQ, kinds=[_KINDS[type_]], indexes=(0, before))
        for last in range(len(indexes), 0, -_PAGE):
            for entry in reversed(self._reader.entries(indexes[max(0, last - _PAGE) : last])):
                if _tells_of(entry, what_of(type_), key):
                    return entry.index
        raise DamagedRecord(
            f"nothing in the chain of {customer} tells of {what_of(type_)} {key}", code="gone"
        )

    def record_before(self, before: int, type_: type[T], key: str, customer: str) -> T:
        """The record as it was told last before the entry."""
        index = self.told_before(before, type_, key, customer)
        said = told(self._reader.entry(index).payload)
        if said is None:
            raise DamagedRecord(f"entry {index} does not tell of {key}", code="gone")
        return decode(bytes(said.body), type_)

    def is_erased(self, billed: BilledPeriod) -> bool:
        """Whether usage that the period's documents rest on was erased."""
        rests_on = [one.chain for one in (billed.first, *billed.later) if one.chain.entries]
        if not rests_on:
            return False
        customer = billed.first.customer
        first = min(chain.first_seq for chain in rests_on)
        last = max(chain.last_seq for chain in rests_on)
        indexes = self._usage.chain(customer, first, _LAST_SEQ, kinds=[Kind.ERASURE])
        return any(
            one.first_seq <= last and one.last_seq >= first
            for entry in self._reader.entries(indexes)
            for one in sections_told(entry.payload)
        )

    def revisions(self, customer: str, before: int = _LAST_SEQ) -> list[tuple[int, Revision]]:
        """The revisions of the customer's periods that were told of before that entry, with their indexes."""
        found = [(self._state.version(Revision, one.id), one) for one in self._revisions_of(customer)]
        return [(index, one) for index, one in found if index is not None and index < before]

    def _revisions_of(self, customer: str) -> list[Revision]:
        if customer not in self._revisions:
            self._revisions[customer] = self._state.find(Revision, customer=customer)
        return self._revisions[customer]

    def terms_told(self, first: Document, before: int = _LAST_SEQ) -> TermsTold:
        """By what the period that a document billed first is charged, as told of before that entry."""
        return terms_told(first, self.index_of(first), self.revisions(first.customer, before))

    def account(self, billed: BilledPeriod, cards: Cards, before: int = _LAST_SEQ) -> Account:
        """The account by which the period is charged: the same catalog versions, the same contracts.

        They are those by which it was billed, unless a revision before that entry says otherwise.
        """
        first = billed.first
        customer, told = first.customer, self.terms_told(first, before)
        subscriptions = [
            self.record_before(told.index, Subscription, subscription, customer)
            for subscription in told.versions
        ]
        then = self.customer_of(first)
        agreed = [self._contract_before(told.index, name) for name in told.contracts]
        versions = priced_by(told.versions, told.turned)
        return account(
            then, subscriptions, first.period, cards, versions, agreed, lambda: bool(asked_by([first]))
        )

    def customer_of(self, document: Document) -> Customer:
        """The customer as it was when the document was issued."""
        index = self.index_of(document)
        return self.record_before(index, Customer, document.customer, document.customer)

    def _contract_before(self, index: int, name: str) -> Contract:
        return self.record_before(index, Contract, name, self.party_of(name))

    def party_of(self, contract: str) -> str:
        """The customer on whose chain the contract is told of."""
        found = self._state.get(Contract, contract)
        if found is None:
            raise DamagedRecord(f"nothing is known of the contract {contract}", code="gone")
        return found.customer


def _tells_of(entry: Entry, what: str, key: str) -> bool:
    said = told(entry.payload)
    if said is None or said.what != what:
        return False
    name = b'"key"' if what == what_of(Customer) else b'"id"'
    return b'%s:"%s"' % (name, key.encode()) in bytes(said.body)
