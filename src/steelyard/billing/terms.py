"""What a draft is made of: for each subscription its rate card, when it ran, and what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from steelyard.billing.ahead import Ahead
from steelyard.billing.model import Line, PoolPart
from steelyard.billing.past import Past
from steelyard.catalog import Price
from steelyard.contracts.rate_card import RateCard, RatedItem
from steelyard.kernel import ZERO, Period
from steelyard.kernel.daycount import Share, share_of
from steelyard.metering import Filter, FilterOp
from steelyard.rating import Rated, Usage, UsagePart

__all__ = ["Reading", "Share", "Terms", "share_of", "usage_filters"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a price's meter measured for one customer and period, and where in the chain the events lie.

    `parts` divide the quantity as the price wants it, `values` are what its first events brought, in order.
    `stated` is the charge as a document says it, where the single events that made it were erased.
    """

    quantity: Decimal = ZERO
    amount: Decimal | None = None
    events: int = 0
    first_seq: int = 0
    last_seq: int = 0
    parts: tuple[UsagePart, ...] = ()
    values: tuple[Decimal, ...] = ()
    stated: Rated | None = None

    @property
    def usage(self) -> Usage:
        """What was measured, as rating takes it.

        >>> Reading(quantity=Decimal(3), events=2).usage.events
        2
        """
        return Usage(
            quantity=self.quantity,
            amount=self.amount,
            events=self.events,
            values=self.values,
            parts=self.parts,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One subscription's part of a bill: by which card, over which part of the period, on which readings.

    `readings` are by the slot of the card's item (the price's key, for one that applies all the time); an
    item without one was not used. `past` are the customer's billed months before, where the card has terms
    that look back. `pools` are what others bring to the prices that are shared with them, by the same slots.
    `borne` are lines of what members of a contract used that this customer's commitments bear.
    With `ahead` a document is drafted, on which what is paid in advance is settled and asked; without it the
    month is worked out for its own sake.
    """

    card: RateCard
    active: Period
    readings: Mapping[str, Reading] = field(default_factory=dict[str, Reading])
    timezone: str = "UTC"
    past: Past = ()
    pools: Mapping[str, tuple[PoolPart, ...]] = field(default_factory=dict[str, tuple[PoolPart, ...]])
    ahead: Ahead | None = None
    borne: tuple[Line, ...] = ()

    def part_of(self, item: RatedItem) -> Share:
        """The days on which the item applied, of those on which the subscription ran."""
        if item.active is None:
            return Share(days=1, of=1)
        return share_of(item.active, self.active, self.timezone, self.card.day_count)


def usage_filters(price: Price) -> tuple[Filter, ...]:
    """The conditions under which usage falls under this price, as filters of its meter."""
    wanted = [Filter(path=name, op=FilterOp.IN, values=values) for name, values in price.dimensions.items()]
    unwanted = [
        Filter(path=name, op=FilterOp.NOT_IN, values=values) for name, values in price.excluded.items()
    ]
    return (*wanted, *unwanted)
