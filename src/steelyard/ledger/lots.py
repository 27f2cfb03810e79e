"""Credit lots: what a customer was granted, in money or in units of credit, and on which terms it lasts.

A lot says everything about itself: its terms never change after it is granted, and what was drawn on it
stands beside them. What is left of it at a moment follows from both (`burndown`): no balance is ever stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from steelyard.kernel import ZERO, InvalidInput
from steelyard.kernel.period import add_months

_INTERVAL: Final = re.compile(r"P([1-9][0-9]{0,2})(D|W|M|Y)")
_DAYS: Final = {"D": 1, "W": 7}
_MONTHS: Final = {"M": 1, "Y": 12}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """When a lot is filled again: every `interval` (`P1D`, `P1W`, `P1M`, `P1Y`), counted from an anchor.

    Months are counted on the calendar of UTC and fall on the last day where a month is too short. `refill`
    False lets a renewal only cut the balance to what may roll over; `clears_overage` lets it forgive what was
    used beyond all lots until then.

    >>> from steelyard.kernel import instant
    >>> monthly = Recurrence(interval="P1M", anchor=instant("2026-01-31T00:00:00Z"))
    >>> [f"{at:%m-%d}" for at in monthly.moments(monthly.anchor, instant("2026-04-30T00:00:00Z"))]
    ['02-28', '03-31', '04-30']
    """

    interval: str
    anchor: datetime
    refill: bool = True
    clears_overage: bool = False

    def __post_init__(self) -> None:
        if not _INTERVAL.fullmatch(self.interval):
            message = f"{self.interval[:40]!r} is no interval; write P1D, P1W, P1M or P1Y, up to P999D"
            raise InvalidInput(message, code="bad_interval")
        if self.anchor.tzinfo is None:
            raise InvalidInput("a recurrence needs an anchor with a UTC offset", code="not_a_time")

    def moments(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """The moments of renewal later than `after`, `until` included, in order; before the anchor too."""
        found = _INTERVAL.fullmatch(self.interval)
        assert found is not None, "the interval was checked when the recurrence was made"
        count, unit = int(found[1]), found[2]
        if unit in _DAYS:
            yield from self._by_days(timedelta(days=count * _DAYS[unit]), after, until)
        else:
            yield from self._by_months(count * _MONTHS[unit], after, until)

    def _by_days(self, every: timedelta, after: datetime, until: datetime) -> Iterator[datetime]:
        moment = self.anchor + every * ((after - self.anchor) // every + 1)
        while moment <= until:
            yield moment
            moment += every

    def _by_months(self, every: int, after: datetime, until: datetime) -> Iterator[datetime]:
        anchor, start = self.anchor.astimezone(UTC), after.astimezone(UTC)
        gone = (start.year - anchor.year) * 12 + start.month - anchor.month
        number = gone // every - 1
        while (moment := self._month(anchor, number * every)) <= until:
            if moment > after:
                yield moment
            number += 1

    @staticmethod
    def _month(anchor: datetime, months: int) -> datetime:
        return datetime.combine(add_months(anchor.date(), months), anchor.timetz())


@dataclass(frozen=True, slots=True, kw_only=True)
class RollOver:
    """How much of what is left goes over at a renewal: at least `minimum`, at most `maximum`.

    >>> RollOver(minimum=Decimal(0), maximum=Decimal(50)).of(Decimal(90))
    Decimal('50')
    """

    minimum: Decimal = ZERO
    maximum: Decimal = ZERO

    def __post_init__(self) -> None:
        if not ZERO <= self.minimum <= self.maximum:
            message = f"rolling over at least {self.minimum} and at most {self.maximum} contradicts itself"
            raise InvalidInput(message, code="bad_roll_over")

    def of(self, ending: Decimal) -> Decimal:
        """What goes over of a balance; of one below zero, nothing but the minimum."""
        return min(self.maximum, max(self.minimum, ending, ZERO))


@dataclass(frozen=True, slots=True, kw_only=True)
class LotScope:
    """What a lot may pay for; an empty field asks for nothing.

    >>> LotScope(metrics=("calls",)).covers(metric="calls", group="overage", price="p")
    True
    """

    metrics: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    prices: tuple[str, ...] = ()

    def covers(self, *, metric: str = "", group: str = "", price: str = "") -> bool:
        """Whether something of that metric, group of lines and price may be paid."""
        pairs = ((self.metrics, metric), (self.groups, group), (self.prices, price))
        return all(not wanted or one in wanted for wanted, one in pairs)


class DrawKind(StrEnum):
    """Why a lot has less, or more: a document drew on it or gave back, or a part was moved to another lot."""

    DOCUMENT = "document"
    TRANSFER = "transfer"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditDraw:
    """What was taken from a lot (negative: given back) by a document, or moved to another lot.

    `about` is the id of the document or of the other lot, `number` what people call it. `at` is when the draw
    counts: the last moment of the service period that it pays for. `units` are of the lot's unit, `amount` is
    what they paid in the customer's currency, `cost` what the customer had paid for them.
    """

    kind: DrawKind
    about: str
    number: str
    at: datetime
    recorded_at: datetime
    units: Decimal
    amount: Decimal = ZERO
    cost: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class LotEnd:
    """That somebody ended a lot before its time, and why; what was drawn before stays drawn."""

    at: datetime
    by: str
    reason: str


class LotOrigin(StrEnum):
    """How a lot came about."""

    GRANT = "grant"
    TOP_UP = "top_up"
    TRANSFER = "transfer"
    PURCHASE = "purchase"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditLot:
    """A lot of credit of one customer, its terms, and everything that was drawn on it.

    `unit` is a currency code or a credit unit of the catalog. `cost_basis` is what the customer paid for one
    unit, in its currency (0: given for free). Lots are drawn on in the order of `burn_order`. An `overdraft`
    lot pays all that is left when its turn comes and may go below zero.

    >>> from steelyard.kernel import instant
    >>> lot = CreditLot(
    ...     id="lot_1",
    ...     customer="acme",
    ...     name="Welcome",
    ...     unit="EUR",
    ...     amount=Decimal(100),
    ...     effective_at=instant("2026-01-01T00:00:00Z"),
    ...     granted_at=instant("2026-01-01T00:00:00Z"),
    ... )
    >>> lot.ends_at is None, lot.active_at(instant("2026-02-01T00:00:00Z"))
    (True, True)
    """

    id: str
    customer: str
    name: str
    unit: str
    amount: Decimal
    effective_at: datetime
    granted_at: datetime
    granted_by: str = ""
    reason: str = ""
    expires_at: datetime | None = None
    priority: int = 100
    cost_basis: Decimal = ZERO
    scope: LotScope = field(default_factory=LotScope)
    recurrence: Recurrence | None = None
    roll_over: RollOver | None = None
    overdraft: bool = False
    origin: LotOrigin = LotOrigin.GRANT
    origin_id: str = ""
    ended: LotEnd | None = None
    draws: tuple[CreditDraw, ...] = ()

    @property
    def ends_at(self) -> datetime | None:
        """From when on the lot holds nothing: where it expires or was ended, whichever is earlier."""
        ends = [end for end in (self.expires_at, self.ended.at if self.ended else None) if end is not None]
        return min(ends, default=None)

    def active_at(self, moment: datetime) -> bool:
        """Whether the lot can be drawn on at the moment."""
        return self.effective_at <= moment and (self.ends_at is None or moment < self.ends_at)


def burn_order(priority: int, expires_at: datetime | None) -> tuple[int, bool, datetime]:
    """Where a lot stands in the order of drawing: lower priority number, then earlier expiry, never last.

    Lots that are equal in both stand in the order in which they were granted.

    >>> from steelyard.kernel import instant
    >>> soon = instant("2026-02-01T00:00:00Z")
    >>> burn_order(1, soon) < burn_order(1, None) < burn_order(2, soon)
    True
    """
    return priority, expires_at is None, expires_at or datetime.max.replace(tzinfo=UTC)


def in_burn_order(lots: list[CreditLot]) -> list[CreditLot]:
    """The lots in the order in which they are drawn on."""
    return sorted(lots, key=lambda lot: (burn_order(lot.priority, lot.expires_at), lot.granted_at, lot.id))
