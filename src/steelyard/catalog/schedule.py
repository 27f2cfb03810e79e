"""Dated changes of rates: what a scheduled change, a price book or a contract makes of a listed price.

One record serves all three. A change names the prices that it is for, from when (and until when) it holds,
and what it does: multiply every amount, put another price in the place, put other tiers, or include more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from steelyard.catalog.scaling import scaled
from steelyard.kernel import InvalidInput, iso, plain
from steelyard.rating import GraduatedPrice, PriceModel, Tier, VolumePrice

if TYPE_CHECKING:
    from steelyard.catalog.model import Price

EVERY_PRICE: Final = "*"
"""The selector of a change that is for all prices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateChange:
    """What a price becomes, from a moment on: by one of `multiplier`, `model` and `tiers`, or by `included`.

    `price` is the key of a price, of a table of prices or of a card, or `*`. `rising` declares that rates may
    rise by it; without that a change must not ask more than before at a higher tier or commitment.
    """

    price: str
    effective_from: datetime | None = None
    effective_until: datetime | None = None
    multiplier: Decimal | None = None
    model: PriceModel | None = None
    tiers: tuple[Tier, ...] = ()
    included: Decimal | None = None
    reason: str = ""
    rising: bool = False

    def __post_init__(self) -> None:
        said = [self.multiplier is not None, self.model is not None, bool(self.tiers)]
        if sum(said) > 1 or not (any(said) or self.included is not None):
            message = f"a change of {self.price!r} says one of multiplier, model, tiers, or what is included"
            raise InvalidInput(message, code="one_change")
        if self.multiplier is not None and self.multiplier < 0:
            raise InvalidInput("a multiplier is not negative", code="negative_multiplier")
        if self.included is not None and self.included < 0:
            raise InvalidInput("included units are not negative", code="negative_included")
        for moment in (self.effective_from, self.effective_until):
            if moment is not None and moment.tzinfo is None:
                raise InvalidInput("a change needs times with a UTC offset", code="not_a_time")
        if self.effective_from and self.effective_until and self.effective_until <= self.effective_from:
            raise InvalidInput("a change must end after it begins", code="empty_period")

    def is_for(self, price: Price) -> bool:
        """Whether the price is among those named.

        >>> change = RateChange(price="*", multiplier=Decimal("0.9"))
        >>> from steelyard.catalog import Price
        >>> from steelyard.rating import FlatPrice
        >>> change.is_for(
        ...     Price(key="fee", name="Fee", owner="o", definition="d", card="list", family="fee",
        ...           currency="USD", model=FlatPrice(amount=Decimal(5))))
        True
        """  # fmt: skip
        return self.price in (EVERY_PRICE, price.key, price.family, price.card)

    def holds_at(self, moment: datetime) -> bool:
        """Whether the change is in force at the moment."""
        begun = self.effective_from is None or self.effective_from <= moment
        return begun and (self.effective_until is None or moment < self.effective_until)

    def applied(self, price: Price) -> Price:
        """The price as the change makes it; raises InvalidInput where the price cannot have tiers."""
        if self.multiplier is not None:
            price = replace(price, model=scaled(price.model, self.multiplier))
        elif self.model is not None:
            price = replace(price, model=self.model)
        elif self.tiers:
            price = replace(price, model=_tiered(price, self.tiers))
        return price if self.included is None else replace(price, included=self.included)

    @property
    def words(self) -> str:
        """What the change does, in a few words.

        >>> RateChange(price="*", multiplier=Decimal("0.90"), reason="launch partner").words
        '× 0.9 (launch partner)'
        """
        what = "another price"
        if self.multiplier is not None:
            what = f"× {plain(self.multiplier)}"
        elif self.tiers:
            what = f"{len(self.tiers)} tiers of its own"
        elif self.model is None:
            what = f"{plain(self.included or Decimal(0))} included"
        since = f" since {iso(self.effective_from)[:10]}" if self.effective_from else ""
        return f"{what}{since}" + (f" ({self.reason})" if self.reason else "")


def _tiered(price: Price, tiers: tuple[Tier, ...]) -> PriceModel:
    if isinstance(price.model, GraduatedPrice | VolumePrice):
        return msgspec.structs.replace(price.model, tiers=tiers)
    message = f"{price.key!r} has no tiers that others could take the place of; give a whole model"
    raise InvalidInput(message, code="no_tiers")


def change_at(changes: Iterable[RateChange], price: Price, moment: datetime) -> RateChange | None:
    """The change that holds for the price at the moment; of several the latest begun, then the most exact."""
    found: RateChange | None = None
    for change in changes:
        held = change.holds_at(moment) and change.is_for(price)
        if held and (found is None or _rank(change, price) >= _rank(found, price)):
            found = change
    return found


def _rank(change: RateChange, price: Price) -> tuple[bool, str, int]:
    exact = (EVERY_PRICE, price.card, price.family, price.key)
    place = max(place for place, name in enumerate(exact) if change.price == name)
    return (
        change.effective_from is not None,
        iso(change.effective_from) if change.effective_from else "",
        place,
    )


def moments_of(changes: Iterable[RateChange]) -> set[datetime]:
    """When any of the changes begins or ends."""
    return {
        moment
        for change in changes
        for moment in (change.effective_from, change.effective_until)
        if moment is not None
    }
