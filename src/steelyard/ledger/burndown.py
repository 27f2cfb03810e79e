"""Burn-down: from lots and what was used by time to balances, movements and overage.

Pure, and a fold over instants: at each instant first the lots change (ends, grants, renewals), then usage
burns them in their order. The state between two instants is `Holdings` and nothing else, so stopping
anywhere, going on from there, or running it all again gives the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from steelyard.kernel import ZERO
from steelyard.ledger.lots import CreditLot


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Usage at a moment; it burns the lots in their order, or the one that is named.

    A named lot may go below zero, and a negative quantity gives back: what a document drew is settled.
    """

    at: datetime
    quantity: Decimal
    about: str = ""
    lot: str = ""


class MovementKind(StrEnum):
    """What changed a lot's balance."""

    GRANTED = "granted"
    RENEWED = "renewed"
    DRAWN = "drawn"
    GIVEN_BACK = "given_back"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One change of a lot's balance: by how much, to what, and because of what."""

    at: datetime
    lot: str
    kind: MovementKind
    change: Decimal
    balance: Decimal
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What each lot holds at a moment, its changes at that very moment included and usage not yet.

    `overage` is what was used beyond all lots and not yet burnt from one that was filled later.
    """

    at: datetime
    balances: Mapping[str, Decimal]
    overage: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        """What all lots hold together."""
        return sum(self.balances.values(), ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Burned:
    """What burning down came to, and every movement on the way."""

    holdings: Holdings
    movements: tuple[Movement, ...]


def opened(
    lots: Sequence[CreditLot], at: datetime, balances: Mapping[str, Decimal] | None = None
) -> Holdings:
    """The holdings with which a burn-down begins: active lots hold their amount, or the balance given."""
    given = balances or {}
    return Holdings(
        at=at,
        balances={lot.id: given.get(lot.id, lot.amount) if lot.active_at(at) else ZERO for lot in lots},
    )


def burn(holdings: Holdings, lots: Sequence[CreditLot], uses: Iterable[Use], until: datetime) -> Burned:
    """What is held at `until`, after usage from the holdings' moment up to it (`until` itself excluded).

    `lots` stand in the order in which they burn, and are those of the holdings. At one instant lots change
    before usage burns; usage of one instant burns in the order given.

    >>> from steelyard.kernel import instant
    >>> start, end = instant("2026-01-01T00:00:00Z"), instant("2026-02-01T00:00:00Z")
    >>> lot = CreditLot(
    ...     id="a",
    ...     customer="acme",
    ...     name="A",
    ...     unit="EUR",
    ...     amount=Decimal(100),
    ...     effective_at=start,
    ...     granted_at=start,
    ... )
    >>> burned = burn(opened([lot], start), [lot], [Use(at=start, quantity=Decimal(130))], end)
    >>> dict(burned.holdings.balances), burned.holdings.overage
    ({'a': Decimal('0')}, Decimal('30'))
    """
    fold = _Fold(holdings, lots)
    due: dict[datetime, list[Use]] = {}
    for use in uses:
        if holdings.at <= use.at < until:
            due.setdefault(use.at, []).append(use)
    changes = _changes(lots, holdings.at, until)
    for at in sorted({*changes, *due}):
        for lot, kind in changes.get(at, ()):
            fold.change(at, lot, kind)
        fold.settle_overage(at)
        for use in due.get(at, ()):
            fold.use(use)
    end = Holdings(at=until, balances=fold.balances, overage=fold.overage)
    return Burned(holdings=end, movements=tuple(fold.movements))


_Changes = dict[datetime, list[tuple[CreditLot, MovementKind]]]


def _changes(lots: Sequence[CreditLot], after: datetime, until: datetime) -> _Changes:
    """What happens to lots by itself after one moment and until the other, ends before beginnings."""
    found: _Changes = {}

    def at(moment: datetime | None, lot: CreditLot, kind: MovementKind) -> None:
        if moment is not None and after < moment <= until:
            found.setdefault(moment, []).append((lot, kind))

    for lot in lots:
        at(lot.ends_at, lot, MovementKind.ENDED)
    for lot in lots:
        if lot.active_at(lot.effective_at):
            at(lot.effective_at, lot, MovementKind.GRANTED)
    for lot in lots:
        if lot.recurrence is not None:
            for moment in lot.recurrence.moments(max(after, lot.effective_at), until):
                if lot.active_at(moment):
                    at(moment, lot, MovementKind.RENEWED)
    return found


class _Fold:
    """The state between instants, and what moved so far."""

    def __init__(self, holdings: Holdings, lots: Sequence[CreditLot]) -> None:
        self.balances = dict(holdings.balances)
        self.overage = holdings.overage
        self.movements: list[Movement] = []
        self._lots = lots

    def change(self, at: datetime, lot: CreditLot, kind: MovementKind) -> None:
        before = self.balances.get(lot.id, ZERO)
        if kind is MovementKind.RENEWED:
            assert lot.recurrence is not None, "only what recurs is renewed"
            carried = lot.roll_over.of(before) if lot.roll_over else ZERO
            after = carried + (lot.amount if lot.recurrence.refill else ZERO)
            if lot.recurrence.clears_overage:
                self.overage = ZERO
        else:
            after = lot.amount if kind is MovementKind.GRANTED else ZERO
        self._move(at, lot.id, kind, after - before)

    def settle_overage(self, at: datetime) -> None:
        if self.overage > 0:
            owed, self.overage = self.overage, ZERO
            self.use(Use(at=at, quantity=owed, about="overage"))

    def use(self, use: Use) -> None:
        if use.lot:
            kind = MovementKind.GIVEN_BACK if use.quantity < 0 else MovementKind.DRAWN
            self._move(use.at, use.lot, kind, -use.quantity, use.about)
            return
        left = use.quantity
        for lot in self._lots:
            taken = min(left, self.balances[lot.id])
            if taken > 0 and lot.active_at(use.at):
                self._move(use.at, lot.id, MovementKind.DRAWN, -taken, use.about)
                left -= taken
        self.overage += max(left, ZERO)

    def _move(self, at: datetime, lot: str, kind: MovementKind, change: Decimal, about: str = "") -> None:
        balance = self.balances[lot] = self.balances.get(lot, ZERO) + change
        self.movements.append(
            Movement(at=at, lot=lot, kind=kind, change=change, balance=balance, about=about)
        )
