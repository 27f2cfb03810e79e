"""Backfills: opened, filled, previewed, committed, reverted."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from steelyard.billing.difference import MoneyChange, drafts, money_changes, touched_months
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers import quantities
from steelyard.entrypoints.api.handlers.bringing import bring
from steelyard.entrypoints.api.handlers.shaping import listed
from steelyard.entrypoints.api.problems import item_of
from steelyard.entrypoints.api.shapes import backfills as shapes
from steelyard.kernel import Conflict, InvalidInput, NotFound, Period, Unavailable, iso, plain
from steelyard.metering import (
    Affected,
    Backfill,
    BackfillAction,
    BackfillCode,
    BackfillRefused,
    BackfillStatus,
    PlannedBackfill,
    Range,
    abandon_backfill,
    commit_backfill,
    deprecate,
    entries_of,
    open_backfill,
    revert_backfill,
)
from steelyard.metering.backfills import Planned

FOLD_SECONDS: Final = 60.0
_CONFLICTS: Final = (BackfillCode.WRONG_STATUS, BackfillCode.NOTHING_TO_COMMIT)


def open_one(call: Call) -> shapes.Backfill:
    """Open a backfill."""
    planned = open_backfill(
        reason=call.body.reason, by=call.principal.key_id, at=call.now, entropy=secrets.token_bytes(10)
    )
    return _done(call, planned, [])


def list_backfills(call: Call) -> shapes.BackfillList:
    """Backfills, oldest first."""
    query: shapes.BackfillsQuery = call.query
    items, following = listed(call, Backfill, status=query.status)
    call.workspace.catch_up()
    return shapes.BackfillList(items=[shown(one, _touched(call, one)) for one in items], next=following)


def show(call: Call) -> shapes.Backfill:
    """One backfill."""
    found, _ = loaded(call)
    call.workspace.catch_up()
    return shown(found, _touched(call, found))


def loaded(call: Call) -> tuple[Backfill, int]:
    """The backfill that the path names, and the version of its row; NotFound where there is none."""
    id = call.path["id"]
    # The version first: a change in between is then noticed when the next one is written.
    version = call.workspace.state.version(Backfill, id)
    found = call.workspace.state.get(Backfill, id)
    if found is None or version is None:
        raise NotFound(f"there is no backfill {id[:100]!r}", code="unknown_backfill")
    return found, version


def set_aside(call: Call) -> shapes.Backfill:
    """Name stored events that the commit sets aside."""
    found, version = loaded(call)
    ranges = [_range(one) for one in call.body.ranges]
    planned = deprecate(found, version, ranges, by=call.principal.key_id, at=call.now)
    return _done(call, planned, _touched(call, found))


def _range(asked: shapes.EventRange) -> Range:
    if asked.to <= asked.from_:
        raise InvalidInput("`to` must come after `from`", code="empty_period")
    return Range(
        customer=asked.customer,
        event_types=tuple(sorted(set(asked.event_types))),
        source=asked.source,
        period=Period(start=asked.from_, end=asked.to),
    )


def add(call: Call) -> shapes.BackfillEvents:
    """Add events."""
    found, _ = loaded(call)
    answer = bring(call, found)
    call.remember(answer)
    return answer


def commit(call: Call) -> shapes.Backfill:
    """Let it take effect."""
    asked: shapes.BackfillCommit = call.body
    found, version = loaded(call)
    if asked.version not in (None, version):
        message = "the backfill changed since it was previewed; preview it again"
        raise Conflict(message, code="changed_meanwhile")
    size = _folded(call)
    upto = size if asked.upto is None else asked.upto
    if upto > size:
        message = f"the record has {size} entries; `upto` is what a preview said"
        raise InvalidInput(message, code=BackfillCode.BAD_UPTO.value)
    affected = call.workspace.usage.affected(found.id, found.ranges, upto)
    planned = commit_backfill(
        found,
        version,
        [one.customer for one in affected],
        upto=upto,
        by=call.principal.key_id,
        reason=asked.reason,
        at=call.now,
    )
    return _done(call, planned, affected)


def revert(call: Call) -> shapes.Backfill:
    """Undo it."""
    found, version = loaded(call)
    _folded(call)
    affected = _touched(call, found)
    customers = [one.customer for one in affected]
    who, why = call.principal.key_id, call.body.reason
    return _done(call, revert_backfill(found, version, customers, by=who, reason=why, at=call.now), affected)


def abandon(call: Call) -> shapes.Backfill:
    """Give it up."""
    found, version = loaded(call)
    _folded(call)
    affected = _touched(call, found)
    customers = [one.customer for one in affected if one.brought]
    who, why = call.principal.key_id, call.body.reason
    return _done(call, abandon_backfill(found, version, customers, by=who, reason=why, at=call.now), affected)


def _folded(call: Call) -> int:
    """The record's size, all of it folded: whose usage changes is asked of a store that knows everything."""
    size = call.workspace.reader.size
    if size and not call.workspace.usage.wait_for(size - 1, FOLD_SECONDS):
        raise Unavailable("the usage store is behind the record; try again in a moment", code="usage_behind")
    return size


