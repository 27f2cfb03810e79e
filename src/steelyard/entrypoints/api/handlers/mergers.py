"""Customers that merge or part."""

from __future__ import annotations

from datetime import datetime

from steelyard.billing.amending import billed_until
from steelyard.billing.taking_over import openings_of
from steelyard.contracts.merging import Merger, Occasion, Openings, Remainder, merge_customers, part_customer
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.shapes import mergers as shapes
from steelyard.kernel import Conflict, InvalidInput, NotFound, Problem, iso


def merge(call: Call) -> shapes.MergerDone:
    """Put a customer under another, its contract and its commitments with it."""
    asked: shapes.MergerIn = call.body
    key = _known(call, call.path["key"])
    _refuse_billed(call, (key, _known(call, asked.into)), asked.effective_from)
    openings: Openings = {}
    if asked.commitments == "transfer":
        call.workspace.catch_up()
        openings = openings_of(call.workspace.books, key, asked.effective_from)
    outcome = merge_customers(
        call.workspace.state,
        call.workspace.directory,
        key,
        asked.into,
        _occasion(call, asked.effective_from, asked.reason),
        Remainder(asked.commitments),
        openings,
    )
    return _answer(call, outcome, dry_run=asked.dry_run)


def part(call: Call) -> shapes.MergerDone:
    """Let a customer stand alone again."""
    asked: shapes.PartingIn = call.body
    key = _known(call, call.path["key"])
    _refuse_billed(call, (key,), asked.effective_from)
    occasion = _occasion(call, asked.effective_from, asked.reason)
    outcome = part_customer(call.workspace.state, call.workspace.directory, key, occasion)
    return _answer(call, outcome, dry_run=asked.dry_run)


def _occasion(call: Call, effective_from: datetime, reason: str) -> Occasion:
    return Occasion(effective_from=effective_from, by=call.principal.key_id, reason=reason, at=call.now)


def _known(call: Call, key: str) -> str:
    if call.workspace.directory.customer(key) is None:
        raise NotFound(f"there is no customer {key[:100]!r}", code="unknown_customer")
    return key


def _refuse_billed(call: Call, customers: tuple[str, ...], start: datetime) -> None:
    for key in customers:
        until = billed_until(call.workspace.books, key)
        if until is not None and start < until:
            message = f"the time until {iso(until)} is billed to {key!r}; it can hold from then on"
            problem = Problem(code="billed_already", message=message, field="effective_from")
            raise Conflict(message, code="billed_already", problems=(problem,))


def _answer(call: Call, outcome: Merger | tuple[Problem, ...], *, dry_run: bool) -> shapes.MergerDone:
    if not isinstance(outcome, Merger):
        raise InvalidInput(f"not done: {outcome[0]}", code="invalid_merger", problems=outcome)
    answer = shapes.MergerDone(
        customer=outcome.customer.key,
        parent=outcome.customer.parent,
        ended=outcome.ended.id if outcome.ended else None,
        joined=outcome.joined.id if outcome.joined else None,
        commitments=[terms.key for terms in outcome.moved],
        dry_run=dry_run,
    )
    if not dry_run and outcome.write is not None:
        call.commit(outcome.write, answer)
    return answer
