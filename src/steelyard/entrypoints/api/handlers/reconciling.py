"""A sender's own count against what the record holds: the record itself is read, not a projection of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.shapes import reconciling as shapes
from steelyard.kernel import InvalidInput, from_micros, micros
from steelyard.metering.admit import FUTURE_MAX_MICROS
from steelyard.metering.arrivals import HOUR_MICROS, Arrivals, Group, ids_in
from steelyard.record import Bundle, Kind, RecordReader

SPAN_MAX: Final = timedelta(days=31)
IDS_MAX: Final = 200_000
_NOTHING: Final = "0" * 64


def reconcile(call: Call) -> shapes.Reconciled:
    """The groups in which the sender's count and the record differ.

    Raises InvalidInput for a span that is not of whole hours, or longer than 31 days.
    """
    asked: shapes.ReconcileIn = call.body
    start, end = _span(asked.from_, asked.to)
    arrivals = Arrivals(sources=asked.sources, start_micros=start, end_micros=end)
    for payloads in _usage(call, start):
        arrivals.see(payloads)
    ours = {group: (tally.events, tally.fingerprint) for group, tally in arrivals.tallies().items()}
    theirs = {_group(one): (one.count, one.hash) for one in asked.hours}
    groups = sorted({*ours, *theirs})
    nothing = (0, _NOTHING)
    differing = [one for one in groups if ours.get(one, nothing) != theirs.get(one, nothing)]
    return shapes.Reconciled(
        agreeing=len(groups) - len(differing),
        differing=[_counted(group, *ours.get(group, nothing)) for group in differing],
    )


def ids(call: Call) -> shapes.HourIdsList:
    """The ids of the events of certain groups.

    Raises InvalidInput `too_many_ids` when they are too many for one answer.
    """
    asked: shapes.HourIdsIn = call.body
    groups = {_group(one): one for one in asked.hours}
    found: dict[Group, list[str]] = {group: [] for group in groups}
    total = 0
    for payloads in _usage(call, min(group.hour_micros for group in groups)):
        for group, event_id in ids_in(payloads, groups):
            found[group].append(event_id)
            total += 1
        if total > IDS_MAX:
            message = f"these hours have more than {IDS_MAX} events; ask for fewer at once"
            raise InvalidInput(message, code="too_many_ids")
    return shapes.HourIdsList(
        hours=[
            shapes.HourIds(source=one.source, who=one.who, type=one.type, hour=one.hour, ids=found[group])
            for group, one in groups.items()
        ]
    )


def _span(start: datetime, end: datetime) -> tuple[int, int]:
    first, last = micros(start.astimezone(UTC)), micros(end.astimezone(UTC))
    if first % HOUR_MICROS or last % HOUR_MICROS:
        raise InvalidInput("`from` and `to` must be full hours", code="invalid_parameter")
    if not timedelta() < end - start <= SPAN_MAX:
        message = f"`to` must come after `from`, by at most {SPAN_MAX.days} days"
        raise InvalidInput(message, code="invalid_parameter")
    return first, last


def _group(one: shapes.HourName) -> Group:
    try:
        hour = datetime.strptime(one.hour + "+0000", "%Y-%m-%dT%H%z")
    except ValueError:
        raise InvalidInput(f"{one.hour} is no hour of a day", code="invalid_value") from None
    return Group(one.source, one.who, one.type, micros(hour))


def _counted(group: Group, count: int, fingerprint: str) -> shapes.HourCount:
    hour = from_micros(group.hour_micros).strftime("%Y-%m-%dT%H")
    return shapes.HourCount(
        source=group.source, who=group.who, type=group.type, hour=hour, count=count, hash=fingerprint
    )


def _usage(call: Call, start_micros: int) -> Iterator[list[bytes]]:
    """The payloads of usage events that may have happened since then; of one customer where the key is."""
    reader = call.workspace.reader
    first = _first_index(reader, start_micros - FUTURE_MAX_MICROS)
    for bundle in reader.bundles(first):
        payloads = bundle.payload_list()
        yield [payloads[place] for place in _places(bundle, call.principal.customer)]


def _places(bundle: Bundle, customer: str | None) -> list[int]:
    wanted = bundle.kinds == Kind.USAGE.value
    if customer is not None:
        if customer not in bundle.customers:
            return []
        wanted &= bundle.codes == bundle.customers.index(customer)
    return np.flatnonzero(wanted).tolist()


def _first_index(reader: RecordReader, moment_micros: int) -> int:
    """The index from which on all entries were recorded at that moment or later: their times only grow."""
    low, high = 0, reader.size
    while low < high:
        bundle = next(iter(reader.bundles((low + high) // 2)))
        if bundle.recorded_at < moment_micros:
            low = bundle.end
        else:
            high = bundle.first_index
    return low
