"""Corrections: one event amended, voided, held or released, or brought to its customer.

Each gives what to write, or why not. Nothing is written over: a correction is an entry on the chain of the
customer whose usage it changes, and the row that keeps an event's last correction makes two that come at the
same time exclude each other. Many at once: `write_of`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from steelyard.kernel import from_micros, iso
from steelyard.metering.admit import NO_SCHEMAS, admit
from steelyard.metering.changes import (
    NO_EVENT,
    Attributed,
    Corrected,
    CorrectionAction,
    carried,
    payload_of,
)
from steelyard.metering.event_schema import EventSchemas
from steelyard.metering.events_now import EventNow
from steelyard.metering.model import RefusalCode, Refused, UsageEvent
from steelyard.metering.payload import encode, same_content
from steelyard.metering.ports import SubjectDirectory
from steelyard.metering.shapes import Shapes
from steelyard.metering.standing import HELD, SET_ASIDE, VOIDED
from steelyard.metering.wire import decode
from steelyard.record import QUARANTINED, UNATTRIBUTED, Batch, Expect, Kind, Save, Write

REASON_LENGTH_MAX: Final = 1000


class ChangeCode(StrEnum):
    """Why an event is not changed."""

    UNKNOWN_EVENT = "unknown_event"
    MISSING_REASON = "missing_reason"
    ALREADY_VOID = "already_void"
    ALREADY_HELD = "already_held"
    NOT_HELD = "not_held"
    NOT_COUNTING = "not_counting"
    OTHER_EVENT = "other_event"
    CUSTOMER_WOULD_CHANGE = "customer_would_change"
    INVALID_EVENT = "invalid_event"
    NOT_UNATTRIBUTED = "not_unattributed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRefused:
    """Why an event is not changed, in words; trying the same again does not help."""

    code: ChangeCode
    message: str
    field: str = ""
    retryable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedChange:
    """A change of one event: the chain it is written on, what it says, and how the event was and will be.

    `before` or `after` is None where the event does not count.
    """

    customer: str
    change: Corrected | Attributed
    before: UsageEvent | None
    after: UsageEvent | None
    expect: tuple[Expect, ...]

    @property
    def entry(self) -> tuple[Kind, str, bytes]:
        """Kind, chain and payload of the entry that makes the change."""
        kind = Kind.CORRECTION if isinstance(self.change, Corrected) else Kind.ATTRIBUTION
        return kind, self.customer, payload_of(self.change)

    @property
    def write(self) -> Write:
        """What to write for this change alone."""
        return write_of([self])


def write_of(planned: Sequence[PlannedChange]) -> Write:
    """What to write for all these changes: they happen together or not at all."""
    entries = [one.entry for one in planned]
    return Write(
        batches=tuple(
            Batch(kind=kind, customers=[customer], payloads=[payload]) for kind, customer, payload in entries
        ),
        rows=tuple(Save(record=one.change, told_by=place) for place, one in enumerate(planned)),
        expect=tuple(expect for one in planned for expect in one.expect),
    )


def amend(
    now: EventNow,
    event: UsageEvent,
    *,
    by: str,
    reason: str,
    directory: SubjectDirectory,
    shapes: Shapes,
    at: datetime,
    schemas: EventSchemas = NO_SCHEMAS,
) -> PlannedChange | ChangeRefused | None:
    """The event counts as given here from now on; None where it says the same already.

    The same rules as for a new event hold, and it must stay the same customer's: void it and send another
    otherwise.
    """
    refusal = _refusal(now, reason, CorrectionAction.AMEND)
    if refusal is not None:
        return refusal
    if (event.source, event.id) != (now.event.source, now.event.id):
        message = "an amended event keeps its source and id"
        return ChangeRefused(code=ChangeCode.OTHER_EVENT, message=message, field="id")
    event = msgspec.structs.replace(event, backfill=now.event.backfill, again=now.event.again)
    admitted = admit([event], directory, shapes, at, schemas=schemas)
    if admitted.refusals:
        one = admitted.refusals[0]
        return ChangeRefused(code=ChangeCode.INVALID_EVENT, message=one.message, field=one.field)
    if admitted.batch.customers == [QUARANTINED] and now.customer != QUARANTINED:
        message = f"the data are not as events of the type {event.type!r} should be"
        return ChangeRefused(code=ChangeCode.INVALID_EVENT, message=message, field="data")
    if _who(event) != _who(now.event) and admitted.owners != [now.customer]:
        message = (
            f"the event is {now.customer}'s and would become {admitted.owners[0]}'s; void it and send another"
        )
        return ChangeRefused(code=ChangeCode.CUSTOMER_WOULD_CHANGE, message=message, field="subject")
    if HELD not in now.reasons and same_content(encode(now.event), encode(event)):
        return None
    return _corrected(now, CorrectionAction.AMEND, by=by, reason=reason, event=event)


def amended(now: EventNow, given: bytes, at: datetime) -> UsageEvent | Refused:
    """The event with the attributes that are given (JSON, as an event has them); the others stay.

    `null` takes an attribute away. Refused where what comes of it is no event.
    """
    try:
        changes = _attributes.decode(given)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        message = "the changed attributes must be one JSON object"
        return Refused(index=0, code=RefusalCode.NOT_AN_OBJECT, message=message)
    whole = {name: text for name, text in (_spoken(now.event) | changes).items() if bytes(text) != b"null"}
    decoded = decode(msgspec.json.encode(whole), "application/json", {}, at)
    if decoded.refusals:
        return decoded.refusals[0]
    arrived = now.event.arrival and "time" not in changes
    return msgspec.structs.replace(decoded.events[0], arrival=arrived)


_attributes = msgspec.json.Decoder(dict[str, msgspec.Raw])


def _spoken(event: UsageEvent) -> dict[str, msgspec.Raw]:
    """The event's attributes as a client would send them."""
    stored = _attributes.decode(encode(event))
    for name in ("arrival", "backfill", "again"):
        stored.pop(name, None)
    return stored | {"time": msgspec.Raw(msgspec.json.encode(iso(from_micros(event.time))))}


