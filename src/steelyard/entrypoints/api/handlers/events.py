"""Stored usage events, as the record and the usage store know them."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.shaping import page
from steelyard.entrypoints.api.handlers.visibility import shown_part, visible_from
from steelyard.entrypoints.api.pages import number_of
from steelyard.entrypoints.api.shapes import events as shapes
from steelyard.kernel import InvalidInput, Period, iso, plain
from steelyard.metering import EventRow, EventStatus

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_END = datetime(9999, 1, 1, tzinfo=UTC)


def list_events(call: Call) -> shapes.EventList:
    """Stored usage events, newest first; a key confined to one customer sees that customer's."""
    query: shapes.EventsQuery = call.query
    customer = call.about_whom(query.customer)
    since = visible_from(call)
    call.workspace.catch_up()
    found = call.workspace.usage.events(
        customer=customer,
        meter=query.meter,
        event_type=query.type,
        status=None if query.status is None else EventStatus(query.status),
        period=shown_part(span(query.from_, query.to), since),
        after=number_of(query.cursor),
        limit=query.limit + 1,
        newest_first=True,
        as_of=query.as_of,
    )
    items, following = page(found, query.limit, lambda one: one.index)
    return shapes.EventList(
        items=[shown(one) for one in items],
        next=following,
        visible_from=iso(since) if since else msgspec.UNSET,
    )


def span(start: datetime | None, end: datetime | None) -> Period | None:
    """The period between two moments, either of which may be left open.

    Raises InvalidInput when it would be empty.
    """
    if start is None and end is None:
        return None
    first, last = start or _BEGINNING, end or _END
    if last <= first:
        raise InvalidInput("`to` must come after `from`", code="invalid_parameter")
    return Period(start=first.astimezone(UTC), end=last.astimezone(UTC))


def shown(row: EventRow) -> shapes.Event:
    """A stored event in the shape that goes over the wire."""
    return shapes.Event(
        index=row.index,
        customer=row.customer,
        seq=row.seq,
        source=row.source,
        id=row.id,
        type=row.type,
        subject=row.subject,
        time=iso(row.time),
        recorded_at=iso(row.recorded_at),
        data=msgspec.Raw(row.data.encode()) if row.data else None,
        dimensions=dict(row.dimensions),
        cost=None if row.cost is None else plain(row.cost),
        status=row.status.value,
        mismatch=row.mismatch,
    )
