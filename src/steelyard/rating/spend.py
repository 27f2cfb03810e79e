"""The least and the most that a period costs: minimum lines, discounts above a maximum, due dates of fees.

A period may be billed in several lines (`LinePlace`); a minimum is settled on its last one, net of what was
billed before, and a maximum line by line. Amounts stay exact.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from steelyard.kernel import ZERO


class LinePlace(StrEnum):
    """Where a line stands in its billing period; `single` is the whole period."""

    SINGLE = "single"
    FIRST = "first"
    MID = "mid"
    LAST = "last"

    @property
    def ends_period(self) -> bool:
        """Whether nothing more is billed for the period after this line."""
        return self in (LinePlace.SINGLE, LinePlace.LAST)


class Term(StrEnum):
    """Whether a fixed amount is asked at the start or at the end of its period."""

    IN_ADVANCE = "in_advance"
    IN_ARREARS = "in_arrears"

    def is_due(self, place: LinePlace) -> bool:
        """Whether a fixed amount is billed on the line at this place: once in each period.

        >>> Term.IN_ADVANCE.is_due(LinePlace.FIRST), Term.IN_ARREARS.is_due(LinePlace.FIRST)
        (True, False)
        """
        return place is LinePlace.SINGLE or place is (
            LinePlace.FIRST if self is Term.IN_ADVANCE else LinePlace.LAST
        )


def true_up(minimum: Decimal, billed: Decimal) -> Decimal | None:
    """What is missing to a minimum, or None (no line) where more than it was billed.

    >>> true_up(Decimal(100), Decimal(70)), true_up(Decimal(100), Decimal(101))
    (Decimal('30'), None)
    """
    return None if billed > minimum else minimum - billed


def minimum_line(minimum: Decimal, billed: Decimal, place: LinePlace = LinePlace.SINGLE) -> Decimal:
    """The amount that the line at this place adds to reach the minimum; zero before the period ends.

    >>> minimum_line(Decimal(100), Decimal(70)), minimum_line(Decimal(100), Decimal(70), LinePlace.MID)
    (Decimal('30'), Decimal('0'))
    """
    missing = true_up(minimum, billed) if place.ends_period else None
    return ZERO if missing is None else missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Capped:
    """A charge and what a maximum takes off it."""

    amount: Decimal
    discount: Decimal

    @property
    def total(self) -> Decimal:
        """What remains to be paid."""
        return self.amount - self.discount


def cap(amount: Decimal, before: Decimal, maximum: Decimal) -> Capped:
    """The charge with what lies above the maximum taken off, after `before` was charged in the period.

    `before` is what was charged before any discount.

    >>> cap(Decimal(50), Decimal(70), Decimal(100)).total
    Decimal('30')
    """
    return Capped(amount=amount, discount=min(amount, max(ZERO, before + amount - maximum)))


def cap_each(amounts: Iterable[Decimal], before: Decimal, maximum: Decimal) -> tuple[Capped, ...]:
    """The same for several lines in their order, each after those before it.

    >>> [str(line.total) for line in cap_each([Decimal(15), Decimal(7)], Decimal(160), Decimal(170))]
    ['10', '0']
    """
    capped: list[Capped] = []
    for amount in amounts:
        capped.append(cap(amount, before, maximum))
        before += amount
    return tuple(capped)
