"""Breakage: what customers paid for credit that expired unused becomes revenue, once a month is billed.

What is due of a lot follows from its terms, its draws and what was posted about it before; only the
difference is posted. Doing it again posts nothing, and a correction that gives units back, or draws them
later, moves the revenue with the next month that is billed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from steelyard.billing.accounts import Months
from steelyard.billing.rounding import kept
from steelyard.contracts import Customer
from steelyard.kernel import ZERO, content_id, iso, plain
from steelyard.ledger import (
    CUSTOMER_CREDIT,
    CreditLot,
    JournalEntry,
    Posting,
    expired_units,
    revenue,
)
from steelyard.record import WORKSPACE_CHAIN, Batch, Expect, Kind, Save, State, Write
from steelyard.record.telling import telling

BREAKAGE: Final = revenue("breakage")
"""The account of revenue from credit that nobody used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """A lot that expired with something left: the units, what was paid for them, and what is posted now.

    `amount` is the difference to what was posted before, negative where it was too much; `entry` posts it.
    """

    lot: CreditLot
    units: Decimal
    cost: Decimal
    amount: Decimal
    currency: str
    entry: JournalEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakage:
    """What a month's expiries come to, lot by lot, and what to write so that the books say so."""

    lots: tuple[Expired, ...]
    write: Write | None


def breakage(
    state: State, month: str, *, at: datetime, but_not: Callable[[str], bool] = lambda _: False
) -> Breakage:
    """The revenue from paid credit that expired until the end of the month, as far as it is not posted yet.

    `but_not` names customers to leave alone, such as those whose month could not be billed.
    """
    months, found = Months(month), list[Expired]()
    customers: dict[str, Customer | None] = {}
    for lot in state.find(CreditLot):
        if lot.cost_basis == 0 or lot.ended is not None or lot.expires_at is None:
            continue
        if lot.customer not in customers:
            customers[lot.customer] = state.get(Customer, lot.customer)
        customer = customers[lot.customer]
        if customer is None or but_not(lot.customer):
            continue
        if lot.expires_at <= months.period(customer.timezone).end:
            found += _expired(lot, customer, state.find(JournalEntry, about=lot.id), at)
    return Breakage(lots=tuple(found), write=_posting(found))


def _expired(
    lot: CreditLot, customer: Customer, entries: Sequence[JournalEntry], at: datetime
) -> list[Expired]:
    units, cost = unused(lot)
    before = [entry for entry in entries if _recognised(entry)]
    amount = cost - recognised(before)
    if amount == 0:
        return []
    assert lot.expires_at is not None, "only what expires breaks"
    left = f"{plain(units)} {lot.unit} left"
    entry = JournalEntry(
        id=content_id("jou", f"{lot.id}\x1fbreakage\x1f{len(before)}".encode()),
        posted_at=at,
        description=f"Credit {lot.name} of {customer.name} expired {iso(lot.expires_at)} with {left}",
        about=lot.id,
        postings=tuple(
            Posting(account=account, currency=customer.currency, amount=leg, customer=customer.key)
            for account, leg in ((CUSTOMER_CREDIT, amount), (BREAKAGE, -amount))
        ),
    )
    return [Expired(lot=lot, units=units, cost=cost, amount=amount, currency=customer.currency, entry=entry)]


def unused(lot: CreditLot) -> tuple[Decimal, Decimal]:
    """What a lot that expired had left: its units, and what the customer had paid for them, exactly.

    Nothing is left over between what was paid, drawn and broken: the cost is what no draw took.

    >>> from steelyard.kernel import instant
    >>> lot = CreditLot(
    ...     id="a",
    ...     customer="acme",
    ...     name="A",
    ...     unit="EUR",
    ...     amount=Decimal(100),
    ...     cost_basis=Decimal("0.9"),
    ...     effective_at=instant("2026-01-01T00:00:00Z"),
    ...     granted_at=instant("2026-01-01T00:00:00Z"),
    ...     expires_at=instant("2026-02-01T00:00:00Z"),
    ... )
    >>> unused(lot)
    (Decimal('100'), Decimal('90.0'))
    """
    paid = kept(lot.amount * lot.cost_basis) - sum((draw.cost for draw in lot.draws), ZERO)
    return max(expired_units(lot), ZERO), max(paid, ZERO)


def _recognised(entry: JournalEntry) -> Decimal:
    """How much of the entry is revenue from what expired."""
    return -sum((leg.amount for leg in entry.postings if leg.account == BREAKAGE), ZERO)


def recognised(entries: Iterable[JournalEntry]) -> Decimal:
    """How much these entries about a lot posted as revenue from what expired.

    >>> recognised([])
    Decimal('0')
    """
    return sum((_recognised(entry) for entry in entries), ZERO)


def _posting(found: Sequence[Expired]) -> Write | None:
    if not found:
        return None
    entries = [one.entry for one in found]
    return Write(
        batches=(
            Batch(
                kind=Kind.JOURNAL,
                customers=[WORKSPACE_CHAIN] * len(entries),
                payloads=[telling(entry) for entry in entries],
            ),
        ),
        rows=tuple(Save(record=entry, told_by=place) for place, entry in enumerate(entries)),
        expect=tuple(Expect(type=JournalEntry, key=entry.id, version=None) for entry in entries),
    )
