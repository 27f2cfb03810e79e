"""Commitments per window: an amount each hour or day is paid for, used or not, and what lies above it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from steelyard.kernel import ONE, ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowTerms:
    """What a window costs: a unit price, a commitment (an amount or units), a factor on overage."""

    unit_amount: Decimal
    commit_amount: Decimal | None = None
    commit_units: Decimal | None = None
    overage_factor: Decimal = ONE
    true_up: bool = False

    @property
    def commitment(self) -> Decimal | None:
        """The committed amount of a window, or None."""
        if self.commit_amount is not None:
            return self.commit_amount
        return None if self.commit_units is None else self.commit_units * self.unit_amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What windows cost: usage within the commitments, overage above them, true-up to them."""

    utilized: Decimal = ZERO
    overage: Decimal = ZERO
    true_up: Decimal = ZERO

    @property
    def amount(self) -> Decimal:
        """Everything together."""
        return self.utilized + self.overage + self.true_up

    def __add__(self, other: Settled) -> Settled:
        return Settled(
            utilized=self.utilized + other.utilized,
            overage=self.overage + other.overage,
            true_up=self.true_up + other.true_up,
        )


def settle_window(terms: WindowTerms, units: Decimal) -> Settled:
    """What one window costs by its terms.

    >>> terms = WindowTerms(
    ...     unit_amount=Decimal(2), commit_amount=Decimal(10), overage_factor=Decimal(2), true_up=True
    ... )
    >>> settle_window(terms, Decimal(2)).amount, settle_window(terms, Decimal(8)).amount
    (Decimal('10'), Decimal('22'))
    """
    cost, committed = units * terms.unit_amount, terms.commitment
    if committed is None:
        return Settled(utilized=cost)
    if cost >= committed:
        return Settled(utilized=committed, overage=(cost - committed) * terms.overage_factor)
    return Settled(utilized=cost, true_up=committed - cost if terms.true_up else ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class HourTerms:
    """Terms for the hours of a day from `from_hour` up to, not including, `to_hour`."""

    from_hour: int
    to_hour: int
    terms: WindowTerms


def terms_at(hour: int, hours: tuple[HourTerms, ...], outside: WindowTerms) -> WindowTerms:
    """The terms of the hour: those of the first span that holds it, else the ones outside.

    >>> day = HourTerms(from_hour=9, to_hour=12, terms=WindowTerms(unit_amount=Decimal(2)))
    >>> terms_at(12, (day,), WindowTerms(unit_amount=Decimal(1))).unit_amount
    Decimal('1')
    """
    return next((span.terms for span in hours if span.from_hour <= hour < span.to_hour), outside)
