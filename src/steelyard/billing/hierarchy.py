"""A customer and everybody below it in a month: what each comes to, and what they share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from steelyard.billing.accounts import Account, Cards, Months, account, by_customer
from steelyard.billing.draft import draft
from steelyard.billing.model import Document, DraftInvoice, Line, PoolPart
from steelyard.billing.readings import read_terms
from steelyard.billing.run import Books
from steelyard.contracts import Customer, Subscription, Tree
from steelyard.kernel import ZERO, NotFound

NODES_MAX: Final = 500
"""So many customers are drafted for one tree; more are counted and left off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One customer of the tree with its month as it is now, and the document that billed it, if any."""

    customer: Customer
    depth: int
    draft: DraftInvoice
    plans: tuple[str, ...]
    document: Document | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedPrice:
    """A price that customers of the tree share: what was used together, and what each bears of the charge."""

    price_key: str
    title: str
    unit: str
    currency: str
    parts: tuple[PoolPart, ...]
    amounts: tuple[tuple[str, Decimal], ...]

    @property
    def quantity(self) -> Decimal:
        """What all who share it used."""
        return sum((one.quantity for one in self.parts), ZERO)

    @property
    def amount(self) -> Decimal:
        """What it comes to for those of the tree."""
        return sum((amount for _, amount in self.amounts), ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hierarchy:
    """The customers above this one, it and those below in the order of the tree, and what is shared."""

    above: tuple[str, ...]
    nodes: tuple[Node, ...]
    shared: tuple[SharedPrice, ...]
    left_off: int = 0


def hierarchy(
    books: Books, key: str, month: str, *, sees: Callable[[str], bool] = lambda _: True
) -> Hierarchy:
    """The tree below a customer, each month worked out as its bill would be; usage is read once for all.

    Customers whom the asker does not see are left out. Raises NotFound for an unknown customer.
    """
    customers = {one.key: one for one in books.state.find(Customer)}
    if key not in customers:
        raise NotFound(f"there is no customer {key!r}", code="unknown_customer")
    tree = Tree(customers.values())
    every = [name for name in (key, *tree.descendants(key)) if sees(name)]
    names = every[:NODES_MAX]
    accounts = _accounts(books, [customers[name] for name in names], month)
    terms = iter(read_terms(books.usage, [span for one in accounts for span in one.spans]))
    cards, nodes = Cards(books.state), list[Node]()
    for one in accounts:
        own = [next(terms) for _ in one.spans]
        nodes.append(
            Node(
                customer=one.customer,
                depth=tree.depth(one.customer.key) - tree.depth(key),
                draft=draft(one.customer, one.period, own),
                plans=tuple(dict.fromkeys(span.card.plan_name for span in one.spans)),
                document=cards.billed(one.customer.key, one.period),
            )
        )
    return Hierarchy(
        above=tuple(filter(sees, tree.ancestors(key))),
        nodes=tuple(nodes),
        shared=(*_shared(nodes), *_borne(nodes)),
        left_off=len(every) - len(names),
    )


def _accounts(books: Books, customers: Sequence[Customer], month: str) -> list[Account]:
    months, cards = Months(month), Cards(books.state)
    subscriptions = by_customer(books.state.find(Subscription))
    return [
        account(one, subscriptions.get(one.key, []), months.period(one.timezone), cards) for one in customers
    ]


def _shared(nodes: Iterable[Node]) -> list[SharedPrice]:
    """The shared prices of the drafts; one that several have is told once, with what each bears."""
    found: dict[tuple[str, tuple[PoolPart, ...]], list[tuple[str, Line]]] = {}
    currency = {node.customer.key: node.draft.currency for node in nodes}
    for node in nodes:
        for line in node.draft.lines:
            if line.pool:
                found.setdefault((line.price_key, line.pool), []).append((node.customer.key, line))
    return [
        SharedPrice(
            price_key=price,
            title=lines[0][1].title,
            unit=lines[0][1].unit,
            currency=currency[lines[0][0]],
            parts=parts,
            amounts=tuple((customer, line.amount) for customer, line in lines),
        )
        for (price, parts), lines in found.items()
    ]


def _borne(nodes: Iterable[Node]) -> Iterator[SharedPrice]:
    """What the payers' drafts bear of members' usage by shared commitments, in money: payers bear it all."""
    for node in nodes:
        found: dict[tuple[str, str], list[PoolPart]] = {}
        for line in node.draft.lines:
            one = line.borne
            if one is not None and one.customer != node.customer.key:
                keys = ", ".join(one.commitments)
                part = PoolPart(customer=one.customer, subscription=line.subscription, quantity=one.amount)
                found.setdefault((one.contract, keys), []).append(part)
        for (contract, keys), parts in found.items():
            yield SharedPrice(
                price_key=f"{contract}:{keys}",
                title=f"Usage of others under commitment {keys}, borne by {node.customer.key}",
                unit=node.draft.currency,
                currency=node.draft.currency,
                parts=tuple(parts),
                amounts=((node.customer.key, sum((part.quantity for part in parts), ZERO)),),
            )
