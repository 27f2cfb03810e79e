"""Events on their way into a backfill: read, admitted, and stored without counting yet.

An id that is taken is looked at: by an event that will not count once the backfill is committed (it lies in a
range, is void, or came with a backfill that was given up), and the new one is stored under the backfill's own
name; by one that says the same, and nothing is to be added; by any other, and it is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.problems import ProblemItem
from steelyard.entrypoints.api.shapes import backfills as shapes
from steelyard.kernel import Conflict, NotFound
from steelyard.metering import (
    Backfill,
    BackfillRefused,
    RefusalCode,
    Refused,
    UsageEvent,
    add_to_backfill,
    admit,
    encode,
    event_of,
    for_backfill,
    same_content,
)
from steelyard.metering.changes import in_ranges
from steelyard.metering.standing import VOIDED
from steelyard.record import Entry, Written

_TRIES: Final = 5
_FIRST: Final = 1
"""Where the events of a write begin: the entry that tells of the backfill stands before them."""


@dataclass(slots=True)
class _Outcome:
    added: int = 0
    duplicates: int = 0
    errors: list[ProblemItem] = field(default_factory=list[ProblemItem])


def bring(call: Call, backfill: Backfill) -> shapes.BackfillEvents:
    """Stores the request's events for the backfill, and says what became of each that was not stored."""
    items: list[msgspec.Raw] = call.body.events
    content = b"[" + b",".join(bytes(item) for item in items) + b"]"
    decoded = call.workspace.decode_events(content, "application/json", {}, call.now)
    outcome = _Outcome(errors=[_refused(one) for one in decoded.refusals])
    places = dict(zip(decoded.positions, decoded.events, strict=True))
    taken = _store(call, backfill.id, places, outcome, again=False)
    if taken:
        free = _free_again(call, backfill, taken, places, outcome)
        _store(call, backfill.id, free, outcome, again=True)
    return shapes.BackfillEvents(
        added=outcome.added,
        duplicates=outcome.duplicates,
        refused=len(outcome.errors),
        errors=sorted(outcome.errors, key=lambda one: -1 if one.index is None else one.index),
    )


def _store(
    call: Call, id: str, events: dict[int, UsageEvent], outcome: _Outcome, *, again: bool
) -> dict[int, int]:
    """Writes the events; gives for those whose id is taken by others the entry that has it, by place."""
    if not events:
        return {}
    workspace = call.workspace
    for left in range(_TRIES, 0, -1):
        version = workspace.state.version(Backfill, id)
        backfill = workspace.state.get(Backfill, id)
        if backfill is None or version is None:
            raise NotFound(f"there is no backfill {id!r}", code="unknown_backfill")
        own = for_backfill(events.values(), backfill, again=again)
        admitted = admit(
            own,
            workspace.directory,
            workspace.shapes,
            call.now,
            positions=list(events),
            schemas=workspace.schemas,
        )
        planned = add_to_backfill(backfill, version, admitted.batch, by=call.principal.key_id, at=call.now)
        if isinstance(planned, BackfillRefused):
            raise Conflict(planned.message, code=planned.code.value)
        try:
            written = call.submit(planned.write)
        except Conflict as conflict:
            # Somebody else added to it at the same moment.
            if left == 1 or conflict.detail_code != "changed_meanwhile":
                raise
            continue
        outcome.errors += [_refused(one) for one in admitted.refusals]
        return _settle(call, id, written, admitted.positions, outcome, again=again)
    raise AssertionError("unreachable: the last try gives or raises")


def _settle(
    call: Call, id: str, written: Written, places: Sequence[int], outcome: _Outcome, *, again: bool
) -> dict[int, int]:
    known = written.duplicates | written.conflicts
    outcome.added += len(places) - len(known)
    taken: dict[int, int] = {}
    entries = call.workspace.reader.entries([written.indexes[at] for at in sorted(known)])
    for at, entry in zip(sorted(known), entries, strict=True):
        place, event = places[at - _FIRST], event_of(entry) if entry.payload else None
        if at in written.duplicates:
            outcome.duplicates += 1
        elif again or (event is not None and event.backfill == id):
            outcome.errors.append(_conflict(place, entry.index))
        else:
            taken[place] = entry.index
    return taken


def _free_again(
    call: Call, backfill: Backfill, taken: dict[int, int], places: dict[int, UsageEvent], outcome: _Outcome
) -> dict[int, UsageEvent]:
    """Those whose id is taken by an event that will not count once the backfill is committed."""
    workspace = call.workspace
    workspace.catch_up()
    entries = workspace.reader.entries(list(taken.values()))
    reasons = workspace.usage.reasons(list(taken.values()))
    free: dict[int, UsageEvent] = {}
    for place, entry in zip(taken, entries, strict=True):
        event = event_of(entry) if entry.payload else None
        gone = any(one == VOIDED or one.startswith("withdrawn:") for one in reasons.get(entry.index, ()))
        if event is None or gone or in_ranges(event, backfill.ranges, entry.customer):
            free[place] = places[place]
        elif _says_the_same(entry, places[place]):
            outcome.duplicates += 1
        else:
            outcome.errors.append(_conflict(place, entry.index))
    return free


def _says_the_same(entry: Entry, event: UsageEvent) -> bool:
    return same_content(entry.payload, encode(event))


def _conflict(place: int, earlier: int) -> ProblemItem:
    return ProblemItem(
        index=place,
        code=RefusalCode.CONFLICT.value,
        field="id",
        message=f"this source and id name another event already (entry {earlier}); "
        "set that aside by a range, or give the event a new id",
    )


def _refused(one: Refused) -> ProblemItem:
    return ProblemItem(index=one.index, code=one.code.value, field=one.field, message=one.message)
