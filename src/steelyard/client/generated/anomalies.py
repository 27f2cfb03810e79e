"""What can be asked about anomalies, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Literal, TypedDict

from steelyard.client.transport import Transport, follow


class Anomaly(TypedDict):
    """An event outside the range that was expected of its customer, or a silence.

    `standing` is what holds now: of an event `counting`, `held` or the reason why it does not count; of a
    silence `silent`, or `ended` once events came again."""

    id: str
    kind: str
    action: str
    meter: str
    customer: str
    moment: str
    text: str
    standing: str
    index: int | None
    source: str
    event_id: str
    value: str | None
    low: str | None
    high: str | None
    median: str | None
    events: int
    last_seen: str | None


class AnomalyList(TypedDict):
    """A page of anomalies, newest first."""

    items: builtins.list[Anomaly]
    next: str | None


class AnomaliesApi:
    """What can be asked about anomalies."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        meter: str | None = None,
        customer: str | None = None,
        kind: Literal["outlier", "silence"] | None = None,
        action: Literal["alert", "flag", "hold"] | None = None,
    ) -> AnomalyList:
        """What was not expected, events and silences, newest first, and what holds now."""
        return self._transport.json(
            "GET",
            "/api/v1/anomalies",
            query={
                "limit": limit,
                "cursor": cursor,
                "meter": meter,
                "customer": customer,
                "kind": kind,
                "action": action,
            },
        )

    def each(
        self,
        *,
        limit: int | None = None,
        meter: str | None = None,
        customer: str | None = None,
        kind: Literal["outlier", "silence"] | None = None,
        action: Literal["alert", "flag", "hold"] | None = None,
    ) -> Iterator[Anomaly]:
        """What was not expected, events and silences, newest first, and what holds now, page after page."""
        return follow(
            lambda cursor: self.list(
                limit=limit, meter=meter, customer=customer, kind=kind, action=action, cursor=cursor
            )
        )
