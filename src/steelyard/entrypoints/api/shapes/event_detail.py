"""One usage event with what stands behind it: its receipt, and what every meter reads from it."""

from __future__ import annotations

from steelyard.entrypoints.api.shapes.base import Amount, Shape
from steelyard.entrypoints.api.shapes.events import Event, Receipt


class EventReading(Shape, frozen=True, kw_only=True):
    """What one meter reads from the event; where it does not count, `why` says so and `value` is absent."""

    meter: str
    name: str
    unit: str
    aggregation: str
    path: str
    counts: bool
    value: str | None
    amount: Amount | None
    dimensions: dict[str, str]
    why: str


class EventDetail(Shape, frozen=True, kw_only=True):
    """A usage event as it stands now, its receipt, and the readings of the meters that name its type.

    `sent_by` is the API key or person with which it came, by id; blank where the record does not say, or
    where the asker is a customer and the key is not theirs.
    """

    event: Event
    receipt: Receipt
    readings: list[EventReading]
    sent_by: str
