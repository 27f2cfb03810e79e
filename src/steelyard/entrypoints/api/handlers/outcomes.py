"""Outcomes: claimed, confirmed, contested, accepted, reversed, settled."""

from __future__ import annotations

import json

from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.corrections import now_of
from steelyard.entrypoints.api.handlers.shaping import listed, shaped
from steelyard.entrypoints.api.problems import item_of
from steelyard.entrypoints.api.shapes import outcomes as shapes
from steelyard.kernel import Conflict, InvalidInput, NotFound, Problem, SteelyardError, iso
from steelyard.metering import EventNow
from steelyard.metering.outcomes import (
    SOURCE,
    Admission,
    NewOutcome,
    Outcome,
    OutcomeAction,
    OutcomeCode,
    PlannedOutcome,
    claim,
    decide,
    event_key,
    outcome_id,
    settling,
)

_CONFLICTS = (
    OutcomeCode.ALREADY_CLAIMED,
    OutcomeCode.WRONG_STATUS,
    OutcomeCode.WINDOW_CLOSED,
    OutcomeCode.EVENT_EXISTS,
)


def create(call: Call) -> shapes.Outcome:
    """Claim a result, or say what claiming it would come to."""
    asked: shapes.OutcomeIn = call.body
    new = NewOutcome(
        customer=asked.customer,
        type=asked.type,
        key=asked.key,
        occurred_at=asked.occurred_at,
        acted_at=asked.acted_at,
        window_days=asked.window_days,
        data=asked.data,
        reason=asked.reason,
    )
    before = call.workspace.state.get(Outcome, outcome_id(new.type, new.key))
    planned = claim(
        new,
        before,
        call.workspace.directory,
        by=call.principal.name,
        at=call.now,
        erased=call.workspace.writer.was_erased(event_key(new.type, new.key)),
    )
    return _done(call, planned, dry_run=asked.dry_run)


def list_outcomes(call: Call) -> shapes.OutcomeList:
    """Outcomes, by id; a key confined to one customer sees that customer's."""
    query: shapes.OutcomesQuery = call.query
    items, following = listed(
        call,
        Outcome,
        customer=call.about_whom(query.customer),
        status=query.status,
        type=query.type,
    )
    return shapes.OutcomeList(items=[outcome_shape(one) for one in items], next=following)


def show(call: Call) -> shapes.Outcome:
    """One outcome."""
    return outcome_shape(_loaded(call)[0])


def confirm(call: Call) -> shapes.Outcome:
    """Say that the result was reached."""
    return _decide(call, OutcomeAction.CONFIRM)


def contest(call: Call) -> shapes.Outcome:
    """Say that it was not, and why; what counts already is held until somebody decides."""
    return _decide(call, OutcomeAction.CONTEST)


def accept(call: Call) -> shapes.Outcome:
    """Let it count: from now on it is a usage event."""
    return _decide(call, OutcomeAction.ACCEPT)


def reverse(call: Call) -> shapes.Outcome:
    """Let it never count; what was billed for it is given back by the next document."""
    return _decide(call, OutcomeAction.REVERSE)


def settle(call: Call) -> shapes.Settled:
    """Settle what nobody contested within its window; doing it again settles nothing more."""
    asked: shapes.SettleIn = call.body
    settled: list[shapes.Outcome] = []
    problems: list[Problem] = []
    for one in _undecided(call, asked.customer):
        action = settling(one, call.now)
        if action is None:
            continue
        planned = _planned(call, one, action, f"the window closed at {iso(one.decide_by)}")
        if isinstance(planned, PlannedOutcome):
            settled.append(outcome_shape(planned.outcome))
            if planned.write is not None and not asked.dry_run:
                call.submit(planned.write)
        else:
            problems += planned
    answer = shapes.Settled(
        dry_run=asked.dry_run, outcomes=settled, problems=[item_of(one) for one in problems]
    )
    if not asked.dry_run:
        call.remember(answer)
    return answer


def _undecided(call: Call, customer: str | None) -> list[Outcome]:
    state = call.workspace.state
    found = [one for status in ("claimed", "confirmed") for one in state.find(Outcome, status=status)]
    return [one for one in found if customer in (None, one.customer)]


def _decide(call: Call, action: OutcomeAction) -> shapes.Outcome:
    outcome, _ = _loaded(call)
    asked: shapes.OutcomeDecision = call.body
    planned = _planned(call, outcome, action, asked.reason)
    return _done(call, planned, dry_run=asked.dry_run)


def _planned(
    call: Call, outcome: Outcome, action: OutcomeAction, reason: str
) -> PlannedOutcome | tuple[Problem, ...]:
    workspace = call.workspace
    version = workspace.state.version(Outcome, outcome.id)
    assert version is not None, "what is kept has a version"
    current = workspace.state.get(Outcome, outcome.id) or outcome
    return decide(
        current,
        version,
        action,
        now=_event_now(call, current, action),
        admission=Admission(
            directory=workspace.directory, shapes=workspace.shapes, schemas=workspace.schemas
        ),
        by=call.principal.name,
        reason=reason,
        at=call.now,
    )


def _event_now(call: Call, outcome: Outcome, action: OutcomeAction) -> EventNow | None:
    """The outcome's usage event as it stands; None where there is none."""
    if not outcome.has_event and action is not OutcomeAction.ACCEPT:
        return None
    try:
        return now_of(call, SOURCE, outcome.id)
    except NotFound:
        return None


def _loaded(call: Call) -> tuple[Outcome, int]:
    id = call.path["id"]
    version = call.workspace.state.version(Outcome, id)
    found = call.workspace.state.get(Outcome, id)
    if found is None or version is None or not call.principal.sees(found.customer):
        raise NotFound(f"there is no outcome {id[:100]!r}", code="unknown_outcome")
    return found, version


def _done(call: Call, planned: PlannedOutcome | tuple[Problem, ...], *, dry_run: bool) -> shapes.Outcome:
    if not isinstance(planned, PlannedOutcome):
        raise _refusal(planned)
    answer = outcome_shape(planned.outcome)
    if planned.write is not None and not dry_run:
        call.commit(planned.write, answer)
    return answer


def _refusal(problems: tuple[Problem, ...]) -> SteelyardError:
    if any(one.code == code.value for one in problems for code in _CONFLICTS):
        return Conflict(problems[0].message, code=problems[0].code, problems=problems)
    return InvalidInput(f"not done: {problems[0]}", code="invalid_outcome", problems=problems)


def outcome_shape(outcome: Outcome) -> shapes.Outcome:
    """An outcome in the shape that goes over the wire."""
    data = json.loads(bytes(outcome.data), parse_float=str)
    return shaped(outcome, shapes.Outcome, data=data, decide_by=iso(outcome.decide_by))
