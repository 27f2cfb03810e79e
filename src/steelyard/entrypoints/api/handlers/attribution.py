"""Attribution over HTTP: rules, the queue, and the replay that brings waiting events to their customers."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from steelyard.adapters.duckdb import (
    WaitingFor,
    WaitingGroup,
    waiting_count,
    waiting_groups,
    waiting_indexes,
)
from steelyard.contracts import Customer
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.replaying import Target, named, take, waiting_events
from steelyard.entrypoints.api.handlers.shaping import shaped
from steelyard.entrypoints.api.pages import cursor_of, number_of
from steelyard.entrypoints.api.shapes import attribution as shapes
from steelyard.kernel import InvalidInput, Problem, from_micros, iso
from steelyard.metering import (
    Attributed,
    AttributionPlan,
    AttributionRule,
    Choice,
    EventNow,
    decide,
    event_of,
    make_rule,
    retire_rule,
)

TOLD_MAX: Final = 100


def list_rules(call: Call) -> shapes.RuleList:
    """Rules in the order in which they are tried."""
    found = list(call.workspace.rules.in_force)
    if call.query.retired:
        every = call.workspace.state.find(AttributionRule)
        found += sorted((one for one in every if one.retired_at), key=lambda one: one.id)
    return shapes.RuleList(items=[shaped(one, shapes.Rule) for one in found], next=None)


def create_rule(call: Call) -> shapes.Rule:
    """Make a rule; it holds for what comes from now on, and for what waits once that is replayed."""
    asked: shapes.RuleIn = call.body
    _known_customer(call, asked.customer)
    written = AttributionRule(
        id="",
        position=asked.position,
        customer=asked.customer,
        subject=asked.subject,
        subject_prefix=asked.subject_prefix,
        source=asked.source,
        event_type=asked.event_type,
        dimensions=asked.dimensions,
        reason=asked.reason,
        by=call.principal.key_id,
        created_at=call.now,
    )
    made = make_rule(call.workspace.rules, written, at=call.now, entropy=secrets.token_bytes(10))
    if isinstance(made, tuple):
        raise InvalidInput(f"not made: {made[0]}", code="invalid_rule", problems=made)
    answer = shaped(made.rule, shapes.Rule)
    if not asked.dry_run:
        call.commit(made.write, answer)
    return answer


def retire(call: Call) -> None:
    """Take a rule back; what it attributed stays as it is."""
    state, key = call.workspace.state, call.path["id"]
    rule, version = state.get(AttributionRule, key), state.version(AttributionRule, key)
    _, write = retire_rule(rule, version, at=call.now, by=call.principal.key_id)
    if write is not None:
        call.commit(write)


def _known_customer(call: Call, key: str) -> None:
    if call.workspace.state.get(Customer, key) is None:
        unknown = Problem(code="unknown_customer", message=f"there is no customer {key!r}", field="customer")
        raise InvalidInput(str(unknown), code="unknown_customer", problems=(unknown,))


def queue(call: Call) -> shapes.Queue:
    """What waits for its customer, the largest groups first."""
    query: shapes.QueueQuery = call.query
    call.workspace.catch_up()
    which = WaitingFor(
        quarantined=query.quarantined, type=query.type, source=query.source, subject=query.subject
    )
    skip = number_of(query.cursor) or 0
    ask = call.workspace.usage.ask
    groups = ask(lambda view: waiting_groups(view, which=which, limit=query.limit + 1, skip=skip))
    more = len(groups) > query.limit
    counts = [
        ask(lambda view, q=q: waiting_count(view, which=WaitingFor(quarantined=q))) for q in (False, True)
    ]
    return shapes.Queue(
        items=[_group(call, one) for one in groups[: query.limit]],
        next=cursor_of(skip + query.limit) if more else None,
        unattributed=counts[0],
        quarantined=counts[1],
    )


def _group(call: Call, group: WaitingGroup) -> shapes.Waiting:
    workspace = call.workspace
    entry = workspace.reader.entry(group.newest)
    event = event_of(entry)
    decided = mismatch = None
    if event is not None:
        now = EventNow(carrier=entry, event=event, after=group.newest)
        decided = decide(now, workspace.directory, workspace.rules, workspace.schemas, Choice(accept=True))
        mismatch = workspace.schemas.mismatches([event]).get(0) if group.quarantined else None
    return shapes.Waiting(
        queue="quarantined" if group.quarantined else "unattributed",
        type=group.type,
        source=group.source,
        subject=group.subject,
        mismatch=group.mismatch,
        message=mismatch.message if mismatch else "",
        events=group.events,
        first_seen=iso(from_micros(group.first_seen)),
        last_seen=iso(from_micros(group.last_seen)),
        suggested=decided.customer if decided else None,
        rule=decided.rule if decided else "",
        fits_now=group.quarantined and mismatch is None,
        sample=event.data if event is not None and bytes(event.data) else None,
    )


def replay(call: Call) -> shapes.Replayed:
    """Attribute a batch of what waits, or say what would be attributed.

    What is attributed already is passed over, so a replay that was cut off goes on where it was.
    """
    asked: shapes.ReplayIn = call.body
    if (asked.customer or asked.accept) and not asked.reason.strip():
        missing = Problem(code="missing_reason", message="say why, in words", field="reason")
        raise InvalidInput(str(missing), code="missing_reason", problems=(missing,))
    if asked.customer:
        _known_customer(call, asked.customer)
    call.workspace.catch_up(5.0)
    choice = Choice(customer=asked.customer, accept=asked.accept, reason=asked.reason)
    targets, following = _targets(call, asked)
    plan = take(call, targets, choice, dry_run=asked.dry_run)
    answer = _replayed(plan, asked, len(targets), following)
    if not asked.dry_run:
        call.remember(answer)
    return answer


def _targets(call: Call, asked: shapes.ReplayIn) -> tuple[Sequence[Target], str | None]:
    if asked.events:
        once = {(one.source, one.id): one for one in asked.events}
        return [named(call, one.source, one.id, one.data) for one in once.values()], None
    which = WaitingFor(
        quarantined=asked.quarantined, type=asked.type, source=asked.source, subject=asked.subject
    )
    after = number_of(asked.cursor)
    indexes = call.workspace.usage.ask(
        lambda view: waiting_indexes(
            view, which=which, after=-1 if after is None else after, limit=asked.limit
        )
    )
    following = cursor_of(indexes[-1]) if len(indexes) == asked.limit else None
    return waiting_events(call, indexes), following


def _replayed(
    plan: AttributionPlan, asked: shapes.ReplayIn, looked_at: int, following: str | None
) -> shapes.Replayed:
    went = Counter(
        (one.customer, one.change.rule) for one in plan.changes if isinstance(one.change, Attributed)
    )
    return shapes.Replayed(
        dry_run=asked.dry_run,
        looked_at=looked_at,
        attributed=len(plan.changes),
        accepted=plan.accepted,
        left=plan.left,
        refused=len(plan.refused),
        by_customer=[
            shapes.Attributed(customer=customer, rule=rule, events=count)
            for (customer, rule), count in sorted(went.items())
        ],
        not_attributed=list(_told(plan)),
        next=following,
    )


def _told(plan: AttributionPlan) -> Iterable[shapes.NotAttributed]:
    for now, refusal in plan.refused[:TOLD_MAX]:
        yield shapes.NotAttributed(
            source=now.event.source, id=now.event.id, code=refusal.code.value, message=refusal.message
        )
