"""The reference for every usage engine: a meter's quantity from plain events, one rule each.

The offline verifier recomputes an invoice's quantities with this; engines are tested to agree with it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import ceil

from steelyard.kernel import ZERO, InvalidInput, Period, micros
from steelyard.metering.aggregation import Aggregation, Outer, Windowed
from steelyard.metering.expressions import evaluate, metered, parse_expression
from steelyard.metering.levels import Level, time_weighted
from steelyard.metering.meter import Filter, Meter
from steelyard.metering.model import Quantity, UsageEvent
from steelyard.metering.numbers import LIMIT
from steelyard.metering.reading import Fields, Reading, meets, read_fields
from steelyard.metering.windows import windows


@dataclass(frozen=True, slots=True)
class Measured:
    """A quantity, the amount carried, and which events it rests on, by place or by another number."""

    quantity: Decimal
    amount: Decimal | None
    used: Sequence[int]

    @property
    def events(self) -> int:
        """On how many events it rests."""
        return len(self.used)


def quantity(
    meter: Meter,
    events: Iterable[UsageEvent],
    period: Period,
    *,
    filters: tuple[Filter, ...] = (),
    timezone: str = "UTC",
) -> Quantity:
    """What the meter measures in the period, from events in any order: one customer's, or one group's.

    The amount is the sum of the amounts carried by the events that count. Without events the quantity is 0.
    An event that several meters of a formula read counts once, beside those that set levels. `filters` narrow
    the meter's own; `timezone` is that of the windows and months. A level that holds from
    before the period is known only from an event that came before it, so give those as well. Raises
    InvalidInput `quantity_too_large` past 26 digits.

    >>> from steelyard.kernel import Period
    >>> meter = Meter(key="calls", event_types=("call",), aggregation=Aggregation.COUNT)
    >>> event = UsageEvent(source="s", id="1", type="call", time=0)
    >>> quantity(meter, [event], Period.month(1970, 1)).quantity
    Decimal('1')
    """
    given = list(events)
    leaves: list[tuple[Meter, Measured]] = []
    for leaf in meter.leaves:
        places: list[int] = []
        readings: list[tuple[int, Reading]] = []
        for place, event in enumerate(given):
            if event.type in leaf.event_types:
                fields = Fields.of(event)
                reading = read_fields(leaf, fields)
                if reading and all(meets(fields, condition, leaf) for condition in filters):
                    places.append(place)
                    readings.append((event.time, reading))
        measured = fold(leaf, readings, period, timezone)
        leaves.append((leaf, replace(measured, used=[places[place] for place in measured.used])))
    whole = combined(meter, leaves)
    return Quantity(quantity=whole.quantity, amount=whole.amount, events=whole.events)


def combined(meter: Meter, leaves: Sequence[tuple[Meter, Measured]]) -> Measured:
    """What the meter measures, from what each of its leaves does; `used` name the same events everywhere."""
    if meter.aggregation is not Aggregation.FORMULA:
        return leaves[0][1]
    plain = {one for leaf, measured in leaves if not leaf.keeps_levels for one in measured.used}
    levels = [one for leaf, measured in leaves if leaf.keeps_levels for one in measured.used]
    used = [*sorted(plain), *levels]
    number = of_formula(meter, [(leaf, measured.quantity) for leaf, measured in leaves]) if used else ZERO
    return Measured(number, None, used)


def fold(
    meter: Meter, readings: Sequence[tuple[int, Reading]], period: Period, timezone: str = "UTC"
) -> Measured:
    """The quantity of what a meter that is no formula read from events: each with its time, in any order.

    >>> from steelyard.kernel import ONE
    >>> meter = Meter(key="m", event_types=("t",), aggregation=Aggregation.MAX, value="$.n")
    >>> readings = [(0, Reading("", ONE, ZERO)), (5, Reading("", ONE * 3, ZERO))]
    >>> fold(meter, readings, Period.month(1970, 1)).quantity
    Decimal('3')
    """
    if meter.aggregation is Aggregation.TIME_WEIGHTED_SUM:
        levels = [Level(time, reading.stream, reading.number) for time, reading in readings]
        total, used = time_weighted(levels, period, meter.time_unit, timezone)
        return Measured(bounded(metered(total)), None, used)
    start, end = micros(period.start), micros(period.end)
    used = [place for place, (time, _) in enumerate(readings) if start <= time < end]
    inside = [readings[place] for place in used]
    amount = _sum(reading.amount for _, reading in inside) if meter.carries_amount else None
    if meter.windowed:
        return Measured(_windowed(meter, meter.windowed, inside, period, timezone), amount, used)
    return Measured(_fold(meter, meter.aggregation, inside), amount, used)


def of_formula(meter: Meter, leaves: Sequence[tuple[Meter, Decimal]]) -> Decimal:
    """What the formula gives for these quantities of the meters it rests on, to 12 digits after the point.

    A meter without events is 0; so is a formula without a value, such as after a division by zero.
    """
    return bounded(metered(_of_formula(meter, leaves) or Fraction(0)))


def _of_formula(meter: Meter, leaves: Sequence[tuple[Meter, Decimal]]) -> Fraction | None:
    def value_of(name: str) -> Decimal | None:
        part = meter.parts[name]
        if part.aggregation is Aggregation.FORMULA:
            return of_formula(part, leaves)
        return next(number for leaf, number in leaves if leaf == part)

    return evaluate(parse_expression(meter.formula), value_of)


def _windowed(
    meter: Meter, windowed: Windowed, readings: Sequence[tuple[int, Reading]], period: Period, timezone: str
) -> Decimal:
    starts = [micros(part.start) for part in windows(period, windowed.size, timezone)]
    inside: dict[int, list[tuple[int, Reading]]] = defaultdict(list)
    for one in readings:
        inside[bisect_right(starts, one[0])].append(one)
    return outer(windowed.outer, [_fold(meter, windowed.inner, some) for some in inside.values()])


def outer(how: Outer, found: Sequence[Decimal]) -> Decimal:
    """The quantity of the period from those of its windows.

    >>> outer(Outer.AVERAGE, [Decimal(2), Decimal(5)]), outer(Outer.SUM, [])
    (Decimal('3.5'), Decimal('0'))
    """
    if not found:
        return ZERO
    match how:
        case Outer.SUM:
            return _sum(found)
        case Outer.MAX:
            return max(found)
        case Outer.AVERAGE:
            return _sum(found) / len(found)


def _fold(meter: Meter, aggregation: Aggregation, readings: Sequence[tuple[int, Reading]]) -> Decimal:
    if not readings:
        return ZERO
    numbers = [reading.number for _, reading in readings]
    match aggregation:
        case Aggregation.COUNT:
            return Decimal(len(readings))
        case Aggregation.UNIQUE:
            return Decimal(len({reading.text for _, reading in readings}))
        case Aggregation.SUM:
            return _sum(numbers)
        case Aggregation.MAX:
            return max(numbers)
        case Aggregation.MIN:
            return min(numbers)
        case Aggregation.AVERAGE:
            return _sum(numbers) / len(numbers)
        case Aggregation.LATEST:
            # Among simultaneous events the largest counts, so that arrival order cannot matter.
            return max((time, reading.number) for time, reading in readings)[1]
        case Aggregation.PERCENTILE:
            return nearest_rank(numbers, meter.percentile or ZERO)
        case _:
            raise AssertionError(f"{aggregation} has a rule of its own")


def nearest_rank(numbers: Sequence[Decimal], percentile: Decimal) -> Decimal:
    """The smallest of the numbers that is not below so many percent of them: never a number in between.

    The n numbers in ascending order, the one at place ceil(percentile / 100 × n), counted from one (the
    nearest-rank method of NIST's handbook, 7.2.6.2, note "other ways").

    >>> nearest_rank([Decimal(n) for n in (15, 20, 35, 40, 50)], Decimal(95))
    Decimal('50')
    """
    return sorted(numbers)[ceil(percentile * len(numbers) / 100) - 1]


def _sum(numbers: Iterable[Decimal]) -> Decimal:
    return bounded(sum(numbers, ZERO))


def bounded(total: Decimal | None) -> Decimal:
    """The total itself; raises InvalidInput `quantity_too_large` past 26 digits before the point."""
    if total is None or abs(total) >= LIMIT:
        raise InvalidInput("the total has more than 26 digits before the point", code="quantity_too_large")
    return total
