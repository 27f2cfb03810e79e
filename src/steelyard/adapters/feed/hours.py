"""The quantities of the hours in which something changed."""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa

from steelyard.adapters.duckdb import DuckUsageStore
from steelyard.adapters.duckdb.counted import HOUR_MICROS, places_of
from steelyard.adapters.feed.tables import QUANTITIES
from steelyard.kernel import Period, from_micros, plain
from steelyard.metering import Window

_SPAN: Final = 1_000
"""Hours asked about at once: a few weeks, so that few hours without events lie between."""


def hourly(store: DuckUsageStore, standing: pa.Table, *, at: int, upto: int) -> pa.Table:
    """Each meter's quantity in the hours of events that came to count or ceased to, as known at the moment.

    Where an event ceased to count and nothing is left, the quantity is 0. Meters that keep levels have no
    rows (an event of theirs changes every hour after it), nor have estimates.
    """
    touched = store.ask(lambda view: places_of(view, standing))
    rows: list[tuple[Any, ...]] = []
    moment = from_micros(at)
    meters = [meter for meter in store.meters if not meter.keeps_levels and not meter.is_approximate]
    for number in sorted({hour // _SPAN for _, hour, _ in touched}):
        first = number * _SPAN
        period = Period(
            start=from_micros(first * HOUR_MICROS), end=from_micros((first + _SPAN) * HOUR_MICROS)
        )
        hours = {from_micros(hour * HOUR_MICROS): hour for hour in range(first, first + _SPAN)}
        some = [(customer, hour, ended) for customer, hour, ended in touched if hour // _SPAN == number]
        wanted = {(customer, hour) for customer, hour, _ in some}
        ceased = {(customer, hour) for customer, hour, ended in some if ended}
        for meter in meters:
            left = set(wanted)
            for row in store.quantities(meter, period, window=Window.HOUR, as_of=moment, sections=False):
                start = row.window_start
                place = (row.customer, hours[start])
                if place in left:
                    left.discard(place)
                    quantity = plain(row.quantity)
                    rows.append((row.customer, meter.key, start, quantity, row.amount, row.events, upto))
            for customer, hour in sorted(left & ceased):
                rows.append((customer, meter.key, from_micros(hour * HOUR_MICROS), "0", None, 0, upto))
    columns = zip(*rows, strict=True) if rows else ((),) * len(QUANTITIES.names)
    return pa.table(
        [pa.array(column, one.type) for column, one in zip(columns, QUANTITIES, strict=True)],
        names=QUANTITIES.names,
    )
