"""Whose subject is whose: the answer that every arriving event needs, from memory, after each commit anew."""

from __future__ import annotations

from collections.abc import Iterable

from steelyard.contracts.model import Customer
from steelyard.kernel import decode
from steelyard.record import Bundle, Kind
from steelyard.record.telling import told, what_of


class Directory:
    """Answers `customer_of`: an explicit subject of a customer, else the customer of that key, else nobody.

    One thread may `learn` or `follow` while others ask. Where two customers claim a subject, who had it
    first keeps it.

    >>> from steelyard.kernel import instant
    >>> at = instant("2026-01-01T00:00:00Z")
    >>> directory = Directory(
    ...     [Customer(key="acme", name="A", currency="EUR", created_at=at, subjects=("bot",))]
    ... )
    >>> [directory.customer_of(subject, "api") for subject in ("bot", "acme", "nobody", "")]
    ['acme', 'acme', None, None]
    """

    __slots__ = ("_customers", "_owners")

    def __init__(self, customers: Iterable[Customer] = ()) -> None:
        self._customers: dict[str, Customer] = {}
        self._owners: dict[str, str] = {}
        for customer in customers:
            self.learn(customer)

    def customer_of(self, subject: str, source: str) -> str | None:
        """The key of the subject's customer; the source plays no part, subjects are unique in a workspace."""
        owner = self._owners.get(subject)
        if owner is not None:
            return owner
        return subject if subject in self._customers else None

    def customer(self, key: str) -> Customer | None:
        """The customer of that key as last learned, or None."""
        return self._customers.get(key)

    @property
    def customers(self) -> list[Customer]:
        """All customers as last learned, by key."""
        return [self._customers[key] for key in sorted(self._customers)]

    def __len__(self) -> int:
        return len(self._customers)

    def learn(self, customer: Customer) -> None:
        """Takes in a new or changed customer."""
        before = self._customers.get(customer.key)
        self._customers[customer.key] = customer
        for subject in customer.subjects:
            self._owners.setdefault(subject, customer.key)
        for subject in before.subjects if before else ():
            if subject not in customer.subjects and self._owners.get(subject) == customer.key:
                del self._owners[subject]

    def follow(self, bundle: Bundle) -> None:
        """Takes in what a bundle of the record tells of customers; made to be a subscriber of the writer."""
        positions: list[int] = (bundle.kinds == Kind.CUSTOMER).nonzero()[0].tolist()
        for position in positions:
            said = told(bundle.payload_at(position))
            if said is not None and said.what == what_of(Customer):
                self.learn(decode(bytes(said.body), Customer))