def _touched(call: Call, backfill: Backfill) -> list[Affected]:
    return call.workspace.usage.affected(backfill.id, None, 0)


def _done(call: Call, planned: Planned, affected: Sequence[Affected]) -> shapes.Backfill:
    allowed = allowed_or_raise(planned)
    answer = shown(allowed.backfill, affected)
    call.commit(allowed.write, answer)
    return answer


def allowed_or_raise(planned: Planned) -> PlannedBackfill:
    """The plan, or the refusal as an error of the tree."""
    if isinstance(planned, BackfillRefused):
        kind = Conflict if planned.code in _CONFLICTS else InvalidInput
        raise kind(planned.message, code=planned.code.value)
    return planned


def shown(one: Backfill, affected: Sequence[Affected]) -> shapes.Backfill:
    """A backfill in the shape that goes over the wire."""
    return shapes.Backfill(
        id=one.id,
        status=one.status.value,
        reason=one.reason,
        opened_by=one.opened_by,
        opened_at=iso(one.opened_at),
        ranges=[
            shapes.EventRange(
                customer=each.customer,
                event_types=list(each.event_types),
                source=each.source,
                from_=each.period.start,
                to=each.period.end,
            )
            for each in one.ranges
        ],
        events=sum(each.brought for each in affected),
        customers=len(affected),
        upto=one.upto,
        steps=[
            shapes.BackfillStep(
                action=step.action.value, at=iso(step.at), by=step.by, reason=step.reason, count=step.count
            )
            for step in one.steps
        ],
    )


def preview(call: Call) -> shapes.BackfillPreview:
    """What its commit, or its revert, would change."""
    found, version = loaded(call)
    size = _folded(call)
    usage = call.workspace.usage
    match found.status:
        case BackfillStatus.OPEN:
            action, affected = BackfillAction.COMMIT, usage.affected(found.id, found.ranges, size)
        case BackfillStatus.COMMITTED:
            action, affected = BackfillAction.REVERT, usage.affected(found.id, None, 0)
        case _:
            message = f"the backfill is {found.status.value}; nothing follows that"
            raise Conflict(message, code=BackfillCode.WRONG_STATUS.value)
    changed = _changes(call, found, action, affected, size)
    return shapes.BackfillPreview(
        id=found.id,
        action=action.value,
        upto=size,
        version=version,
        customers=[
            shapes.ChainChange(customer=one.customer, brought=one.brought, set_aside=one.set_aside)
            for one in affected
        ],
        quantities=changed[0],
        money=[_money(one) for one in changed[1]],
    )


def _changes(
    call: Call, found: Backfill, action: BackfillAction, affected: Sequence[Affected], upto: int
) -> tuple[list[quantities.QuantityChange], list[MoneyChange]]:
    if not affected:
        return [], []
    usage = call.workspace.usage
    customers = [one.customer for one in affected]
    times = [(one.customer, moment) for one in affected for day in one.days for moment in _ends(day)]
    months = quantities.months_of(call, times)
    names = [
        (customer, quantities.month_name(call, customer, one))
        for customer in months
        for one in months[customer]
    ]
    touched = touched_months(call.workspace.books, names)
    entries = entries_of(found, action, customers, by=call.principal.key_id, reason="preview", upto=upto)
    with usage.as_if(customers=customers, period=quantities.span_of(months)) as trial:
        measured, drafted = quantities.measured(trial, months, usage.meters), drafts(trial, touched)
        trial.record(entries)
        after = quantities.measured(trial, months, usage.meters)
        return (
            quantities.differences(call, measured, after),
            money_changes(touched, drafted, drafts(trial, touched)),
        )


def _ends(day: date) -> tuple[datetime, datetime]:
    """The first and the last moment of a day in UTC: they may lie in different months elsewhere."""
    start = quantities.midnight(day)
    return start, start + timedelta(days=1, microseconds=-1)


def _money(one: MoneyChange) -> shapes.MoneyChange:
    return shapes.MoneyChange(
        customer=one.customer,
        period=one.period,
        currency=one.currency,
        before=plain(one.before),
        after=plain(one.after),
        difference=plain(one.difference),
        billed=one.billed,
        problems=[item_of(problem) for problem in one.problems],
    )
