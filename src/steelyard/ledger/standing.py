"""How a lot stands: what it held at any moment, and how much can still be drawn for a moment gone by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from steelyard.kernel import ZERO
from steelyard.ledger.burndown import Burned, Movement, Use, burn, opened
from steelyard.ledger.lots import CreditLot

_BEFORE: Final = timedelta(microseconds=1)


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
    latest = max((draw.at for draw in lot.draws), default=at)
    if latest < at:
        return max(balance_at(lot, at), ZERO)
    lows = [
        move.balance
        for move in history(lot, latest + _BEFORE).movements
        if move.at > at and _counts(move, lot)
    ]
    return max(min([_through(lot, at), *lows]), ZERO)


def _counts(move: Movement, lot: CreditLot) -> bool:
    """Whether a later movement bounds what may be drawn now: up to the next renewal, and what rolled over."""
    return move.kind.value in ("drawn", "given_back") and (
        lot.recurrence is None or lot.roll_over is not None
    )


def _through(lot: CreditLot, at: datetime) -> Decimal:
    """What is left at the moment once everything drawn until the next renewal, later too, is taken off."""
    until = _next_renewal(lot, at)
    later = sum(
        (draw.units for draw in lot.draws if at <= draw.at and (until is None or draw.at < until)), ZERO
    )
    return balance_at(lot, at) - later


def _next_renewal(lot: CreditLot, at: datetime) -> datetime | None:
    if lot.recurrence is None:
        return None
    horizon = max(at, *(draw.at for draw in lot.draws)) + timedelta(days=1)
    return next(lot.recurrence.moments(at, horizon), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancePoint:
    """What some lots held together at a moment."""

    at: datetime
    balance: Decimal


def balance_series(lots: Iterable[CreditLot], moments: Iterable[datetime]) -> list[BalancePoint]:
    """What the lots, all of one unit, held together at each of the moments."""
    every = list(lots)
    return [BalancePoint(at=at, balance=sum((balance_at(lot, at) for lot in every), ZERO)) for at in moments]
