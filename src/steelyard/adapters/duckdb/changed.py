"""What changed in periods that were known at a moment: usage recorded, or ended, since.

Both halves of the question are bounded by the earliest `since` and the latest end of a period, so that whole
blocks of the table are passed over by their smallest and largest values: after a month without late usage
almost nothing is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import pyarrow as pa

from steelyard.adapters.duckdb.asking import View, run
from steelyard.kernel import micros
from steelyard.metering import KnownUsage, UsageChange

_ALWAYS: Final = (1 << 63) - 1

_CHANGED: Final = """
SELECT k.number, e.type, count(*) FILTER (e.came), count(*) FILTER (NOT e.came)
FROM known_usage k JOIN (
    SELECT customer, time, type, true AS came, recorded_at AS at, -1 AS before
    FROM event
    WHERE recorded_at > $since AND recorded_at <= $as_of AND time >= $start AND time < $until
        AND (superseded_at IS NULL OR superseded_at > $as_of)
    UNION ALL
    SELECT customer, time, type, false AS came, superseded_at AS at, recorded_at AS before
    FROM event
    WHERE superseded_at > $since AND superseded_at <= $as_of AND time >= $start AND time < $until
        AND recorded_at < superseded_at
) e ON e.customer = k.customer AND e.time >= k.start AND e.time < k.until
    AND e.at > k.since AND e.before <= k.since
GROUP BY ALL
"""
"""A row of `event` came to count at `recorded_at` and ceased to at `superseded_at`; one that did both since,
or between, changed nothing."""


def changed_since(view: View, known: Sequence[KnownUsage], as_of: datetime | None) -> list[UsageChange]:
    """The changes by place in `known` and by event type; what is unknown to the store did not change."""
    rows = [
        (number, code, micros(one.period.start), micros(one.period.end), micros(one.since))
        for number, one in enumerate(known)
        if (code := view.customers.find(one.customer)) is not None
    ]
    if not rows:
        return []
    numbers, customers, starts, untils, sinces = zip(*rows, strict=True)
    columns: dict[str, Any] = {
        "number": pa.array(numbers, pa.int32()),
        "customer": pa.array(customers, pa.int32()),
        "start": pa.array(starts, pa.int64()),
        "until": pa.array(untils, pa.int64()),
        "since": pa.array(sinces, pa.int64()),
    }
    bounds = {"since": min(sinces), "start": min(starts), "until": max(untils)}
    bounds["as_of"] = _ALWAYS if as_of is None else micros(as_of)
    view.connection.register("known_usage", pa.table(columns))
    found = run(view.connection, _CHANGED, bounds)
    changes = [
        UsageChange(
            customer=known[number].customer,
            period=known[number].period,
            event_type=view.types.name(code),
            added=added,
            ended=ended,
        )
        for number, code, added, ended in found
    ]
    return sorted(changes, key=lambda one: (one.customer, one.period.start, one.event_type))
