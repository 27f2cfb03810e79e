"""Migrations: previewed, announced, compared, reversed."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from steelyard.billing import Document, DraftInvoice
from steelyard.billing.documents import documents_of
from steelyard.catalog import CatalogVersion, live_version, version_named
from steelyard.catalog.governance import Governance
from steelyard.contracts import LIVE, Customer, Subscription
from steelyard.contracts.changes import When
from steelyard.contracts.migration import (
    Migration,
    MigrationStatus,
    Returning,
    Reversal,
    Segment,
    carried_out,
    date_problems,
    members,
    taken_back,
)
from steelyard.contracts.notices import (
    BillsCompared,
    CustomerNotice,
    notices_of,
    taken_back_notices,
)
from steelyard.entrypoints.api.endpoint import Blob, Call
from steelyard.entrypoints.api.handlers.impact import last_month
from steelyard.entrypoints.api.handlers.retroactive import agree
from steelyard.entrypoints.api.handlers.shaping import shaped
from steelyard.entrypoints.api.pages import cursor_of, place_of
from steelyard.entrypoints.api.shapes import migrations as shapes
from steelyard.entrypoints.api.shapes.billing import Draft
from steelyard.entrypoints.api.shapes.retroactive import AdjustedMonth
from steelyard.insight.side_by_side import TwoBills, two_bills
from steelyard.kernel import Conflict, InvalidInput, NotFound, Problem, iso, make_id, plain
from steelyard.record import WORKSPACE_CHAIN, Kind, State, Write
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
        when=When(asked.when),
    )
    planned, changed = carried_out(wanted, those, customers)
    month = last_month(call.now)
    call.workspace.catch_up()
    bills = two_bills(state, call.workspace.usage, planned, month)
    _refuse(call, planned, bills)
    notices = notices_of(
        planned,
        customers,
        {one.customer: _compared(one, month) for one in bills},
        tell_by=_notice_by(call, planned),
        text=asked.notice,
    )
    answer = shapes.MigrationPlanned(
        **_fields(call, planned),
        dry_run=asked.dry_run,
        period=month,
        bills=[_bills(one) for one in bills],
        notices=[
            shapes.NoticeText(customer=one.customer, text=one.text, tell_by=iso(one.tell_by))
            for one in notices
        ],
    )
    if not asked.dry_run:
        call.commit(_write(call, planned, changed, None, notices), answer)
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


def documents(call: Call) -> shapes.TwoDocuments:
    """Both documents of one customer's month, side by side."""
    one, month, bills = _both(call)
    old, new = _document(call, one, bills, is_new=False), _document(call, one, bills, is_new=True)
    return shapes.TwoDocuments(
        migration=one.id,
        customer=bills.customer,
        period=month,
        old=old,
        new=new,
        difference=plain(bills.difference),
    )


def pdf(call: Call) -> Blob:
    """One of both documents as PDF; the one that is not due says so on its face."""
    from steelyard.adapters.documents import comparison_pdf

    one, month, bills = _both(call)
    is_new = call.query.side == "new"
    draft = bills.new if is_new else bills.old
    if draft.problems or not draft.lines:
        raise NotFound(f"there is no such document: {_why_none(draft)}", code="no_document")
    due = bills.new_is_due == is_new
    banner = f"{'Before' if not is_new else 'After'} the migration {one.name!r}: "
    banner += "this is what is billed." if due else "not due, for comparison only."
    content = comparison_pdf(draft, banner=banner, due=due, at=one.announced_at, seller=call.workspace.name)
    name = f"{bills.customer}-{month}-{call.query.side}.pdf"
    return Blob(
        content=content,
        media_type="application/pdf",
        headers={"content-disposition": f'inline; filename="{name}"'},
    )


def reverse(call: Call) -> shapes.MigrationReversed:
    """Let everybody go back to what they followed before, now or as far as nothing is billed yet."""
    one, state = _migration(call), call.workspace.state
    if one.status_at(call.now) is MigrationStatus.REVERSED:
        raise Conflict(f"the migration {one.id} is reversed already", code="reversed")
    if call.body.from_start and call.body.when == When.NEXT_PERIOD:
        message = "what goes back from the start cannot go back from the next month on"
        problem = Problem(code="two_moments", message=message, field="when", allowed="now")
        raise InvalidInput(message, code="migration_refused", problems=(problem,))
    subscriptions = {
        moved.subscription: found
        for moved in one.moved
        if (found := state.get(Subscription, moved.subscription)) is not None
    }
    issued, asked = _issued(state, one), call.body
    # What is billed stays where nobody wants it made good; then it is as if nothing were billed.
    kept = {} if asked.from_start and asked.adjust else issued
    reversal = Reversal(
        at=call.now,
        by=call.principal.author,
        reason=asked.reason,
        from_start=asked.from_start,
        billed_until={key: max(each.period.end for each in those) for key, those in kept.items() if those},
        when=When(asked.when),
    )
    billed = _billed(call, one, issued)
    customers = {each.key: each for each in state.find(Customer)}
    done, returning = taken_back(one, subscriptions, customers, reversal)
    changed = [each.subscription for each in returning]
    notices = taken_back_notices(done, state.find(CustomerNotice, about=one.id), customers)
    return agree(
        call,
        _write(call, done, changed, state.version(Migration, one.id), notices),
        lambda adjusted: shapes.MigrationReversed(
            **_fields(call, done),
            dry_run=asked.dry_run,
            returns=[_goes_back(each) for each in returning],
            billed=_left(billed, adjusted),
            adjusted=adjusted,
        ),
        subscriptions=changed,
        adjust=asked.adjust,
        dry_run=asked.dry_run,
        reason=asked.reason,
    )


