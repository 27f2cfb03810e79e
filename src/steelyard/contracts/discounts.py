"""Discounts as agreed: a copy of the catalog's terms that a subscription holds from a month on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from steelyard.kernel import Period
from steelyard.kernel.period import zone
from steelyard.rating.discounts import Basis, DiscountForm


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedDiscount:
    """One redeemed discount, in force for whole billing months: from that of `start` on, `months` of them.

    `id` names the redemption, `discount` the catalog's discount; the other terms are copies of it.

    >>> from steelyard.kernel import instant
    >>> from steelyard.rating.discounts import PercentOff
    >>> first = AgreedDiscount(
    ...     id="red_1",
    ...     discount="founders",
    ...     name="Founders",
    ...     form=PercentOff(percent=20),
    ...     order=0,
    ...     months=2,
    ...     start=instant("2026-10-20T00:00:00Z"),
    ... )
    >>> [first.holds(Period.month(2026, n), "UTC") for n in (9, 10, 11, 12)]
    [False, True, True, False]
    """

    id: str
    discount: str
    name: str
    form: DiscountForm
    order: int
    start: datetime
    months: int | None = None
    applies_to: tuple[str, ...] = ()
    basis: Basis = Basis.REMAINING
    alone: bool = False
    best_of: str = ""

    def month_of(self, period: Period, timezone: str) -> int:
        """The how-manieth month of the discount the period is, from 0; negative before it starts."""
        local = zone(timezone)
        first, now = self.start.astimezone(local), period.start.astimezone(local)
        return (now.year - first.year) * 12 + now.month - first.month

    def holds(self, period: Period, timezone: str) -> bool:
        """Whether it is in force in the billing month."""
        month = self.month_of(period, timezone)
        return month >= 0 and (self.months is None or month < self.months)

    def is_about(self, price: str) -> bool:
        """Whether it takes something off charges of the price."""
        return not self.applies_to or price in self.applies_to


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """Who redeemed which discount for which subscription, when, by whose hand, with what confirmed."""

    id: str
    discount: str
    customer: str
    subscription: str
    at: datetime
    by: str
    catalog_version: str
    number: int
    confirmed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountSlots:
    """How many redemptions of a discount there were; each write of one names the number that it rests on."""

    key: str
    taken: int = 0
