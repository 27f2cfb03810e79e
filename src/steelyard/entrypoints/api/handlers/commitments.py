"""Commitments of subscriptions: attached, ended, where they stand; and what months come to under terms."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from steelyard.billing.as_agreed import as_agreed, standings_of
from steelyard.billing.committing import Standing
from steelyard.catalog import version_named
from steelyard.contracts import (
    CommitmentTerms,
    Planned,
    Subscription,
    attach_commitment,
    end_commitment,
)
from steelyard.contracts.commitments import commitment_problems
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.retroactive import agree
from steelyard.entrypoints.api.handlers.shaping import shaped
from steelyard.entrypoints.api.shapes import commitments as shapes
from steelyard.kernel import (
    ZERO,
    Conflict,
    InvalidInput,
    NotFound,
    Problem,
    encode,
    month_of,
    parse_decimal,
    plain,
)
from steelyard.kernel.period import zone
from steelyard.rating.commitment_course import due, run_course


def attach(call: Call) -> shapes.CommitmentChanged:
    """Let a subscription commit to something, or say what that would do to the month."""
    asked: shapes.CommitmentIn = call.body
    state = call.workspace.state
    subscription = subscription_of(call, call.path["id"])
    terms = _terms(asked)
    version = version_named(state, subscription.catalog)
    planned = _planned(attach_commitment(state, version, subscription.id, terms))
    return _changed(call, planned, terms.key, asked, f"commitment {terms.key}")


def end(call: Call) -> shapes.CommitmentChanged:
    """End a commitment, or say what that would do to the month."""
    asked: shapes.CommitmentEnd = call.body
    subscription = subscription_of(call, call.path["id"])
    planned = _planned(end_commitment(call.workspace.state, subscription.id, call.path["key"], end=asked.at))
    key = call.path["key"]
    return _changed(call, planned, key, asked, f"end of commitment {key}")


def show(call: Call) -> shapes.CommitmentStandings:
    """Where the commitments of a subscription stand in a month."""
    subscription = subscription_of(call, call.path["id"])
    call.workspace.catch_up()
    month = call.query.period or month_name(call, subscription.customer)
    found = standings_of(call.workspace.books, subscription, month)
    return shapes.CommitmentStandings(
        subscription=subscription.id, period=month, items=[standing_shape(one) for one in found]
    )


def preview(call: Call) -> shapes.CoursePreview:
    """What months of usage come to under terms of a commitment; nothing is read or kept."""
    asked: shapes.CoursePreviewIn = call.body
    values = msgspec.structs.asdict(asked.terms)
    terms = _terms(shapes.CommitmentIn(key="preview", start=call.now, **values))
    if found := tuple(commitment_problems(terms, (), ())):
        raise InvalidInput(str(found[0]), code="invalid_commitment", problems=found)
    worth = [parse_decimal(value) for value in asked.values]
    if any(value < 0 for value in worth):
        raise InvalidInput("usage is worth 0 or more", code="invalid_commitment")
    months = run_course(terms.course, worth, ends=asked.ends)
    dues = [due(terms.course, one) for one in months]
    return shapes.CoursePreview(
        months=[
            shapes.CourseMonth(
                month=number,
                value=plain(value),
                fee=plain(one.fee),
                rolled_over=plain(one.carried),
                drawn=plain(one.own),
                burst=plain(one.burst),
                overage=plain(one.overage),
                true_up=plain(one.true_up),
                due=plain(pays),
                alert=one.alert,
            )
            for number, (value, one, pays) in enumerate(zip(worth, months, dues, strict=True), start=1)
        ],
        due=plain(sum(dues, ZERO)),
    )


def subscription_of(call: Call, id: str) -> Subscription:
    """The subscription of that id, if the asker may see its customer; NotFound otherwise."""
    found = call.workspace.state.get(Subscription, id)
    if found is None or not call.principal.sees(found.customer):
        raise NotFound(f"there is no subscription {id!r}", code="unknown_subscription")
    return found


def month_name(call: Call, customer: str) -> str:
    """The current month on the customer's calendar, such as 2026-11."""
    found = call.workspace.directory.customer(customer)
    timezone = found.timezone if found else "UTC"
    return f"{month_of(call.now, timezone).start.astimezone(zone(timezone)):%Y-%m}"


def month_change(call: Call, changed: Subscription, period: str | None) -> shapes.MonthChange:
    """What the month comes to as things stand and with the subscription as it would be."""
    call.workspace.catch_up()
    found = as_agreed(call.workspace.books, changed, period or month_name(call, changed.customer))
    before, after = found.before, found.after
    known = {encode([line.group, line.title, line.amount, line.steps]) for line in before.lines}
    lines = [
        shapes.MonthLine(
            group=line.group.value,
            title=line.title,
            amount=plain(line.amount),
            text=[step.text for step in line.steps],
        )
        for line in after.lines
        if encode([line.group, line.title, line.amount, line.steps]) not in known
    ]
    return shapes.MonthChange(
        period=after.period_name,
        currency=after.currency,
        before=plain(before.total),
        after=plain(after.total),
        difference=plain(after.total - before.total),
        lines=lines,
    )


def _terms(asked: shapes.CommitmentIn) -> CommitmentTerms:
    said = msgspec.structs.asdict(asked)
    for name in ("adjust", "dry_run", "period"):
        del said[name]
    said["schedule"] = [parse_decimal(share) for share in asked.schedule]
    for name, value in said.items():
        if isinstance(value, Decimal):
            said[name] = parse_decimal(value)
    return msgspec.convert(said, CommitmentTerms)


def _planned(outcome: Planned[Subscription] | tuple[Problem, ...]) -> Planned[Subscription]:
    if isinstance(outcome, Planned):
        return outcome
    if any(one.code in ("unknown_subscription", "unknown_commitment") for one in outcome):
        raise NotFound(outcome[0].message, code=outcome[0].code)
    if all(one.code == "exists" for one in outcome):
        raise Conflict(str(outcome[0]), code="exists", problems=outcome)
    raise InvalidInput(f"not committed: {outcome[0]}", code="invalid_commitment", problems=outcome)


def _changed(
    call: Call,
    planned: Planned[Subscription],
    key: str,
    asked: shapes.CommitmentIn | shapes.CommitmentEnd,
    reason: str,
) -> shapes.CommitmentChanged:
    held = next(one for one in planned.record.commitments if one.key == key)
    answer = shapes.CommitmentChanged(
        subscription=planned.record.id,
        commitment=shaped(held, shapes.Commitment),
        changed=planned.write is not None,
        dry_run=asked.dry_run,
        month=month_change(call, planned.record, asked.period) if asked.dry_run else None,
    )
    return agree(
        call,
        planned.write,
        lambda adjusted: msgspec.structs.replace(answer, adjusted=adjusted),
        subscriptions=[planned.record],
        adjust=asked.adjust,
        dry_run=asked.dry_run,
        reason=reason,
    )


def standing_shape(one: Standing) -> shapes.CommitmentStanding:
    """Where a commitment stands, as the interface says it."""
    course, month = one.course, one.month
    released = course.released(one.before.month)
    used = one.before.drawn + month.own
    return shapes.CommitmentStanding(
        commitment=shaped(one.held.agreed, shapes.Commitment),
        month_of_term=one.before.month + 1,
        committed=plain(course.amount),
        released=plain(released),
        used=plain(used),
        left=plain(released - used),
        rolled_over=plain(one.before.carried - month.carried),
        burst_used=plain(month.burst),
        burst_cap=plain(course.burst),
        overage=plain(month.overage),
        true_up=plain(month.true_up),
        alert=month.alert,
    )