def _left(
    billed: Iterable[shapes.BilledMonth], adjusted: Iterable[AdjustedMonth]
) -> list[shapes.BilledMonth]:
    """The billed months that stay as they are."""
    good = {(one.customer, one.period) for one in adjusted}
    return [one for one in billed if (one.customer, one.period) not in good]


def _goes_back(one: Returning) -> shapes.GoesBack:
    since = one.effective_from
    return shapes.GoesBack(
        customer=one.subscription.customer,
        subscription=one.subscription.id,
        effective_from=None if since is None else iso(since),
    )


def _issued(state: State, one: Migration) -> dict[str, list[Document]]:
    """By customer the documents of months that began under the migration."""
    keys = sorted({moved.customer for moved in one.moved})
    return {
        key: [each for each in documents_of(state, key) if each.period.end > one.effective_at] for key in keys
    }


def _billed(call: Call, one: Migration, issued: Mapping[str, Sequence[Document]]) -> list[shapes.BilledMonth]:
    """What was billed by the new catalog, with what the same month is by the one before."""
    numbers = {(each.customer, each.period_name): each.number for those in issued.values() for each in those}
    found: list[shapes.BilledMonth] = []
    for month in sorted({month for _, month in numbers}):
        for bills in two_bills(call.workspace.state, call.workspace.usage, one, month):
            number = numbers.get((bills.customer, month))
            if number is None or not bills.new_is_due:
                continue
            found.append(
                shapes.BilledMonth(
                    customer=bills.customer,
                    period=month,
                    document=number,
                    currency=bills.currency,
                    old=plain(bills.old.subtotal),
                    new=plain(bills.new.subtotal),
                    difference=plain(bills.difference),
                )
            )
    return found


def _both(call: Call) -> tuple[Migration, str, TwoBills]:
    one = _migration(call)
    month = call.query.period or last_month(call.now)
    key = call.about(call.path["customer"])
    call.workspace.catch_up()
    bills = two_bills(call.workspace.state, call.workspace.usage, one, month, only=key)
    if not bills:
        raise NotFound(f"the migration moves no customer {key[:60]!r}", code="unknown_customer")
    return one, month, bills[0]


def _document(call: Call, migration: Migration, bills: TwoBills, *, is_new: bool) -> shapes.OneDocument:
    state = call.workspace.state
    draft = bills.new if is_new else bills.old
    due = bills.new_is_due == is_new
    issued = [one for one in documents_of(state, bills.customer) if one.period == draft.period]
    # A month that was split is called by what the migration leads to.
    named = version_named(state, migration.to).id
    catalog = named if is_new and named in draft.turned.values() else draft.catalog_version
    version = state.get(CatalogVersion, catalog)
    return shapes.OneDocument(
        due=due,
        catalog=catalog,
        release=version.number if version is not None else 0,
        number=issued[0].number if due and issued else "",
        draft=shaped(draft, Draft),
    )


def _why_none(draft: DraftInvoice) -> str:
    return draft.problems[0].message if draft.problems else "nothing would be on it"


def _refuse(call: Call, planned: Migration, bills: Iterable[TwoBills]) -> None:
    """Raises InvalidInput with every reason why this cannot be announced."""
    dates = {"effective_at": planned.effective_at, "dual_until": planned.dual_until}
    problems = list(date_problems(now=call.now, **dates))  # pyright: ignore[reportArgumentType]
    if not planned.moved:
        message = "nobody is in this segment who does not follow it already"
        problems.append(Problem(code="nobody", message=message, field="where"))
    rules = _rules(call)
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


def _rules(call: Call) -> Governance:
    live = live_version(call.workspace.state)
    return (live.catalog.governance if live else None) or Governance()


def _compared(one: TwoBills, month: str) -> BillsCompared:
    return BillsCompared(month=month, currency=one.currency, old=one.old.subtotal, new=one.new.subtotal)


def _write(
    call: Call,
    one: Migration,
    changed: Iterable[Subscription],
    version: int | None,
    notices: Iterable[CustomerNotice],
) -> Write:
    state = call.workspace.state
    first = saving(Kind.MIGRATION, WORKSPACE_CHAIN, one, one.id, version)
    rest = [
        saving(Kind.SUBSCRIPTION, each.customer, each, each.id, state.version(Subscription, each.id))
        for each in changed
    ]
    rest += [
        saving(Kind.MIGRATION, each.customer, each, each.id, state.version(CustomerNotice, each.id))
        for each in notices
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


def _notice_by(call: Call, one: Migration) -> datetime:
    return one.effective_at - timedelta(days=_rules(call).notice_days)


def _fields(call: Call, one: Migration) -> dict[str, Any]:
    kept = {name: getattr(one, name) for name in ("id", "name", "to", "reason", "by")}
    told = ("announced_at", "effective_at", "dual_until", "reversed_at")
    dates = {name: None if (at := getattr(one, name)) is None else iso(at) for name in told}
    return {
        **kept,
        **dates,
        "notice_by": iso(_notice_by(call, one)),
        **dataclasses.asdict(one.segment),
        "status": one.status_at(call.now).value,
        "when": one.when.value,
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
