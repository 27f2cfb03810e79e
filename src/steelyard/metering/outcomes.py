"""Outcomes: results that are claimed, looked at by both sides, and paid once, or not.

Whoever did the work claims that a result was reached. It is confirmed, contested, accepted or reversed within
an attribution window; the table below says what may follow what. An accepted outcome *is* a usage event (of
the source `steelyard:outcomes`, with the outcome's id), written together with the acceptance, so that meters,
prices and proofs follow by themselves. Contesting it later holds that event, reversing it voids it: where it
was billed already, the next document gives the money back.

A result is named by its type and its key. There is one outcome of a result, for ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from steelyard.kernel import Problem, content_id, encode, iso, micros
from steelyard.metering.admit import NO_SCHEMAS, admit
from steelyard.metering.changes import key_text
from steelyard.metering.corrections import ChangeRefused, PlannedChange, hold, release, void
from steelyard.metering.event_schema import EventSchemas
from steelyard.metering.events_now import EventNow
from steelyard.metering.model import UsageEvent
from steelyard.metering.ports import SubjectDirectory
from steelyard.metering.shapes import Shapes
from steelyard.record import Expect, Kind, Save, Write
from steelyard.record.planned import saving, together

SOURCE: Final = "steelyard:outcomes"
WINDOW_DAYS_MAX: Final = 3660
TEXT_LENGTH_MAX: Final = 256
REASON_LENGTH_MAX: Final = 1000


class OutcomeStatus(StrEnum):
    """How an outcome stands."""

    CLAIMED = "claimed"
    CONFIRMED = "confirmed"
    CONTESTED = "contested"
    ACCEPTED = "accepted"
    REVERSED = "reversed"


class OutcomeAction(StrEnum):
    """What somebody does about an outcome."""

    CLAIM = "claim"
    CONFIRM = "confirm"
    CONTEST = "contest"
    ACCEPT = "accept"
    REVERSE = "reverse"


_BECOMES: Final = {
    OutcomeAction.CONFIRM: OutcomeStatus.CONFIRMED,
    OutcomeAction.CONTEST: OutcomeStatus.CONTESTED,
    OutcomeAction.ACCEPT: OutcomeStatus.ACCEPTED,
    OutcomeAction.REVERSE: OutcomeStatus.REVERSED,
}

OUTCOME_TRANSITIONS: Final = {
    OutcomeStatus.CLAIMED: (
        OutcomeAction.CONFIRM,
        OutcomeAction.CONTEST,
        OutcomeAction.ACCEPT,
        OutcomeAction.REVERSE,
    ),
    OutcomeStatus.CONFIRMED: (OutcomeAction.CONTEST, OutcomeAction.ACCEPT, OutcomeAction.REVERSE),
    OutcomeStatus.CONTESTED: (OutcomeAction.ACCEPT, OutcomeAction.REVERSE),
    OutcomeStatus.ACCEPTED: (OutcomeAction.CONTEST, OutcomeAction.REVERSE),
    OutcomeStatus.REVERSED: (),
}
"""What may be done about an outcome; nothing follows `reversed`: that result is never paid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeStep:
    """Something that somebody did about an outcome, and why."""

    action: OutcomeAction
    at: datetime
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A result that a customer may have to pay for, and everything that was done about it.

    `key` names the result within its type (a ticket, a milestone, a case). `acted_at` is when the work was
    done that it is attributed to, `occurred_at` when it was reached: at most `window_days` later. Until
    `decide_by` it can be contested or taken back. `has_event` tells that its usage event was written;
    `data` are that event's, such as a measured saving.
    """

    id: str
    customer: str
    type: str
    key: str
    occurred_at: datetime
    acted_at: datetime | None
    window_days: int
    data: msgspec.Raw
    status: OutcomeStatus
    steps: tuple[OutcomeStep, ...]
    has_event: bool = False

    @property
    def decide_by(self) -> datetime:
        """The end of the attribution window: later nobody can contest or reverse it."""
        return self.occurred_at + timedelta(days=self.window_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOutcome:
    """What somebody claims; nothing in it is checked yet."""

    customer: str
    type: str
    key: str
    occurred_at: datetime
    acted_at: datetime | None
    window_days: int
    data: msgspec.Raw
    reason: str = ""


class OutcomeCode(StrEnum):
    """Why nothing is done about an outcome."""

    UNKNOWN_CUSTOMER = "unknown_customer"
    BAD_TEXT = "bad_text"
    BAD_DATA = "bad_data"
    OUT_OF_RANGE = "out_of_range"
    TIME_IN_FUTURE = "time_in_future"
    NOT_A_TIME = "not_a_time"
    OUTSIDE_WINDOW = "outside_window"
    ALREADY_CLAIMED = "already_claimed"
    WRONG_STATUS = "outcome_status"
    WINDOW_CLOSED = "window_closed"
    MISSING_REASON = "missing_reason"
    EVENT_REFUSED = "event_refused"
    EVENT_EXISTS = "event_exists"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedOutcome:
    """The outcome as it will be, and what to write so that it is; no write where it is so already."""

    outcome: Outcome
    write: Write | None


Problems = tuple[Problem, ...]


def outcome_id(type: str, key: str) -> str:
    """The id of the outcome of a result: the same whoever claims it, so that it is paid once.

    >>> outcome_id("ticket.solved", "4711") == outcome_id("ticket.solved", "4711")
    True
    """
    return content_id("out", encode([type, key]))


def claim(
    new: NewOutcome,
    before: Outcome | None,
    directory: SubjectDirectory,
    *,
    by: str,
    at: datetime,
    erased: bool = False,
) -> PlannedOutcome | Problems:
    """The claim of a result, or all that is wrong with it; `before` is its outcome where there is one.

    A claim that says the same again changes nothing; one that differs is refused, and so is one of a result
    that was accepted before and then `erased`.
    """
    problems = tuple(_claim_problems(new, directory, at))
    if problems:
        return problems
    if erased and before is None:
        message = f"the result {new.key!r} of {new.type!r} counted before, and what was said of it was erased"
        return (_problem(OutcomeCode.ALREADY_CLAIMED, "key", message),)
    step = OutcomeStep(action=OutcomeAction.CLAIM, at=at, by=by, reason=new.reason)
    made = Outcome(
        id=outcome_id(new.type, new.key),
        customer=new.customer,
        type=new.type,
        key=new.key,
        occurred_at=new.occurred_at,
        acted_at=new.acted_at,
        window_days=new.window_days,
        data=new.data,
        status=OutcomeStatus.CLAIMED,
        steps=(step,),
    )
    if before is None:
        return PlannedOutcome(outcome=made, write=saving(Kind.OUTCOME, made.customer, made, made.id, None))
    if _said(before) == _said(made):
        return PlannedOutcome(outcome=before, write=None)
    message = f"the result {new.key!r} of {new.type!r} was claimed before, as {before.id}, and it differs"
    return (_problem(OutcomeCode.ALREADY_CLAIMED, "key", message),)


def _said(outcome: Outcome) -> bytes:
    return encode(replace(outcome, status=OutcomeStatus.CLAIMED, steps=(), has_event=False))


def _claim_problems(new: NewOutcome, directory: SubjectDirectory, at: datetime) -> Iterator[Problem]:
    if directory.customer_of(new.customer, SOURCE) != new.customer:
        yield _problem(
            OutcomeCode.UNKNOWN_CUSTOMER, "customer", f"there is no customer {new.customer[:60]!r}"
        )
    for name, text in (("type", new.type), ("key", new.key)):
        if not text.strip() or len(text) > TEXT_LENGTH_MAX or not text.isprintable():
            message = f"the {name} has 1 to {TEXT_LENGTH_MAX} printing characters"
            yield _problem(OutcomeCode.BAD_TEXT, name, message)
    if not bytes(new.data).lstrip().startswith(b"{"):
        yield _problem(OutcomeCode.BAD_DATA, "data", "the data are one JSON object")
    if not 0 <= new.window_days <= WINDOW_DAYS_MAX:
        message = f"the window has 0 to {WINDOW_DAYS_MAX} days"
        yield _problem(OutcomeCode.OUT_OF_RANGE, "window_days", message)
        return
    if new.occurred_at.tzinfo is None or (new.acted_at and new.acted_at.tzinfo is None):
        yield _problem(OutcomeCode.NOT_A_TIME, "occurred_at", "a time has an offset from UTC")
        return
    if new.occurred_at > at:
        yield _problem(OutcomeCode.TIME_IN_FUTURE, "occurred_at", "it was not reached yet")
    yield from _window_problems(new)


def _window_problems(new: NewOutcome) -> Iterator[Problem]:
    if new.acted_at is None:
        return
    latest = new.acted_at + timedelta(days=new.window_days)
    if not new.acted_at <= new.occurred_at <= latest:
        message = (
            f"it was reached at {iso(new.occurred_at)}; what was done at {iso(new.acted_at)} "
            f"can be its reason until {iso(latest)}"
        )
        yield _problem(OutcomeCode.OUTSIDE_WINDOW, "occurred_at", message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What decides whether the event of an accepted outcome can be stored."""

    directory: SubjectDirectory
    shapes: Shapes
    schemas: EventSchemas = NO_SCHEMAS


