"""The document of a change: why prices change, what that should do, to whom it applies, and who looks when.

It stands beside the catalog that it is about and is no part of its content; the release keeps it for ever.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from steelyard.kernel import plain

_BUCKETS: Final = 10_000


class RolloutTo(StrEnum):
    """To whom a publication applies, of those who have a subscription already.

    `new`: to none of them; `new_and_renewing`: to each from its renewal on; `cohort`: to those with these
    attributes; `percent`: to a share of the customers that stays the same as the share grows.
    """

    EVERYONE = "everyone"
    NEW = "new"
    NEW_AND_RENEWING = "new_and_renewing"
    COHORT = "cohort"
    PERCENT = "percent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """To whom a publication applies at once; the others stay on the version before, perhaps until a date."""

    to: RolloutTo = RolloutTo.EVERYONE
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    percent: Decimal | None = None
    salt: str = ""
    until: datetime | None = None

    def reaches(self, customer: str, attributes: Mapping[str, str]) -> bool:
        """Whether a customer who has a subscription already gets the new version at once.

        >>> half = Rollout(to=RolloutTo.PERCENT, percent=Decimal(50), salt="autumn")
        >>> most = Rollout(to=RolloutTo.PERCENT, percent=Decimal(90), salt="autumn")
        >>> names = [f"customer-{n}" for n in range(400)]
        >>> reached = {name for name in names if half.reaches(name, {})}
        >>> 150 < len(reached) < 250, all(most.reaches(name, {}) for name in reached)
        (True, True)
        """
        match self.to:
            case RolloutTo.EVERYONE:
                return True
            case RolloutTo.COHORT:
                return all(attributes.get(name, "") in values for name, values in self.where.items())
            case RolloutTo.PERCENT:
                return sticky_share(customer, self.salt) < (self.percent or 0) * _BUCKETS / 100
            case RolloutTo.NEW | RolloutTo.NEW_AND_RENEWING:
                return False

    @property
    def text(self) -> str:
        """To whom it applies, in words.

        >>> Rollout(to=RolloutTo.PERCENT, percent=Decimal(10)).text
        '10 % of the customers who subscribe already'
        """
        match self.to:
            case RolloutTo.EVERYONE:
                words = "everyone who follows the live catalog"
            case RolloutTo.NEW:
                words = "new subscriptions only"
            case RolloutTo.NEW_AND_RENEWING:
                words = "new subscriptions, and others from their renewal on"
            case RolloutTo.COHORT:
                named = "; ".join(f"{name} {' or '.join(values)}" for name, values in self.where.items())
                words = f"customers with {named}"
            case RolloutTo.PERCENT:
                words = f"{plain(self.percent or Decimal(0))} % of the customers who subscribe already"
        return words if self.until is None else f"{words}; the others from {self.until:%Y-%m-%d} on"


def sticky_share(customer: str, salt: str) -> int:
    """A number from 0 to 9,999 that is always the same for a customer and a salt, spread evenly.

    >>> sticky_share("acme", "autumn") == sticky_share("acme", "autumn")
    True
    """
    hashed = hashlib.sha256(f"{salt}\x1f{customer}".encode()).digest()
    return int.from_bytes(hashed[:8], "big") % _BUCKETS


EVERYONE: Final = Rollout()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDocument:
    """Why a change is made, and how it will be judged; `review_date` is when somebody looks at that."""

    hypothesis: str
    expected_effect: str
    trade_off: str
    success_measure: str
    review_date: datetime
    owner: str = ""
    rollout: Rollout = EVERYONE
