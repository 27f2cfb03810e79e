"""The reference for every usage engine: a meter's quantity from plain events, one rule each.

The offline verifier recomputes an invoice's quantities with this; engines are tested to agree with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from steelyard.kernel import ZERO, InvalidInput, Period, micros
from steelyard.metering.model import Aggregation, Filter, Meter, Quantity, UsageEvent
from steelyard.metering.reading import LIMIT, Fields, Reading, meets, read_fields


def quantity(
    meter: Meter, events: Iterable[UsageEvent], period: Period, *, filters: tuple[Filter, ...] = ()
) -> Quantity:
    """What the meter measures over the events that happened in the period, in any order.

    The amount is the sum of the amounts carried by the events that count. Without events the quantity is 0.
    `filters` narrow the meter's own. Raises InvalidInput `quantity_too_large` past 26 digits.

    >>> from steelyard.kernel import Period
    >>> meter = Meter(key="calls", event_types=("call",), aggregation=Aggregation.COUNT)
    >>> event = UsageEvent(source="s", id="1", type="call", time=0)
    >>> quantity(meter, [event], Period.month(1970, 1)).quantity
    Decimal('1')
    """
    start, end = micros(period.start), micros(period.end)
    readings: list[tuple[int, Reading]] = []
    for event in events:
        if start <= event.time < end and event.type in meter.event_types:
            fields = Fields.of(event)
            reading = read_fields(meter, fields)
            if reading and all(meets(fields, condition, meter.group_by) for condition in filters):
                readings.append((event.time, reading))
    return fold(meter, readings)


def fold(meter: Meter, readings: Sequence[tuple[int, Reading]]) -> Quantity:
    """The quantity of what the meter read from events: each with its time, in any order.

    >>> from steelyard.kernel import ONE
    >>> meter = Meter(key="m", event_types=("t",), aggregation=Aggregation.MAX, value="$.n")
    >>> fold(meter, [(0, Reading("1", ONE, ZERO)), (5, Reading("3", ONE * 3, ZERO))]).quantity
    Decimal('3')
    """
    amount = (
        _bounded(sum((reading.amount for _, reading in readings), ZERO)) if meter.carries_amount else None
    )
    return Quantity(quantity=_fold(meter.aggregation, readings), amount=amount, events=len(readings))


def _fold(aggregation: Aggregation, readings: Sequence[tuple[int, Reading]]) -> Decimal:
    if not readings:
        return ZERO
    numbers = [reading.number for _, reading in readings]
    match aggregation:
        case Aggregation.COUNT:
            return Decimal(len(readings))
        case Aggregation.UNIQUE:
            return Decimal(len({reading.text for _, reading in readings}))
        case Aggregation.SUM:
            return _bounded(sum(numbers, ZERO))
        case Aggregation.MAX:
            return max(numbers)
        case Aggregation.MIN:
            return min(numbers)
        case Aggregation.AVERAGE:
            return _bounded(sum(numbers, ZERO)) / len(numbers)
        case Aggregation.LATEST:
            # Among simultaneous events the largest counts, so that arrival order cannot matter.
            return max((time, reading.number) for time, reading in readings)[1]


def _bounded(total: Decimal) -> Decimal:
    if abs(total) >= LIMIT:
        raise InvalidInput("the total has more than 26 digits before the point", code="quantity_too_large")
    return total
