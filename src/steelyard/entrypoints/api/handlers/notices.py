"""Notices to customers: listed, told, acknowledged."""

from __future__ import annotations

from typing import Any

from steelyard.contracts.notices import CustomerNotice, acknowledged, told
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.shaping import page, shaped
from steelyard.entrypoints.api.pages import place_of
from steelyard.entrypoints.api.shapes import notices as shapes
from steelyard.kernel import Conflict, NotFound, Problem, iso
from steelyard.record import Kind
from steelyard.record.planned import saving


def list_notices(call: Call) -> shapes.NoticeList:
    """Notices that the asker may see, the one that is due first first."""
    query: shapes.NoticesQuery = call.query
    if query.customer is not None:
        call.about(query.customer)
    asked = {"customer": query.customer, "about": query.about, "state": query.state}
    columns: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    every = [
        one
        for one in call.workspace.state.find(CustomerNotice, **columns)
        if call.principal.sees(one.customer)
    ]
    every.sort(key=_place)
    after = place_of(query.cursor) if query.cursor else None
    rest = [one for one in every if after is None or _place(one) > after]
    items, following = page(rest[: query.limit + 1], query.limit, _place)
    return shapes.NoticeList(items=[_shaped(call, one) for one in items], next=following)


def show(call: Call) -> shapes.Notice:
    """One notice."""
    return _shaped(call, _found(call))


def tell(call: Call) -> shapes.Notice:
    """Say that the customer was told, and how."""
    one = _found(call)
    return _done(call, one, told(one, at=call.now, by=call.principal.author, how=call.body.how))


def acknowledge(call: Call) -> shapes.Notice:
    """Say that the customer knows."""
    one = _found(call)
    done = acknowledged(one, at=call.now, by=call.principal.author, note=call.body.note)
    return _done(call, one, done)


def _done(call: Call, before: CustomerNotice, after: CustomerNotice | Problem) -> shapes.Notice:
    if isinstance(after, Problem):
        raise Conflict(after.message, code=after.code)
    answer = _shaped(call, after)
    if not call.body.dry_run:
        version = call.workspace.state.version(CustomerNotice, before.id)
        call.commit(saving(Kind.MIGRATION, after.customer, after, after.id, version), answer)
    return answer


def _found(call: Call) -> CustomerNotice:
    id = call.path["id"]
    one = call.workspace.state.get(CustomerNotice, id)
    if one is None or not call.principal.sees(one.customer):
        raise NotFound(f"there is no notice {id[:60]!r}", code="unknown_notice")
    return one


def _place(one: CustomerNotice) -> str:
    return f"{iso(one.tell_by)} {one.customer} {one.id}"


def _shaped(call: Call, one: CustomerNotice) -> shapes.Notice:
    return shaped(one, shapes.Notice, late=one.is_late(call.now))
