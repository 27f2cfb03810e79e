"""The health of usage: how events come in, what is wrong with them, and what nobody is paid for."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from steelyard.entrypoints.api.shapes.base import Amount, Shape, Time
from steelyard.entrypoints.api.shapes.event_types import Drift


class Rate(Shape, frozen=True, kw_only=True):
    """How many events came in during the last minute, hour and day."""

    last_minute: int
    last_hour: int
    last_day: int


class Lag(Shape, frozen=True, kw_only=True):
    """Seconds from happening to being recorded, of the last day: half of the events, and 99 of 100 within."""

    p50_seconds: Amount | None
    p99_seconds: Amount | None


class Silent(Shape, frozen=True, kw_only=True):
    """A customer from whom regular events stopped."""

    customer: str
    last_seen: Time
    days: Annotated[int, Meta(description="On how many of the 30 days before events came.")]


class TypeDrift(Drift, frozen=True, kw_only=True):
    """Drift of one of the event types."""

    type: str


class Waits(Shape, frozen=True, kw_only=True):
    """Stored events that count for nobody yet."""

    unattributed: int
    quarantined: int
    held: int


class MeterHealth(Shape, frozen=True, kw_only=True):
    """The health of one meter. `concerns` says in words what somebody should look at; none: all is well.

    `waits`, `mismatches` and `rejected` are about the event types that the meter reads.
    """

    slug: str
    name: str
    owner: str
    event_types: list[str]
    rate: Rate
    events: int
    newest: Time | None
    newest_recorded: Time | None
    lag: Lag
    customers_last_day: int
    mismatches_last_day: int
    rejected_last_day: dict[str, int]
    waits: Waits
    drift: list[TypeDrift]
    watched: Annotated[
        str | None, Meta(description="What becomes of outliers: flag, hold, alert; null: nothing.")
    ]
    anomalies_last_day: int
    silent: list[Silent]
    prices: list[str]
    concerns: list[str]


class UnpricedType(Shape, frozen=True, kw_only=True):
    """An event type with events that no price rests on."""

    type: str
    class_: Annotated[str, Meta(description="billable, outcome, cost or technical")] = msgspec.field(
        name="class"
    )
    events: int
    last_day: int


class Share(Shape, frozen=True, kw_only=True):
    """So many of all stored events, and that as a part of 1."""

    events: int
    share: Amount


class UsageHealth(Shape, frozen=True, kw_only=True):
    """The health of all usage: in sum, and meter by meter.

    `monetizable` events are of a type that some price rests on; `technical` ones help engineers, as their
    type says; `other` are the rest.
    """

    rate: Rate
    events: int
    fold_lag: Annotated[int, Meta(description="Entries that the usage store has not taken in yet.")]
    rejected_last_day: dict[str, int]
    mismatches_last_day: int
    waits: Waits
    anomalies_last_day: int
    monetizable: Share
    technical: Share
    other: Share
    unpriced_types: list[UnpricedType]
    meters: list[MeterHealth]
    concerns: list[str]
