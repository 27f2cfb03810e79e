"""Measuring: the readings of a bill from the events themselves, by the reference rules of metering.

Each event is parsed once, read once by each meter that its type concerns, and noted for each price that its
dimensions fall under.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from steelyard.billing.readings import Span
from steelyard.billing.rounding import billable
from steelyard.billing.terms import Reading, Terms
from steelyard.catalog import Price
from steelyard.kernel import micros
from steelyard.metering import Meter, UsageEvent
from steelyard.metering.aggregate import fold
from steelyard.metering.reading import Fields, read_fields
from steelyard.metering.reading import Reading as EventReading


class Counted(NamedTuple):
    """An event that counts: its chain number, its time, and what the meter read from it."""

    seq: int
    time: int
    reading: EventReading


@dataclass(slots=True, kw_only=True)
class _Column:
    """What falls under one price of one subscription."""

    price: Price
    start: int
    end: int
    counted: list[Counted] = field(default_factory=list[Counted])


@dataclass(slots=True, kw_only=True)
class _Sheet:
    """The columns of one meter; which of them an event belongs to depends on a few dimensions only."""

    meter: Meter
    columns: list[_Column] = field(default_factory=list[_Column])
    names: tuple[str, ...] = ()
    chosen: dict[tuple[str, ...], list[_Column]] = field(default_factory=dict[tuple[str, ...], list[_Column]])

    def add(self, column: _Column) -> None:
        self.columns.append(column)
        self.names = tuple(sorted({*self.names, *column.price.dimension_names}))

    def take(self, seq: int, event: UsageEvent, fields: Fields) -> None:
        reading = read_fields(self.meter, fields)
        if reading is None:
            return
        values = tuple([fields.dimension(name, self.meter.group_by) or "" for name in self.names])
        columns = self.chosen.get(values)
        if columns is None:
            group = dict(zip(self.names, values, strict=True))
            columns = self.chosen[values] = [one for one in self.columns if one.price.is_for(group)]
        for column in columns:
            if column.start <= event.time < column.end:
                column.counted.append(Counted(seq, event.time, reading))


def measure(spans: Sequence[Span], events: Iterable[tuple[int, UsageEvent]]) -> list[Terms]:
    """The terms with what these events, each with its chain number, give for each price of these spans."""
    sheets: dict[str, _Sheet] = {}
    columns: list[tuple[Span, Meter, _Column]] = []
    for span in spans:
        for item in span.card.items:
            if item.metric is not None and item.quantity is None:
                start, end = micros(span.active.start), micros(span.active.end)
                column = _Column(price=item.price, start=start, end=end)
                meter = item.metric.meter
                sheets.setdefault(_sheet_of(span, meter), _Sheet(meter=meter)).add(column)
                columns.append((span, meter, column))
    _read(sheets.values(), events)
    readings: dict[str, dict[str, Reading]] = {span.card.subscription: {} for span in spans}
    for span, meter, column in columns:
        if column.counted:
            readings[span.card.subscription][column.price.key] = reading_of(meter, column.counted)
    return [
        Terms(card=one.card, active=one.active, readings=readings[one.card.subscription]) for one in spans
    ]


def _sheet_of(span: Span, meter: Meter) -> str:
    """Meters of one name may differ from one catalog version to another."""
    return f"{span.card.catalog_version} {meter.key}"


def _read(sheets: Iterable[_Sheet], events: Iterable[tuple[int, UsageEvent]]) -> None:
    by_type: dict[str, list[_Sheet]] = {}
    for sheet in sheets:
        for event_type in sheet.meter.event_types:
            by_type.setdefault(event_type, []).append(sheet)
    for seq, event in events:
        concerned = by_type.get(event.type)
        if concerned:
            fields = Fields.of(event)
            for sheet in concerned:
                sheet.take(seq, event, fields)


def reading_of(meter: Meter, counted: Sequence[Counted]) -> Reading:
    """The reading that these events give."""
    total = fold(meter, [(one.time, one.reading) for one in counted])
    return Reading(
        quantity=billable(total.quantity),
        amount=total.amount,
        events=total.events,
        first_seq=min(one.seq for one in counted),
        last_seq=max(one.seq for one in counted),
    )