def void(now: EventNow, *, by: str, reason: str) -> PlannedChange | ChangeRefused:
    """The event never counts again."""
    refusal = _refusal(now, reason, CorrectionAction.VOID)
    return refusal or _corrected(now, CorrectionAction.VOID, by=by, reason=reason)


def hold(now: EventNow, *, by: str, reason: str) -> PlannedChange | ChangeRefused:
    """The event does not count until it is released."""
    refusal = _refusal(now, reason, CorrectionAction.HOLD)
    return refusal or _corrected(now, CorrectionAction.HOLD, by=by, reason=reason)


def release(now: EventNow, *, by: str, reason: str) -> PlannedChange | ChangeRefused:
    """A held event counts again."""
    refusal = _refusal(now, reason, CorrectionAction.RELEASE)
    return refusal or _corrected(now, CorrectionAction.RELEASE, by=by, reason=reason)


def attribute(
    now: EventNow, customer: str, *, by: str, reason: str, rule: str = "", event: UsageEvent | None = None
) -> PlannedChange | ChangeRefused:
    """An event that is nobody's, or set aside, is this customer's from now on.

    `rule` is the id of the rule that led to it. `event` is how it counts, where not as it was sent. Whether
    the customer exists is for the caller to know.
    """
    if not reason.strip():
        return _no_reason()
    if now.customer not in (UNATTRIBUTED, QUARANTINED):
        message = f"the event is {now.customer}'s already"
        return ChangeRefused(code=ChangeCode.NOT_UNATTRIBUTED, message=message)
    refusal = _not_counting(now, allowed=frozenset({SET_ASIDE}))
    if refusal is not None:
        return refusal
    event = now.event if event is None else event
    said = Attributed(
        source=now.event.source,
        id=now.event.id,
        of=now.carrier.index,
        leaf=now.carrier.leaf().hex(),
        after=now.after,
        event=carried(event),
        by=by,
        reason=reason,
        rule=rule,
        again=now.again,
    )
    return PlannedChange(customer=customer, change=said, before=None, after=event, expect=_unchanged(now))


def _corrected(
    now: EventNow, action: CorrectionAction, *, by: str, reason: str, event: UsageEvent | None = None
) -> PlannedChange:
    said = Corrected(
        action=action,
        source=now.event.source,
        id=now.event.id,
        of=now.carrier.index,
        leaf=now.carrier.leaf().hex(),
        after=now.after,
        event=NO_EVENT if event is None else carried(event),
        by=by,
        reason=reason,
        again=now.again,
    )
    after = now.event if action is CorrectionAction.RELEASE else event
    return PlannedChange(
        customer=now.customer,
        change=said,
        before=None if now.reasons else now.event,
        after=after,
        expect=_unchanged(now),
    )


def _unchanged(now: EventNow) -> tuple[Expect, ...]:
    return (
        Expect(type=Corrected, key=now.key, version=now.corrected),
        Expect(type=Attributed, key=now.key, version=now.attributed),
    )


def _who(event: UsageEvent) -> tuple[str, str]:
    return event.customer or event.subject, event.source


def _no_reason() -> ChangeRefused:
    message = (
        f"say why, in at most {REASON_LENGTH_MAX} characters: a correction without a reason proves nothing"
    )
    return ChangeRefused(code=ChangeCode.MISSING_REASON, message=message, field="reason")


def _refusal(now: EventNow, reason: str, action: CorrectionAction) -> ChangeRefused | None:
    if not reason.strip() or len(reason) > REASON_LENGTH_MAX:
        return _no_reason()
    is_held = HELD in now.reasons
    if VOIDED in now.reasons:
        message = "the event is void, which is for ever; send another event"
        return ChangeRefused(code=ChangeCode.ALREADY_VOID, message=message)
    if action is CorrectionAction.HOLD and is_held:
        return ChangeRefused(code=ChangeCode.ALREADY_HELD, message="the event is held already")
    if action is CorrectionAction.RELEASE and not is_held:
        return ChangeRefused(code=ChangeCode.NOT_HELD, message="the event is not held")
    return _not_counting(now, allowed=frozenset({HELD, SET_ASIDE}))


def _not_counting(now: EventNow, *, allowed: frozenset[str]) -> ChangeRefused | None:
    """The refusal for an event that somebody else decides about: a backfill, a hold."""
    others = sorted(now.reasons - allowed)
    if not others:
        return None
    word, _, backfill = others[0].partition(":")
    what = f"{word} by backfill {backfill}" if backfill else word
    message = f"the event does not count: it is {what}; change that first"
    return ChangeRefused(code=ChangeCode.NOT_COUNTING, message=message)
