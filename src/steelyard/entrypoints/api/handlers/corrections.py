"""Corrections of single events: amend, void, hold, release; their list, and an event's whole history."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import msgspec

from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.quantities import compared, months_of
from steelyard.entrypoints.api.handlers.shaping import page
from steelyard.entrypoints.api.pages import number_of
from steelyard.entrypoints.api.shapes import corrections as shapes
from steelyard.kernel import Conflict, InvalidInput, NotFound, SteelyardError, from_micros, iso
from steelyard.metering import (
    Attributed,
    ChangeCode,
    ChangeRefused,
    Corrected,
    EventNow,
    PlannedChange,
    Refused,
    amend,
    amended,
    event_now,
    event_of,
    history,
    hold,
    read_change,
    release,
    void,
)
from steelyard.record import Entry, Kind

if TYPE_CHECKING:
    from steelyard.entrypoints.bootstrap import Workspace

_PAUSES: Final = (0.001, 0.005, 0.02, 0.1)
"""How long, in seconds, to wait for an entry whose row is there already."""

_INVALID: Final = (
    ChangeCode.MISSING_REASON,
    ChangeCode.INVALID_EVENT,
    ChangeCode.OTHER_EVENT,
)


def correct(call: Call) -> shapes.Correction:
    """Correct one event, or say what correcting it would change."""
    asked: shapes.CorrectionIn = call.body
    now = now_of(call, asked.source, asked.id, asked.again)
    planned = _planned(call, asked, now)
    answer = shapes.Correction(
        action=asked.action,
        source=asked.source,
        id=asked.id,
        customer=now.customer,
        of=now.carrier.index,
        by=call.principal.key_id,
        reason=asked.reason,
        changed=planned is not None,
        dry_run=asked.dry_run,
        quantities=_quantities(call, planned) if planned is not None and asked.dry_run else [],
    )
    if planned is not None and not asked.dry_run:
        call.commit(planned.write, answer)
    return answer


def now_of(call: Call, source: str, id: str, again: str = "") -> EventNow:
    """The event as it stands; NotFound where there is none, or none that the asker may see."""
    call.workspace.catch_up()
    found = _found(call.workspace, source, id, again)
    if found is None or not call.principal.sees(found.customer):
        message = f"there is no event {id[:100]!r} of source {source[:100]!r}"
        raise NotFound(message, code=ChangeCode.UNKNOWN_EVENT.value)
    return found


def _found(workspace: Workspace, source: str, id: str, again: str) -> EventNow | None:
    for pause in _PAUSES:
        try:
            return event_now(
                source,
                id,
                again=again,
                finder=workspace.writer,
                entries=workspace.reader,
                state=workspace.state,
                reasons=workspace.usage,
            )
        except NotFound:
            # A correction that is being committed: its row can be read a moment before its entry can.
            time.sleep(pause)
    raise Conflict("the event is being changed at this moment", code="changed_meanwhile")


def _planned(call: Call, asked: shapes.CorrectionIn, now: EventNow) -> PlannedChange | None:
    who, why = call.principal.key_id, asked.reason
    match asked.action:
        case "amend":
            event = amended(now, bytes(asked.event), call.now)
            if isinstance(event, Refused):
                raise InvalidInput(event.message, code=ChangeCode.INVALID_EVENT.value)
            planned = amend(
                now,
                event,
                by=who,
                reason=why,
                directory=call.workspace.directory,
                shapes=call.workspace.shapes,
                schemas=call.workspace.schemas,
                at=call.now,
            )
        case "void":
            planned = void(now, by=who, reason=why)
        case "hold":
            planned = hold(now, by=who, reason=why)
        case "release":
            planned = release(now, by=who, reason=why)
    if isinstance(planned, ChangeRefused):
        raise error_of(planned)
    return planned


def error_of(refused: ChangeRefused) -> SteelyardError:
    """The refusal as an error of the tree, for the HTTP interface."""
    kind = InvalidInput if refused.code in _INVALID else Conflict
    return kind(refused.message, code=refused.code.value)


def _quantities(call: Call, planned: PlannedChange) -> list[shapes.QuantityChange]:
    events = [event for event in (planned.before, planned.after) if event is not None]
    types = {event.type for event in events}
    months = months_of(call, [(planned.customer, from_micros(event.time)) for event in events])
    meters = [one for one in call.workspace.usage.meters if types.intersection(one.event_types)]
    return compared(call, [planned.entry], months, meters)


def list_corrections(call: Call) -> shapes.CorrectionList:
    """Corrections, newest first; a key confined to one customer sees that customer's."""
    query: shapes.CorrectionsQuery = call.query
    customer = call.about_whom(query.customer)
    call.workspace.catch_up()
    found = call.workspace.usage.changes(
        [Kind.CORRECTION], customer=customer, before=number_of(query.cursor), limit=query.limit + 1
    )
    indexes, following = page(found, query.limit, int)
    return shapes.CorrectionList(
        items=[saying(entry) for entry in call.workspace.reader.entries(list(indexes))], next=following
    )


def show_history(call: Call) -> shapes.EventHistory:
    """Everything that was said about one event by itself."""
    query: shapes.HistoryQuery = call.query
    now = now_of(call, query.source, query.id, query.again)
    return shapes.EventHistory(
        source=query.source,
        id=query.id,
        customer=now.customer,
        counts=not now.reasons,
        reasons=sorted(now.reasons),
        carrier=now.carrier.index,
        items=[saying(entry) for entry in history(now, call.workspace.reader)],
    )


def saying(entry: Entry) -> shapes.Saying:
    """What an entry says about an event, in the shape that goes over the wire."""
    change = read_change(entry.kind, entry.payload) if entry.payload else None
    event = event_of(entry) if entry.payload else None
    said = change if isinstance(change, Corrected | Attributed) else None
    action = said.action.value if isinstance(said, Corrected) else "attribute" if said else "sent"
    return shapes.Saying(
        index=entry.index,
        action=action,
        customer=entry.customer,
        seq=entry.customer_seq,
        recorded_at=iso(from_micros(entry.recorded_at)),
        source=said.source if said else event.source if event else "",
        id=said.id if said else event.id if event else "",
        leaf=entry.leaf().hex(),
        of=said.of if said else None,
        by=said.by if said else "",
        reason=said.reason if said else "",
        rule=said.rule if isinstance(said, Attributed) else "",
        event=None if event is None else msgspec.Raw(_text_of(entry, said)),
    )


def _text_of(entry: Entry, said: Corrected | Attributed | None) -> bytes:
    return entry.payload if said is None else bytes(said.event)
