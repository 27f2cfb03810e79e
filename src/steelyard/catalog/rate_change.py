"""A dated change of rates, as one record: which prices, from when, and what they become.

Scheduled changes of the catalog, price books and contracts all say it in this one way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from steelyard.kernel import InvalidInput, iso, plain
from steelyard.rating import PriceModel, Tier

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

    def holds_at(self, moment: datetime) -> bool:
        """Whether the change is in force at the moment."""
        begun = self.effective_from is None or self.effective_from <= moment
        return begun and (self.effective_until is None or moment < self.effective_until)

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


def moments_of(changes: Iterable[RateChange]) -> set[datetime]:
    """When any of the changes begins or ends.

    >>> moments_of([RateChange(price="*", multiplier=Decimal("0.9"))])
    set()
    """
    return {
        moment
        for change in changes
        for moment in (change.effective_from, change.effective_until)
        if moment is not None
    }
