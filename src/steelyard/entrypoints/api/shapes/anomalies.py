"""Anomalies: events and silences that were not expected."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from steelyard.entrypoints.api.pages import PageQuery
from steelyard.entrypoints.api.shapes.base import Amount, Shape, Time


class AnomaliesQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which anomalies to list."""

    meter: str | None = None
    customer: str | None = None
    kind: Literal["outlier", "silence"] | None = None
    action: Literal["flag", "hold", "alert"] | None = None


class Anomaly(Shape, frozen=True, kw_only=True):
    """An event outside the range that was expected of its customer, or a silence.

    `standing` is what holds now: of an event `counting`, `held` or the reason why it does not count; of a
    silence `silent`, or `ended` once events came again.
    """

    id: str
    kind: str
    action: str
    meter: str
    customer: str
    moment: Time
    text: str
    standing: Annotated[str, Meta(description="counting, held, voided, amended, silent, ended")]
    index: int | None
    source: str
    event_id: str
    value: Amount | None
    low: Amount | None
    high: Amount | None
    median: Amount | None
    events: int
    last_seen: Time | None


class AnomalyList(Shape, frozen=True, kw_only=True):
    """A page of anomalies, newest first."""

    items: list[Anomaly]
    next: str | None