def decide(
    outcome: Outcome,
    version: int,
    action: OutcomeAction,
    *,
    now: EventNow | None,
    admission: Admission,
    by: str,
    reason: str,
    at: datetime,
) -> PlannedOutcome | Problems:
    """What confirming, contesting, accepting or reversing the outcome comes to, or why it cannot be.

    `version` is that of its row, `now` its usage event as it stands, where it has one.
    """
    problems = tuple(_decision_problems(outcome, action, reason, at))
    if problems:
        return problems
    step = OutcomeStep(action=action, at=at, by=by, reason=reason)
    decided = replace(outcome, status=_BECOMES[action], steps=(*outcome.steps, step))
    event = _event(decided, action, now, admission, by, reason or action.value, at)
    if isinstance(event, tuple):
        return event
    if event is not None:
        decided = replace(decided, has_event=True)
    kept = Write(
        batches=saving(Kind.OUTCOME, decided.customer, decided, decided.id, version).batches,
        rows=(Save(record=decided, told_by=0),),
        expect=(Expect(type=Outcome, key=decided.id, version=version),),
    )
    return PlannedOutcome(outcome=decided, write=together([kept, event]))


def _decision_problems(
    outcome: Outcome, action: OutcomeAction, reason: str, at: datetime
) -> Iterator[Problem]:
    if action not in OUTCOME_TRANSITIONS[outcome.status]:
        message = f"the outcome is {outcome.status.value}; it cannot be {_BECOMES[action].value}"
        yield _problem(OutcomeCode.WRONG_STATUS, "id", message)
        return
    takes_back = action in (OutcomeAction.CONTEST, OutcomeAction.REVERSE)
    open_still = outcome.status is OutcomeStatus.CONTESTED
    if takes_back and not open_still and outcome.has_event and at > outcome.decide_by:
        message = f"the window closed at {iso(outcome.decide_by)}; the outcome stands"
        yield _problem(OutcomeCode.WINDOW_CLOSED, "id", message)
    if action is OutcomeAction.CONTEST and not outcome.has_event and at > outcome.decide_by:
        message = f"it could be contested until {iso(outcome.decide_by)}"
        yield _problem(OutcomeCode.WINDOW_CLOSED, "id", message)
    if (takes_back or open_still) and not reason.strip():
        yield _problem(OutcomeCode.MISSING_REASON, "reason", f"say why it is {_BECOMES[action].value}")
    if len(reason) > REASON_LENGTH_MAX:
        message = f"at most {REASON_LENGTH_MAX} characters"
        yield _problem(OutcomeCode.BAD_TEXT, "reason", message)


