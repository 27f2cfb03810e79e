"""Migrations: previewed, announced, compared, reversed."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from steelyard.catalog import live_version, version_named
from steelyard.catalog.governance import Governance
from steelyard.contracts import LIVE, Customer, Subscription
from steelyard.contracts.migration import (
    Migration,
    MigrationStatus,
    Segment,
    carried_out,
    date_problems,
    members,
    taken_back,
)
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.impact import last_month
from steelyard.entrypoints.api.pages import cursor_of, place_of
from steelyard.entrypoints.api.shapes import migrations as shapes
from steelyard.insight.side_by_side import TwoBills, two_bills
from steelyard.kernel import Conflict, InvalidInput, NotFound, Problem, iso, make_id, plain
from steelyard.record import WORKSPACE_CHAIN, Kind, Write
from steelyard.record.planned import saving, together


def create(call: Call) -> shapes.MigrationPlanned:
    """Announce a migration, or with `dry_run` only show whom it moves and what they would pay."""
    asked: shapes.MigrationIn = call.body
    state = call.workspace.state
    if asked.to != LIVE:
        version_named(state, asked.to)
    customers = {one.key: one for one in state.find(Customer)}
    segment = Segment(plan=asked.plan, catalog=asked.catalog, where=asked.where)
    those = members(segment, state.find(Subscription), customers, call.now)
    wanted = Migration(
        id=make_id("mig", call.now, secrets.token_bytes(10)),
        name=asked.name,
        segment=segment,
        to=asked.to,
        announced_at=call.now,
        effective_at=asked.effective_at,
        reason=asked.reason,
        by=call.principal.author,
        moved=(),
        dual_until=asked.dual_until,
    )
    planned, changed = carried_out(wanted, those)
    month = last_month(call.now)
    call.workspace.catch_up()
    bills = two_bills(state, call.workspace.usage, planned, month)
    _refuse(call, planned, bills)
    answer = shapes.MigrationPlanned(
        **_fields(call, planned), dry_run=asked.dry_run, period=month, bills=[_bills(one) for one in bills]
    )
    if not asked.dry_run:
        call.commit(_write(call, planned, changed, None), answer)
    return answer


def list_migrations(call: Call) -> shapes.MigrationList:
    """Migrations, newest first."""
    before = place_of(call.query.cursor) if call.query.cursor else None
    every = sorted(call.workspace.state.find(Migration), key=lambda one: one.id, reverse=True)
    rest = [one for one in every if before is None or one.id < before]
    items = rest[: call.query.limit]
    following = cursor_of(items[-1].id) if len(rest) > len(items) else None
    return shapes.MigrationList(items=[_shaped(call, one) for one in items], next=following)


def show(call: Call) -> shapes.Migration:
    """One migration."""
    return _shaped(call, _migration(call))


def compare(call: Call) -> shapes.Comparison:
    """Both bills of everybody in a migration, old and new side by side; one of them is not due."""
    one = _migration(call)
    month = call.query.period or last_month(call.now)
    call.workspace.catch_up()
    bills = two_bills(call.workspace.state, call.workspace.usage, one, month)
    return shapes.Comparison(migration=one.id, period=month, items=[_bills(each) for each in bills])


def reverse(call: Call) -> shapes.Migration:
    """Let everybody go back to what they followed before."""
    one, state = _migration(call), call.workspace.state
    if one.status_at(call.now) is MigrationStatus.REVERSED:
        raise Conflict(f"the migration {one.id} is reversed already", code="reversed")
    subscriptions = {
        moved.subscription: found
        for moved in one.moved
        if (found := state.get(Subscription, moved.subscription)) is not None
    }
    author, reason = call.principal.author, call.body.reason
    done, changed = taken_back(one, subscriptions, at=call.now, by=author, reason=reason)
    answer = _shaped(call, done)
    if not call.body.dry_run:
        call.commit(_write(call, done, changed, state.version(Migration, one.id)), answer)
    return answer


def _refuse(call: Call, planned: Migration, bills: Iterable[TwoBills]) -> None:
    """Raises InvalidInput with every reason why this cannot be announced."""
    dates = {"effective_at": planned.effective_at, "dual_until": planned.dual_until}
    problems = list(date_problems(now=call.now, **dates))  # pyright: ignore[reportArgumentType]
    if not planned.moved:
        message = "nobody is in this segment who does not follow it already"
        problems.append(Problem(code="nobody", message=message, field="where"))
    live = live_version(call.workspace.state)
    rules = (live.catalog.governance if live else None) or Governance()
    earliest = call.now + timedelta(days=rules.notice_days)
    raised = [one.customer for one in bills if one.difference > 0]
    if raised and planned.effective_at < earliest:
        message = f"the bills of {len(raised)} customers rise, which takes {rules.notice_days} days of notice"
        allowed = f"{iso(earliest)} or later"
        problems.append(
            Problem(code="notice_too_short", message=message, field="effective_at", allowed=allowed)
        )
    for one in bills:
        if one.new.problems and not one.old.problems:
            message = f"{one.customer} could not be billed: {one.new.problems[0].message}"
            problems.append(Problem(code="cannot_be_billed", message=message, field="to"))
    if problems:
        raise InvalidInput("this migration cannot be", code="migration_refused", problems=tuple(problems))


def _write(call: Call, one: Migration, changed: Iterable[Subscription], version: int | None) -> Write:
    state = call.workspace.state
    first = saving(Kind.MIGRATION, WORKSPACE_CHAIN, one, one.id, version)
    rest = [
        saving(Kind.SUBSCRIPTION, each.customer, each, each.id, state.version(Subscription, each.id))
        for each in changed
    ]
    write = together([first, *rest])
    assert write is not None, "a migration is something to write"
    return write


def _migration(call: Call) -> Migration:
    found = call.workspace.state.get(Migration, call.path["id"])
    if found is None:
        raise NotFound(f"there is no migration {call.path['id'][:60]!r}", code="unknown_migration")
    return found


def _shaped(call: Call, one: Migration) -> shapes.Migration:
    return shapes.Migration(**_fields(call, one))


def _fields(call: Call, one: Migration) -> dict[str, Any]:
    kept = {name: getattr(one, name) for name in ("id", "name", "to", "reason", "by")}
    told = ("announced_at", "effective_at", "dual_until", "reversed_at")
    dates = {name: None if (at := getattr(one, name)) is None else iso(at) for name in told}
    return {
        **kept,
        **dates,
        **dataclasses.asdict(one.segment),
        "status": one.status_at(call.now).value,
        "subscriptions": len(one.moved),
        "customers": sorted({moved.customer for moved in one.moved}),
        "reversed_by": one.reversed_by,
        "reversed_because": one.reversed_because,
    }


def _bills(one: TwoBills) -> shapes.TwoBills:
    return shapes.TwoBills(
        customer=one.customer,
        name=one.name,
        currency=one.currency,
        old=plain(one.old.subtotal),
        new=plain(one.new.subtotal),
        difference=plain(one.difference),
        due="new" if one.new_is_due else "old",
        problems=[problem.message for problem in (*one.old.problems, *one.new.problems)],
    )
