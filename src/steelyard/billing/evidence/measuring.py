"""Measuring: the readings of a bill from the events themselves, by the reference rules of metering.

Each event is parsed once, read once by each meter that its type concerns, and noted for each price that its
dimensions fall under.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from steelyard.billing.parts import WINDOWS, PartRead, whole_of, window_name
from steelyard.billing.readings import Span
from steelyard.billing.rounding import billable
from steelyard.billing.terms import Reading, Terms
from steelyard.catalog import Price
from steelyard.contracts import RatedItem
from steelyard.kernel import Period, micros
from steelyard.metering import Meter, UsageEvent, windows
from steelyard.metering.aggregate import Measured as Folded
from steelyard.metering.aggregate import combined, fold
from steelyard.metering.reading import Fields, read_fields
from steelyard.metering.reading import Reading as EventReading
from steelyard.rating import Breakdown, PercentagePrice, UsagePart, WindowSize, values_needed


class Counted(NamedTuple):
    """An event that counts: its chain number, its time, and what the meter read from it."""

    seq: int
    time: int
    reading: EventReading
    group: Mapping[str, str]


@dataclass(slots=True, kw_only=True)
class _Column:
    """What one meter reads under one price of one subscription; levels from before its period as well."""

    price: Price
    start: int | None
    end: int
    counted: list[Counted] = field(default_factory=list[Counted])


class _Chosen(NamedTuple):
    """Values of dimensions, and the columns of the prices that they fall under."""

    group: Mapping[str, str]
    columns: list[_Column]


@dataclass(slots=True, kw_only=True)
class _Sheet:
    """The columns of one meter; which of them an event belongs to depends on a few dimensions only."""

    meter: Meter
    columns: list[_Column] = field(default_factory=list[_Column])
    names: tuple[str, ...] = ()
    chosen: dict[tuple[str, ...], _Chosen] = field(default_factory=dict[tuple[str, ...], "_Chosen"])

    def add(self, column: _Column) -> None:
        self.columns.append(column)
        names = {*self.names, *column.price.dimension_names, *column.price.breakdown.over}
        self.names = tuple(sorted(names))

    def take(self, seq: int, event: UsageEvent, fields: Fields) -> None:
        reading = read_fields(self.meter, fields)
        if reading is None:
            return
        values = tuple([fields.group(self.meter, name) for name in self.names])
        chosen = self.chosen.get(values)
        if chosen is None:
            group = dict(zip(self.names, values, strict=True))
            columns = [one for one in self.columns if one.price.is_for(group)]
            chosen = self.chosen[values] = _Chosen(group, columns)
        for column in chosen.columns:
            if event.time < column.end and (column.start is None or column.start <= event.time):
                column.counted.append(Counted(seq, event.time, reading, chosen.group))


def measure(spans: Sequence[Span], events: Iterable[tuple[int, UsageEvent]]) -> list[Terms]:
    """The terms with what these events, each with its chain number, give for each price of these spans."""
    sheets: list[_Sheet] = []
    prices: list[tuple[Span, Meter, RatedItem, list[_Column]]] = []
    for span in spans:
        for item in span.card.items:
            if item.metric is not None and item.quantity is None:
                meter = item.metric.meter
                active = item.active or span.active
                columns = [_column(sheets, leaf, item.price, active) for leaf in meter.leaves]
                prices.append((span, meter, item, columns))
    _read(sheets, events)
    readings: dict[str, dict[str, Reading]] = {span.card.subscription: {} for span in spans}
    for span, meter, item, columns in prices:
        counted = [column.counted for column in columns]
        active = item.active or span.active
        reading = divided_reading(item.price, meter, counted, active, span.timezone)
        if reading is not None:
            readings[span.card.subscription][item.slot] = reading
    return [
        Terms(
            card=one.card,
            active=one.active,
            readings=readings[one.card.subscription],
            timezone=one.timezone,
            past=one.past,
            ahead=one.ahead,
        )
        for one in spans
    ]


def _column(sheets: list[_Sheet], meter: Meter, price: Price, active: Period) -> _Column:
    """A new column of the sheet of this meter."""
    sheet = next((one for one in sheets if one.meter == meter), None)
    if sheet is None:
        sheet = _Sheet(meter=meter)
        sheets.append(sheet)
    start = None if meter.keeps_levels else micros(active.start)
    column = _Column(price=price, start=start, end=micros(active.end))
    sheet.add(column)
    return column


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


def divided_reading(
    price: Price, meter: Meter, counted: Sequence[Sequence[Counted]], active: Period, timezone: str
) -> Reading | None:
    """The reading that these events give, divided as the price wants it; None where they give none."""
    wanted = price.breakdown
    if wanted.over:
        return _by_values(wanted, meter, counted, active, timezone)
    if wanted.window is not None:
        return _by_windows(wanted.window, meter, counted, active, timezone)
    whole = reading_of(meter, counted, active, timezone)
    if whole is None or not isinstance(price.model, PercentagePrice) or not wanted.events:
        return whole
    ordered = sorted(counted[0], key=lambda one: (one.time, one.seq))
    values = values_needed(price.model, (one.reading.number for one in ordered))
    return replace(whole, values=tuple(values))


def _by_values(
    wanted: Breakdown, meter: Meter, counted: Sequence[Sequence[Counted]], active: Period, timezone: str
) -> Reading | None:
    places = sorted({tuple(one.group[name] for name in wanted.over) for some in counted for one in some})
    parts: list[PartRead] = []
    for place in places:
        inside = [
            [one for one in some if tuple(one.group[name] for name in wanted.over) == place]
            for some in counted
        ]
        parts += _part(place, reading_of(meter, inside, active, timezone))
    return whole_of(parts) if parts else None


def _by_windows(
    size: WindowSize, meter: Meter, counted: Sequence[Sequence[Counted]], active: Period, timezone: str
) -> Reading | None:
    parts: list[PartRead] = []
    found = windows(active, WINDOWS[size], timezone)
    starts = [micros(part.start) for part in found]
    inside: dict[int, list[list[Counted]]] = {}
    for number, some in enumerate(counted):
        for one in some:
            place = bisect_right(starts, one.time) - 1
            inside.setdefault(place, [[] for _ in counted])[number].append(one)
    places = range(len(found)) if meter.keeps_levels else sorted(inside)
    for place in places:
        some = counted if meter.keeps_levels else inside[place]
        name = (window_name(found[place].start, size, timezone),)
        parts += _part(name, reading_of(meter, some, found[place], timezone))
    return whole_of(sorted(parts, key=lambda one: one.part.at)) if parts else None


def _part(place: tuple[str, ...], read: Reading | None) -> list[PartRead]:
    if read is None:
        return []
    part = UsagePart(at=place, quantity=read.quantity, amount=read.amount)
    return [PartRead(part=part, events=read.events, first_seq=read.first_seq, last_seq=read.last_seq)]


def reading_of(
    meter: Meter, counted: Sequence[Sequence[Counted]], active: Period, timezone: str
) -> Reading | None:
    """The reading that these events give, of each meter that it rests on; None where they give none."""
    leaves: list[tuple[Meter, Folded]] = []
    for leaf, some in zip(meter.leaves, counted, strict=True):
        found = fold(leaf, [(one.time, one.reading) for one in some], active, timezone)
        leaves.append((leaf, replace(found, used=[some[place].seq for place in found.used])))
    total = combined(meter, leaves)
    if not total.used:
        return None
    return Reading(
        quantity=billable(total.quantity),
        amount=total.amount,
        events=total.events,
        first_seq=min(total.used),
        last_seq=max(total.used),
    )
