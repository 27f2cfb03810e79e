"""What the usage store answers: quantities, events, counts and costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from steelyard.kernel import Period


class Window(StrEnum):
    """The width of one row of a usage query, on the calendar of a time zone."""

    MINUTE = "MINUTE"
    HOUR = "HOUR"
    DAY = "DAY"
    MONTH = "MONTH"


class QuantityRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A meter's quantity of one customer, group and window.

    `first_seq` and `last_seq` bound the customer's chain positions of the events used, so that the section of
    the chain that proves the quantity is known; both are 0 where that was not asked for. The customer is
    blank where the quantity is of all customers together.
    """

    customer: str
    group: dict[str, str]
    window_start: datetime
    window_end: datetime
    quantity: Decimal
    amount: Decimal | None
    events: int
    first_seq: int
    last_seq: int


class EventStatus(StrEnum):
    """What became of an event.

    The first three count: for a customer, for nobody yet, or for no meter. The others do not: held before
    billing, voided, set aside because of its form, brought by a backfill that is open (pending) or came to
    nothing (withdrawn), set aside by a backfill (deprecated).
    """

    ATTRIBUTED = "attributed"
    UNATTRIBUTED = "unattributed"
    UNMATCHED = "unmatched"
    HELD = "held"
    VOIDED = "voided"
    QUARANTINED = "quarantined"
    PENDING = "pending"
    WITHDRAWN = "withdrawn"
    DEPRECATED = "deprecated"

    @property
    def counts(self) -> bool:
        """Whether an event of this status is part of somebody's usage."""
        return self in (EventStatus.ATTRIBUTED, EventStatus.UNATTRIBUTED, EventStatus.UNMATCHED)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One stored usage event with its place in the record; `data` is its JSON text as it came.

    `mismatch` is the place in the data that the schema of its type did not allow, blank where all was well.
    """

    index: int
    customer: str
    seq: int
    source: str
    id: str
    type: str
    subject: str
    time: datetime
    recorded_at: datetime
    dimensions: dict[str, str]
    cost: Decimal | None
    currency: str
    data: str
    status: EventStatus
    mismatch: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """What a backfill changes on one customer's chain: of which days (UTC), events brought and set aside."""

    customer: str
    days: tuple[date, ...]
    brought: int
    set_aside: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreCounts:
    """How many events are stored, and how they divide; the maps are sorted by their key."""

    events: int
    unattributed: int
    unmatched: int
    unmatched_by_type: dict[str, int]
    by_type: dict[str, int]
    by_class: dict[str, int]
    by_day: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRow:
    """What the events of one customer cost the seller, by currency (blank where the events name none)."""

    customer: str
    currency: str
    cost: Decimal
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownUsage:
    """What somebody knows of a customer's usage in a period: all that was recorded up to `since`."""

    customer: str
    period: Period
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageChange:
    """How many events of a type came to count, or ceased to count, in a known period since it was known."""

    customer: str
    period: Period
    event_type: str
    added: int
    ended: int
