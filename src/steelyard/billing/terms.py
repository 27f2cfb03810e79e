"""What a draft is made of: for each subscription its rate card, when it ran, and what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from steelyard.billing.past import Past
from steelyard.catalog import Price
from steelyard.contracts.rate_card import RateCard
from steelyard.kernel import ZERO, Period
from steelyard.metering import Filter, FilterOp


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a price's meter measured for one customer and period, and where in the chain the events lie."""

    quantity: Decimal = ZERO
    amount: Decimal | None = None
    events: int = 0
    first_seq: int = 0
    last_seq: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One subscription's part of a bill: by which card, over which part of the period, on which readings.

    `readings` are by price key; a price without one was not used. `past` are the customer's billed months
    before, where the card has terms that look back.
    """

    card: RateCard
    active: Period
    readings: Mapping[str, Reading] = field(default_factory=dict[str, Reading])
    past: Past = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many calendar days of a period something ran, of how many.

    >>> Share(days=10, of=30).of_amount(Decimal(90)), Share(days=30, of=30).is_whole
    (Decimal('30'), True)
    """

    days: int
    of: int

    @property
    def is_whole(self) -> bool:
        """Whether it ran all the time."""
        return self.days == self.of

    def of_amount(self, amount: Decimal) -> Decimal:
        """The part of a period's amount that falls on the days: multiplied first, then divided."""
        return amount * self.days / self.of


def share_of(active: Period, period: Period, timezone: str) -> Share:
    """The days of the period on which something was active, on the calendar of the time zone.

    The day on which it begins counts, the day on which it ends does not, so that two halves make a whole.

    >>> from steelyard.kernel import instant
    >>> begun = Period(start=instant("2026-10-22T09:00:00Z"), end=instant("2026-11-01T00:00:00Z"))
    >>> share_of(begun, Period.month(2026, 10), "UTC")
    Share(days=10, of=31)
    """
    if active == period:
        return Share(days=1, of=1)
    return Share(days=active.days(timezone), of=period.days(timezone))


def usage_filters(price: Price) -> tuple[Filter, ...]:
    """The conditions under which usage falls under this price, as filters of its meter."""
    wanted = [Filter(path=name, op=FilterOp.IN, values=values) for name, values in price.dimensions.items()]
    unwanted = [
        Filter(path=name, op=FilterOp.NOT_IN, values=values) for name, values in price.excluded.items()
    ]
    return (*wanted, *unwanted)
