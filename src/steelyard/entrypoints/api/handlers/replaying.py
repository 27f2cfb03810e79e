"""Bringing waiting events to their customers, some at a time, safe beside corrections of the same events."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from steelyard.entrypoints.api.endpoint import Call
from steelyard.kernel import Conflict, InvalidInput, NotFound, Unavailable
from steelyard.metering import (
    AttributionPlan,
    ChangeCode,
    Choice,
    Decided,
    EventNow,
    PlannedChange,
    UsageEvent,
    admit,
    decide,
    event_now,
    event_of,
    write_together,
)
from steelyard.record import QUARANTINED, UNATTRIBUTED, Kind

TOGETHER: Final = 500
"""So many attributions are one write: few enough that nobody who sends events meanwhile waits long."""


_PAUSES: Final = (0.001, 0.01, 0.1, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An event to be attributed; `amended` is how it shall count, where a person changed its data."""

    now: EventNow
    amended: UsageEvent | None = None


def waiting_events(call: Call, indexes: Sequence[int]) -> list[Target]:
    """The waiting events that these entries carry."""
    found: list[Target] = []
    for entry in call.workspace.reader.entries(indexes):
        event = event_of(entry) if entry.payload else None
        if event is not None:
            # An amendment on the chain of the unattributed is itself the event's last correction.
            corrected = entry.index if entry.kind == Kind.CORRECTION else None
            now = EventNow(carrier=entry, event=event, after=entry.index, corrected=corrected)
            found.append(Target(now=now))
    return found


def named(call: Call, source: str, id: str, data: Any) -> Target:
    """The event of that name, perhaps with other data; NotFound where nobody sent it.

    Raises InvalidInput where the new data would not be admitted.
    """
    now = _fresh(call, source, id)
    if now is None:
        message = f"there is no event {id[:100]!r} of source {source[:100]!r}"
        raise NotFound(message, code=ChangeCode.UNKNOWN_EVENT.value)
    if data is msgspec.UNSET:
        return Target(now=now)
    raw = msgspec.Raw(msgspec.json.encode(data))
    amended = msgspec.structs.replace(now.event, data=raw, mismatch="")
    workspace = call.workspace
    admitted = admit([amended], workspace.directory, workspace.shapes, call.now, schemas=workspace.schemas)
    if admitted.refusals:
        one = admitted.refusals[0]
        raise InvalidInput(f"{source} {id}: {one.message}", code=ChangeCode.INVALID_EVENT.value)
    return Target(now=now, amended=amended)


def _fresh(call: Call, source: str, id: str, again: str = "") -> EventNow | None:
    """The event as it stands; where somebody is just changing it, as it stands after that."""
    workspace = call.workspace
    for pause_seconds in _PAUSES:
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
            # The state commits a moment before the record shows the entry that it tells of.
            time.sleep(pause_seconds)
    raise Unavailable(f"the event {id[:100]!r} is being changed; try again", code="being_changed")


def take(call: Call, targets: Sequence[Target], choice: Choice, *, dry_run: bool) -> AttributionPlan:
    """Attributes what can be attributed of these events, and says what became of each."""
    whole = AttributionPlan()
    for start in range(0, len(targets), TOGETHER):
        part = targets[start : start + TOGETHER]
        plan = _planned(call, part, choice)
        if plan.changes and not dry_run:
            try:
                call.submit(write_together(plan.changes))
            except Conflict:
                plan = _one_by_one(call, part, choice)
        whole.changes += plan.changes
        whole.refused += plan.refused
        whole.left += plan.left
        whole.accepted += plan.accepted
    return whole


def _planned(call: Call, targets: Sequence[Target], choice: Choice) -> AttributionPlan:
    plan = AttributionPlan()
    for target in targets:
        plan.add(target.now, _decided(call, target, choice), call.principal.key_id)
    return plan


def _decided(call: Call, target: Target, choice: Choice) -> Decided | None:
    workspace, now = call.workspace, target.now
    if now.customer not in (UNATTRIBUTED, QUARANTINED):
        # It has a customer already; the plan says so, whatever was chosen.
        return Decided(customer=choice.customer or now.customer, rule="", reason="already", event=now.event)
    if target.amended is not None:
        now = EventNow(carrier=now.carrier, event=target.amended, after=now.after)
    return decide(now, workspace.directory, workspace.rules, workspace.schemas, choice)


def _one_by_one(call: Call, targets: Sequence[Target], choice: Choice) -> AttributionPlan:
    """For events of which at least one changed meanwhile: each looked at anew and written by itself."""
    whole = AttributionPlan()
    for target in targets:
        event = target.now.event
        fresh = _fresh(call, event.source, event.id, target.now.again)
        if fresh is None or fresh.customer not in (UNATTRIBUTED, QUARANTINED):
            continue
        plan = _planned(call, [Target(now=fresh, amended=target.amended)], choice)
        whole.refused += plan.refused
        whole.left += plan.left
        changes: list[PlannedChange] = plan.changes
        if changes:
            try:
                call.submit(write_together(changes))
            except Conflict:
                whole.left += 1
                continue
        whole.changes += changes
        whole.accepted += plan.accepted
    return whole
