"""What can be asked about health, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

import builtins
from typing import TypedDict

from steelyard.client.transport import Transport


class Health(TypedDict):
    """The process answers."""

    status: str
    version: str


class Lag(TypedDict):
    """Seconds from happening to being recorded, of the last day: half of the events, and 99 of 100 within."""

    p50_seconds: str | None
    p99_seconds: str | None


class MeterHealth(TypedDict):
    """The health of one meter. `concerns` says in words what somebody should look at; none: all is well.

    `waits`, `mismatches` and `rejected` are about the event types that the meter reads."""

    slug: str
    name: str
    owner: str
    event_types: builtins.list[str]
    rate: Rate
    events: int
    newest: str | None
    newest_recorded: str | None
    lag: Lag
    customers_last_day: int
    mismatches_last_day: int
    rejected_last_day: dict[str, int]
    waits: Waits
    drift: builtins.list[TypeDrift]
    watched: str | None
    anomalies_last_day: int
    silent: builtins.list[Silent]
    prices: builtins.list[str]
    concerns: builtins.list[str]


class Rate(TypedDict):
    """How many events came in during the last minute, hour and day."""

    last_minute: int
    last_hour: int
    last_day: int


class Readiness(TypedDict):
    """Whether requests can be served now, and how far the projections are behind."""

    status: str
    fold_lag: int
    writer: str


class Share(TypedDict):
    """So many of all stored events, and that as a part of 1."""

    events: int
    share: str


class Silent(TypedDict):
    """A customer from whom regular events stopped."""

    customer: str
    last_seen: str
    days: int


class TypeDrift(TypedDict):
    """Drift of one of the event types."""

    kind: str
    field: str
    before: str
    now: str
    type: str


UnpricedType = TypedDict("UnpricedType", {"type": "str", "class": "str", "events": "int", "last_day": "int"})
"""An event type with events that no price rests on."""


class UsageHealth(TypedDict):
    """The health of all usage: in sum, and meter by meter.

    `monetizable` events are of a type that some price rests on; `technical` ones help engineers, as their
    type says; `other` are the rest."""

    rate: Rate
    events: int
    fold_lag: int
    rejected_last_day: dict[str, int]
    mismatches_last_day: int
    waits: Waits
    anomalies_last_day: int
    monetizable: Share
    technical: Share
    other: Share
    unpriced_types: builtins.list[UnpricedType]
    meters: builtins.list[MeterHealth]
    concerns: builtins.list[str]


class Waits(TypedDict):
    """Stored events that count for nobody yet."""

    unattributed: int
    quarantined: int
    held: int


class HealthApi:
    """What can be asked about health."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def live(self) -> Health:
        """Whether the process answers."""
        return self._transport.json("GET", "/healthz")

    def ready(self) -> Readiness:
        """Whether the record takes writes, and how far the usage store is behind."""
        return self._transport.json("GET", "/readyz")

    def metrics(self) -> bytes:
        """Counts and durations, for Prometheus."""
        return self._transport.raw("GET", "/metrics")

    def openapi(self) -> bytes:
        """This interface as an OpenAPI 3.1 document."""
        return self._transport.raw("GET", "/openapi.json")

    def usage(self) -> UsageHealth:
        """The health of all usage, in sum and meter by meter; what no price rests on."""
        return self._transport.json("GET", "/api/v1/health/usage")
