"""Pools: a price that several customers share under one contract is rated once, for all that they used.

Everybody's line is the part of that charge that its own quantity is of the whole; the parts sum to the charge
to the minor unit (largest remainder). The allowance stands once for the whole pool; units that a customer has
free by a discount of its own come on top. A line names all who share, so that it can be computed again from
the customer's own usage and what the line says of the others, whose own lines prove it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from steelyard.billing.free_units import with_free_units
from steelyard.billing.model import PoolPart
from steelyard.billing.rounding import billable, kept, rounded
from steelyard.billing.terms import Reading, Terms, share_of
from steelyard.catalog import Price
from steelyard.contracts.rate_card import RatedItem
from steelyard.kernel import ONE, ZERO, allocate, iso
from steelyard.kernel.period import month_of
from steelyard.rating import Rated, Step, StepKind, Usage, Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """All who share a price, in a fixed order, and which of them the line is for."""

    parts: tuple[PoolPart, ...]
    own: int

    @property
    def usage(self) -> Usage:
        """What all of them used."""
        return Usage(
            quantity=sum((one.quantity for one in self.parts), ZERO),
            events=sum(one.events for one in self.parts),
        )

    @property
    def included(self) -> Decimal:
        """The free units of the pool: the price's once, and what each has free by its own discounts."""
        return max(one.included for one in self.parts) + sum((one.free for one in self.parts), ZERO)

    @property
    def days(self) -> Decimal:
        """The fraction of the month in which the price was paid, by whoever paid it longest."""
        return max(one.days for one in self.parts)

    @property
    def weights(self) -> list[Decimal]:
        """By what a charge is divided: what was used, or alike where nothing was."""
        used = [max(ZERO, one.quantity) for one in self.parts]
        return used if any(used) else [ONE] * len(used)


def own_part(item: RatedItem, terms: Terms, reading: Reading) -> PoolPart:
    """What the subscription itself brings; the item has the free units of its discounts already."""
    part = terms.part_of(item)
    given = billable(part.of_amount(item.price.included))
    return PoolPart(
        customer=terms.card.customer,
        subscription=terms.card.subscription,
        quantity=reading.quantity,
        events=reading.events,
        since=item.active.start if item.active else None,
        included=given,
        free=billable(part.of_amount(item.included)) - given,
        days=ONE if item.price.minimum is None else _days(item, terms),
    )


def _days(item: RatedItem, terms: Terms) -> Decimal:
    active = item.active or terms.active
    month = month_of(active.start, terms.timezone)
    return kept(share_of(active, month, terms.timezone, terms.card.day_count).of_amount(ONE))


def pool_of(own: PoolPart, others: Iterable[PoolPart]) -> Pool:
    """The pool of one line, everybody in their order by customer, subscription and time.

    >>> mine = PoolPart(customer="b", subscription="s", quantity=Decimal(30))
    >>> pool = pool_of(mine, [PoolPart(customer="a", subscription="t", quantity=Decimal(70))])
    >>> [one.customer for one in pool.parts], pool.own, str(pool.usage.quantity)
    (['a', 'b'], 1, '100')
    """
    parts = sorted((own, *others), key=_place)
    return Pool(parts=tuple(parts), own=parts.index(own))


def _place(part: PoolPart) -> tuple[str, str, str]:
    return part.customer, part.subscription, iso(part.since) if part.since else ""


def part_of_charge(whole: Rated, pool: Pool, wording: Wording, currency: str) -> tuple[Rated, Decimal]:
    """The own part of what the pool comes to, exact with its steps, and what the line says.

    >>> mine = PoolPart(customer="b", subscription="s", quantity=Decimal(1))
    >>> pool = pool_of(mine, [PoolPart(customer=key, subscription="t", quantity=ONE) for key in "ac"])
    >>> ten = Rated(amount=Decimal(10), steps=())
    >>> [str(part_of_charge(ten, replace(pool, own=n), Wording(), "USD")[1]) for n in range(3)]
    ['3.34', '3.33', '3.33']
    """
    divided = _divided(pool.parts, rounded(whole.amount, currency), currency)
    weight, all_ = divided.weights[pool.own], divided.all
    exact = kept(whole.amount * weight / all_)
    says = divided.amounts[pool.own]
    shared = Step(
        text=f"shared by {wording.count(pool.usage.quantity)}: {divided.who}",
        quantity=pool.usage.quantity,
        unit_amount=ZERO,
        amount=ZERO,
        kind=StepKind.NOTE,
    )
    text = (
        f"{pool.parts[pool.own].customer} bears {wording.number(weight)} of {wording.number(all_)} parts of "
        f"{wording.amount(whole.amount)}"
    )
    less = exact - whole.amount
    off = Step(text=text, quantity=ONE, unit_amount=less, amount=less, kind=StepKind.LESS)
    return Rated(amount=exact, steps=(shared, *whole.steps, off)), says


