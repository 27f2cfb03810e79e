"""How a lot stands: what it held at any moment, and how much can still be drawn for a moment gone by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from steelyard.kernel import ZERO
from steelyard.ledger.burndown import Burned, MovementKind, Use, burn, opened
from steelyard.ledger.lots import CreditLot

_BEFORE: Final = timedelta(microseconds=1)
_TRIES: Final = 50


def settled(lot: CreditLot) -> list[Use]:
    """What was drawn on the lot, as usage that names it."""
    return [Use(at=draw.at, quantity=draw.units, about=draw.about, lot=lot.id) for draw in lot.draws]


def history(lot: CreditLot, until: datetime) -> Burned:
    """Everything that moved the lot from its beginning to the moment, the moment's own changes included."""
    start = lot.effective_at - _BEFORE
    if until <= start:
        return Burned(holdings=opened([lot], until), movements=())
    return burn(opened([lot], start), [lot], settled(lot), until)


def balance_at(lot: CreditLot, moment: datetime) -> Decimal:
    """What the lot holds at the moment.

    >>> from steelyard.kernel import instant
    >>> begin = instant("2026-01-01T00:00:00Z")
    >>> lot = CreditLot(
    ...     id="a",
    ...     customer="acme",
    ...     name="A",
    ...     unit="EUR",
    ...     amount=Decimal(5),
    ...     effective_at=begin,
    ...     granted_at=begin,
    ... )
    >>> balance_at(lot, begin), balance_at(lot, begin - timedelta(days=1))
    (Decimal('5'), Decimal('0'))
    """
    return history(lot, moment).holdings.balances[lot.id]


def available(lot: CreditLot, at: datetime) -> Decimal:
    """How much of the lot can be drawn for that moment, so that no later draw loses what it rests on.

    Zero for a lot that holds nothing then; never below zero.
    """
    if not lot.active_at(at):
        return ZERO
    later = [draw.at for draw in lot.draws if draw.at >= at]
    most = max(balance_at(lot, at), ZERO)
    if not later:
        return most
    until = max(later) + _BEFORE
    for _ in range(_TRIES):
        missing = _missing(lot, Use(at=at, quantity=most, lot=lot.id), until)
        if missing <= 0:
            return most
        most = max(most - missing, ZERO)
    # What rolls over at least can hide for long where the draw would come from: rather nothing than too much.
    return ZERO


def _missing(lot: CreditLot, use: Use, until: datetime) -> Decimal:
    """By how much later draws would go below zero if this were drawn first."""
    start = lot.effective_at - _BEFORE
    moved = burn(opened([lot], start), [lot], [use, *settled(lot)], until).movements
    drawn = [move.balance for move in moved if move.kind is MovementKind.DRAWN and move.at >= use.at]
    return -min(drawn, default=ZERO)


def expired_units(lot: CreditLot) -> Decimal:
    """How many units were left when the lot expired; 0 for one that never does.

    >>> from steelyard.kernel import instant
    >>> lot = CreditLot(
    ...     id="a",
    ...     customer="acme",
    ...     name="A",
    ...     unit="EUR",
    ...     amount=Decimal(5),
    ...     effective_at=instant("2026-01-01T00:00:00Z"),
    ...     granted_at=instant("2026-01-01T00:00:00Z"),
    ...     expires_at=instant("2026-02-01T00:00:00Z"),
    ... )
    >>> expired_units(lot)
    Decimal('5')
    """
    if lot.expires_at is None:
        return ZERO
    ends = [one for one in history(lot, lot.expires_at).movements if one.kind is MovementKind.ENDED]
    return -ends[-1].change if ends else ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancePoint:
    """What some lots held together at a moment."""

    at: datetime
    balance: Decimal


def balance_series(lots: Iterable[CreditLot], moments: Iterable[datetime]) -> list[BalancePoint]:
    """What the lots, all of one unit, held together at each of the moments."""
    every = list(lots)
    return [BalancePoint(at=at, balance=sum((balance_at(lot, at) for lot in every), ZERO)) for at in moments]
