"""A meter that is not published yet: tried out on stored events, then added to the catalog."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from steelyard.entrypoints.api.shapes.base import Amount, Instant, Shape, Time


class MetricIn(Shape, frozen=True, kw_only=True):
    """A value metric as a catalog's `metrics` section writes it; `meter` has the fields of its meter.

    `outcome` is the key of a published metric with which it should correlate.
    """

    key: str
    name: str
    owner: str
    definition: str
    unit: str
    meter: dict[str, Any]
    outcome: str = ""


class MeterPreviewIn(Shape, frozen=True, kw_only=True, rename={"from_": "from"}):
    """A metric that nobody published, and the period to measure; without one, the last 30 days."""

    metric: MetricIn
    from_: Instant | None = None
    to: Instant | None = None


class MeterPreviewRow(Shape, frozen=True, kw_only=True):
    """What the meter measures for one customer, over so many events that count."""

    customer: str
    quantity: Amount
    events: int


class MeterPreview(Shape, frozen=True, kw_only=True, rename={"from_": "from"}):
    """What a meter would measure; if not `complete`, only the newest `events_read` events were read."""

    from_: Time
    to: Time
    complete: bool
    events_read: int
    events_counted: int
    data: list[MeterPreviewRow]


class MeterIn(MetricIn, frozen=True, kw_only=True):
    """A metric to be added to the published catalog, as a new version."""

    note: Annotated[str, Meta(max_length=2000)] = ""
    dry_run: bool = False