def _event(
    outcome: Outcome,
    action: OutcomeAction,
    now: EventNow | None,
    admission: Admission,
    by: str,
    reason: str,
    at: datetime,
) -> Write | Problems | None:
    """What happens to the usage event: written, held, released or voided; None for nothing."""
    if now is None:
        return _new_event(outcome, admission, at) if action is OutcomeAction.ACCEPT else None
    if not outcome.has_event:
        message = f"an event {outcome.id!r} of source {SOURCE!r} was sent by somebody else"
        return (_problem(OutcomeCode.EVENT_EXISTS, "id", message),)
    planned: PlannedChange | ChangeRefused | None = None
    match action:
        case OutcomeAction.ACCEPT:
            planned = release(now, by=by, reason=reason)
        case OutcomeAction.CONTEST:
            planned = hold(now, by=by, reason=reason)
        case OutcomeAction.REVERSE:
            planned = void(now, by=by, reason=reason)
        case _:
            return None
    if isinstance(planned, ChangeRefused):
        return (_problem(OutcomeCode.EVENT_REFUSED, "id", planned.message),)
    return planned.write


def event_of_outcome(outcome: Outcome) -> UsageEvent:
    """The usage event that an accepted outcome is."""
    return UsageEvent(
        source=SOURCE,
        id=outcome.id,
        type=outcome.type,
        time=micros(outcome.occurred_at),
        customer=outcome.customer,
        subject=outcome.customer,
        data=outcome.data,
    )


def _new_event(outcome: Outcome, admission: Admission, at: datetime) -> Write | Problems:
    event = event_of_outcome(outcome)
    admitted = admit([event], admission.directory, admission.shapes, at, schemas=admission.schemas)
    if admitted.refusals:
        one = admitted.refusals[0]
        return (_problem(OutcomeCode.EVENT_REFUSED, one.field or "data", one.message),)
    if admitted.batch.customers != [outcome.customer]:
        message = f"the data are not as events of the type {outcome.type!r} should be"
        return (_problem(OutcomeCode.EVENT_REFUSED, "data", message),)
    return Write(batches=(admitted.batch,))


def event_key(type: str, key: str) -> bytes:
    """The deduplication key of the event that the outcome of a result is, once it is accepted."""
    return key_text(SOURCE, outcome_id(type, key)).encode()


def settling(outcome: Outcome, at: datetime) -> OutcomeAction | None:
    """What becomes of an outcome by itself once its window is over: None where it waits, or is decided.

    A confirmed one is accepted, one that nobody confirmed is not paid; a contested one waits for a decision.
    """
    if at <= outcome.decide_by:
        return None
    by_itself = {
        OutcomeStatus.CONFIRMED: OutcomeAction.ACCEPT,
        OutcomeStatus.CLAIMED: OutcomeAction.REVERSE,
    }
    return by_itself.get(outcome.status)


def _problem(code: OutcomeCode, field: str, message: str) -> Problem:
    return Problem(code=code.value, message=message, field=field)
