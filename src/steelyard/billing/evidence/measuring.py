"""Measuring: the readings of a bill from the events themselves, by the reference rules of metering.

Each event is parsed once and read once by each meter that its type concerns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from steelyard.billing.readings import Span
from steelyard.billing.terms import Reading, Terms, usage_filters
from steelyard.kernel import Period, micros
from steelyard.metering import Meter, UsageEvent
from steelyard.metering.aggregate import fold
from steelyard.metering.reading import Fields, meets, read_fields
from steelyard.metering.reading import Reading as EventReading

Bounds = Mapping[tuple[str, str], int]
"""The last chain number that a line rests on, by subscription and price key."""


class Counted(NamedTuple):
    """An event that counts for a meter: its chain number, its time, what was read, all its fields."""

    seq: int
    time: int
    reading: EventReading
    fields: Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The terms with what the events give, and how many events came too late for their line."""

    terms: tuple[Terms, ...]
    late: int


def measure(spans: Sequence[Span], events: Iterable[tuple[int, UsageEvent]], bounds: Bounds) -> Measured:
    """What the events of a chain's section give for each price of these spans.

    An event after the bound of its line was not known when that line was drafted; a price without bound has
    no line. Such events are counted, not measured.
    """
    meters = {
        item.metric.meter.key: item.metric.meter for span in spans for item in span.card.items if item.metric
    }
    counted = count(meters.values(), events)
    late = 0
    terms: list[Terms] = []
    for span in spans:
        readings: dict[str, Reading] = {}
        for item in span.card.items:
            if item.metric is None or item.quantity is not None:
                continue
            meter, filters = item.metric.meter, usage_filters(item.price)
            mine = [
                one
                for one in within(counted[meter.key], span.active)
                if all(meets(one.fields, condition, meter.group_by) for condition in filters)
            ]
            bound = bounds.get((span.card.subscription, item.price.key), -1)
            known = [one for one in mine if one.seq <= bound]
            late += len(mine) - len(known)
            if known:
                readings[item.price.key] = reading_of(meter, known)
        terms.append(Terms(card=span.card, active=span.active, readings=readings))
    return Measured(terms=tuple(terms), late=late)


def count(meters: Iterable[Meter], events: Iterable[tuple[int, UsageEvent]]) -> dict[str, list[Counted]]:
    """The events that count for each meter, by meter key."""
    counted: dict[str, list[Counted]] = {}
    by_type: dict[str, list[tuple[Meter, list[Counted]]]] = {}
    for meter in meters:
        into = counted.setdefault(meter.key, [])
        for event_type in meter.event_types:
            by_type.setdefault(event_type, []).append((meter, into))
    for seq, event in events:
        concerned = by_type.get(event.type)
        if concerned:
            fields = Fields.of(event)
            for meter, into in concerned:
                reading = read_fields(meter, fields)
                if reading is not None:
                    into.append(Counted(seq, event.time, reading, fields))
    return counted


def within(counted: Sequence[Counted], period: Period) -> list[Counted]:
    """Those that happened in the period."""
    start, end = micros(period.start), micros(period.end)
    return [one for one in counted if start <= one.time < end]


def reading_of(meter: Meter, counted: Sequence[Counted]) -> Reading:
    """The reading that these events give."""
    total = fold(meter, [(one.time, one.reading) for one in counted])
    return Reading(
        quantity=total.quantity,
        amount=total.amount,
        events=total.events,
        first_seq=min(one.seq for one in counted),
        last_seq=max(one.seq for one in counted),
    )
