"""Whose subject is whose: the answer that every arriving event needs, from memory, after each commit anew."""

from __future__ import annotations

from collections.abc import Iterable

from steelyard.contracts.model import Customer, Subscription
from steelyard.kernel import decode
from steelyard.record import Bundle, Kind
from steelyard.record.telling import told, what_of


class Directory:
    """Answers `customer_of`: by a subject of a customer, else its key, else the id of its subscription.

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

    __slots__ = ("_customers", "_owners", "_subscribers")

    def __init__(
        self, customers: Iterable[Customer] = (), subscriptions: Iterable[Subscription] = ()
    ) -> None:
        self._customers: dict[str, Customer] = {}
        self._owners: dict[str, str] = {}
        self._subscribers: dict[str, str] = {one.id: one.customer for one in subscriptions}
        for customer in customers:
            self.learn(customer)

    def customer_of(self, subject: str, source: str) -> str | None:
        """The key of the subject's customer; the source plays no part, subjects are unique in a workspace."""
        owner = self._owners.get(subject)
        if owner is not None:
            return owner
        return subject if subject in self._customers else self._subscribers.get(subject)

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

    def learn_subscription(self, subscription: Subscription) -> None:
        """Takes in a new or changed subscription: one that has ended still says whose usage it was."""
        self._subscribers[subscription.id] = subscription.customer

    def follow(self, bundle: Bundle) -> None:
        """Takes in what a bundle tells of customers and subscriptions; made to subscribe to the writer."""
        for position in bundle.positions_of(Kind.CUSTOMER, Kind.SUBSCRIPTION):
            said = told(bundle.payload_at(position))
            if said is not None and said.what == what_of(Customer):
                self.learn(decode(bytes(said.body), Customer))
            elif said is not None and said.what == what_of(Subscription):
                self.learn_subscription(decode(bytes(said.body), Subscription))
