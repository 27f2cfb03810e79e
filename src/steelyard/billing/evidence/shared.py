"""What others brought to a price that is shared: said by the document, and proven by their own evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from steelyard.billing.adjust import BilledPeriod, charged
from steelyard.billing.bearing import as_stated
from steelyard.billing.model import Document, Line, PoolPart
from steelyard.billing.pooling import with_pools
from steelyard.billing.terms import Terms
from steelyard.contracts import Contract
from steelyard.contracts.sharing import shares_commitments
from steelyard.kernel import DamagedRecord, iso

Place = tuple[str, str, str]
"""Where a line belongs: subscription, price, and the start of the time that it is about."""


def with_stated_pools(
    terms: Sequence[Terms], lines: Iterable[Line], contracts: Iterable[Contract]
) -> list[Terms]:
    """The terms of one customer with what these lines say of the others who share its prices.

    What the customer itself brings, by all of its subscriptions, is as it was measured. Raises DamagedRecord
    where a line names somebody who does not have the contract.

    >>> with_stated_pools([], [], [])
    []
    """
    # The last line of a price says who shares it, nobody too; what is taken off a charge says nothing of it.
    stated = {_place(line): line.pool for line in lines if line.metric and not _is_gone(line)}
    if not any(stated.values()):
        return list(terms)
    parties = {one.id: one.customers for one in contracts}
    return [_stated(one, terms, stated, parties) for one in terms]


def _is_gone(line: Line) -> bool:
    """Whether the line only gives back what was billed, since another one took its place."""
    return line.adjusts is not None and len(line.steps) < 2


def _stated(
    own: Terms,
    terms: Sequence[Terms],
    stated: Mapping[Place, tuple[PoolPart, ...]],
    parties: Mapping[str, tuple[str, ...]],
) -> Terms:
    shared = with_pools(own, [one for one in terms if one is not own])
    pools = dict(shared.pools)
    for item in own.card.items:
        if item.pool:
            start = (item.active or own.active).start
            parts = stated.get((own.card.subscription, item.price.key, iso(start)), ())
            others = tuple(one for one in parts if one.customer != own.card.customer)
            for one in others:
                if one.customer not in parties.get(item.pool, ()):
                    raise DamagedRecord(f"{one.customer} shares {item.price.key}, and is not in its contract")
            if others:
                pools[item.slot] = (*pools.get(item.slot, ()), *others)
    return replace(shared, pools=pools)


def pooled_lines(document: Document, billed: BilledPeriod | None = None) -> list[Line]:
    """The document's own lines; of a period that it adjusts, its lines as they stand after the document.

    What an adjustment leaves as it was stands as its documents left it before.
    """
    if billed is None:
        return [line for line in document.lines if line.adjusts is None]
    before = [one.line for one in charged(billed).values()]
    return before + [
        line for line in document.lines if line.adjusts and line.adjusts.period_name == billed.name
    ]


def others_in(lines: Iterable[Line], customer: str) -> list[str]:
    """Everybody else who shares a price of these lines."""
    every = list(lines)
    names = {one.customer for line in every for one in line.pool}
    return sorted((names | {line.borne.customer for line in every if line.borne}) - {customer})


def with_stated_usage(
    terms: Sequence[Terms], lines: Iterable[Line], contracts: Iterable[Contract]
) -> list[Terms]:
    """The terms with what these lines say that members used of the commitments that they share.

    Raises DamagedRecord where a line names somebody who does not share them.

    >>> with_stated_usage([], [], [])
    []
    """
    stated = [line for line in lines if line.borne is not None]
    if not stated:
        return list(terms)
    shared = {one.id: one for one in contracts if shares_commitments(one)}
    return [_with_usage(one, stated, shared) for one in terms]


def _with_usage(own: Terms, stated: Sequence[Line], shared: Mapping[str, Contract]) -> Terms:
    held = {one.contract for one in own.card.arrangement.commitments}
    customer = own.card.customer
    theirs = [
        line
        for line in stated
        if line.borne and line.borne.customer != customer and line.borne.contract in held
    ]
    for line in theirs:
        contract = None if line.borne is None else shared.get(line.borne.contract)
        if line.borne is None or contract is None or {line.borne.payer, customer} != {contract.customer}:
            raise DamagedRecord(f"{line.title} is borne by a commitment that nobody shares")
        if line.borne.customer not in contract.customers:
            raise DamagedRecord(f"{line.borne.customer} is borne by {contract.id}, and is not in it")
    return replace(own, borne=tuple(as_stated(theirs, customer, own.card.currency)))


def _place(line: Line) -> Place:
    return line.subscription, line.price_key, iso(line.period.start)
