"""Billing runs."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable

from steelyard.billing import BillingRun, RunStatus
from steelyard.billing.breakage import breakage
from steelyard.billing.commitment_alerts import alert_write
from steelyard.billing.run import issued_documents
from steelyard.billing.run import run as billed
from steelyard.billing.top_ups import top_up
from steelyard.catalog import live_version
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.shaping import page, shaped
from steelyard.entrypoints.api.pages import place_of
from steelyard.entrypoints.api.shapes import billing as shapes
from steelyard.kernel import Conflict, iso, parse_month
from steelyard.ledger import TopUp
from steelyard.record import Write
from steelyard.record.ports import Outcome

_LAST_TO_TURN = "Etc/GMT+12"
"""Twelve hours behind UTC: where a month ends last."""


def run(call: Call) -> shapes.Run:
    """Bill a month; what is billed already stays as it is, so a repeat is safe by itself."""
    asked: shapes.RunIn = call.body
    over = parse_month(asked.period, _LAST_TO_TURN).end
    if call.now < over and not asked.dry_run:
        message = (
            f"{asked.period} is not over everywhere before {iso(over)}; a dry run shows what it holds so far"
        )
        raise Conflict(message, code="period_not_over")
    with call.workspace.billing:
        done = billed(
            dataclasses.replace(call.workspace.books, submit=_signed_by(call)),
            month=asked.period,
            at=call.now,
            entropy=secrets.token_bytes(16),
            dry_run=asked.dry_run,
        )
        if not asked.dry_run:
            _post_breakage(call, done)
            _top_up(call)
            _tell_of_commitments(call, asked.period)
    answer = shaped(done, shapes.Run)
    call.remember(answer)
    return answer


def _signed_by(call: Call) -> Callable[[Write], Outcome]:
    """Submits what a run writes; the record says in each write who ran it."""
    return lambda write: call.workspace.writer.submit(call.signed(write))


def _post_breakage(call: Call, done: BillingRun) -> None:
    """Post what expired unused until the end of the month, of everybody for whom that is billed now."""
    state = call.workspace.state
    refused = done.status is RunStatus.INCOMPLETE
    billed = {one.customer for one in issued_documents(state, done.period)} if refused else set[str]()
    found = breakage(
        state, done.period, at=call.now, but_not=lambda customer: refused and customer not in billed
    )
    if found.write is not None:
        call.workspace.writer.submit(call.signed(found.write)).result()


def _top_up(call: Call) -> None:
    """Carry out the rules that top credit up, now that documents have drawn on it."""
    live = live_version(call.workspace.state)
    if live is None or not call.workspace.state.find(TopUp, limit=1):
        return
    done = top_up(call.workspace.books, live.catalog, at=call.now)
    if done.write is not None:
        call.submit(done.write)


def _tell_of_commitments(call: Call, month: str) -> None:
    """Record which commitments went beyond what they should in the month, now that it is over."""
    write = alert_write(call.workspace.books, [month], at=call.now)
    if write is not None:
        call.submit(write)


def list_runs(call: Call) -> shapes.RunList:
    """Billing runs that issued something, by id, which is by time."""
    after = place_of(call.query.cursor) if call.query.cursor else None
    found = call.workspace.state.find(BillingRun, limit=call.query.limit + 1, after=after)
    items, following = page(found, call.query.limit, lambda one: one.id)
    return shapes.RunList(items=[shaped(one, shapes.Run) for one in items], next=following)
