"""The quality of usage data: what was refused, and why."""

from __future__ import annotations

from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.shaping import page
from steelyard.entrypoints.api.pages import number_of
from steelyard.entrypoints.api.shapes import quality as shapes
from steelyard.kernel import from_micros, iso
from steelyard.metering import Rejection


def list_rejected(call: Call) -> shapes.RejectedList:
    """The newest refused events, newest first."""
    query: shapes.RejectedQuery = call.query
    found = call.workspace.rejected.newest(
        limit=query.limit + 1, before=number_of(query.cursor), code=query.code, type=query.type
    )
    items, following = page(found, query.limit, lambda one: one.id)
    return shapes.RejectedList(items=[_rejected(one) for one in items], next=following)


def _rejected(one: Rejection) -> shapes.RejectedEvent:
    return shapes.RejectedEvent(
        id=one.id,
        time=iso(from_micros(one.at)),
        code=one.code,
        field=one.field,
        message=one.message,
        type=one.type,
        source=one.source,
        event_id=one.event_id,
        subject=one.subject,
        key=one.key,
        item=one.item,
    )