@dataclass(frozen=True, slots=True, kw_only=True)
class _Divided:
    """A charge divided among all who share it: the same for every line of the pool."""

    weights: tuple[Decimal, ...]
    all: Decimal
    amounts: tuple[Decimal, ...]
    who: str


@functools.lru_cache(maxsize=32)
def _divided(parts: tuple[PoolPart, ...], amount: Decimal, currency: str) -> _Divided:
    weights = Pool(parts=parts, own=0).weights
    wording, by_customer = Wording(), dict[str, Decimal]()
    for one in parts:
        by_customer[one.customer] = by_customer.get(one.customer, ZERO) + one.quantity
    return _Divided(
        weights=tuple(weights),
        all=sum(weights, ZERO),
        amounts=tuple(allocate(amount, weights, currency)),
        who=", ".join(f"{key} {wording.number(used)}" for key, used in by_customer.items()),
    )


class PoolParts:
    """What many subscriptions bring to the prices that they share, each worked out once.

    Prices that are equal under one contract have one kind; only who pays by the same price shares it.
    """

    def __init__(self) -> None:
        self._kinds: dict[tuple[str, str], list[tuple[Price, int]]] = {}
        self._parts: dict[int, tuple[Terms, list[tuple[int, PoolPart]]]] = {}
        self._count = 0

    def kind(self, item: RatedItem) -> int:
        """The number of the pool that the item is in."""
        known = self._kinds.setdefault((item.pool, item.price.key), [])
        found = next((kind for price, kind in known if price is item.price or price == item.price), None)
        if found is None:
            found = self._count = self._count + 1
            known.append((item.price, found))
        return found

    def of(self, terms: Terms) -> list[tuple[int, PoolPart]]:
        """What the subscription brings, by the kinds of its items."""
        known = self._parts.get(id(terms))
        if known is None:
            month = month_of(terms.active.start, terms.timezone)
            shared = shared_parts(with_free_units(terms, month, terms.timezone))
            # The terms are kept, so that their id stays theirs.
            known = self._parts[id(terms)] = terms, [(self.kind(item), part) for item, part in shared]
        return known[1]


def with_pools(terms: Terms, fellows: Sequence[Terms], known: PoolParts | None = None) -> Terms:
    """The terms with what these others bring to the prices that are shared with them.

    `known` remembers what each brings, where many are asked about.
    """
    pooled = [item for item in terms.card.items if item.pool]
    if not pooled:
        return terms
    known = PoolParts() if known is None else known
    brought: dict[int, list[PoolPart]] = {}
    # A subscription's own other items of the same price (of another part of the month) are in the pool too.
    for other in (*fellows, terms):
        for kind, part in known.of(other):
            brought.setdefault(kind, []).append(part)
    pools = {
        item.slot: tuple(part for part in brought.get(known.kind(item), ()) if not _is_own(item, terms, part))
        for item in pooled
    }
    return replace(terms, pools={slot: parts for slot, parts in pools.items() if parts})


def shared_parts(terms: Terms) -> Iterable[tuple[RatedItem, PoolPart]]:
    """What a subscription brings to the prices that it shares, by item."""
    for item in terms.card.items:
        if item.pool:
            yield item, own_part(item, terms, terms.readings.get(item.slot, Reading()))


def _is_own(item: RatedItem, terms: Terms, part: PoolPart) -> bool:
    since = item.active.start if item.active else None
    return part.subscription == terms.card.subscription and part.since == since
