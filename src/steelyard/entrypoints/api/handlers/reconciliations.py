"""Reconciliations over HTTP: run one, list them, show one."""

from __future__ import annotations

from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.shaping import page, shaped
from steelyard.entrypoints.api.pages import place_of
from steelyard.entrypoints.api.shapes import reconciliations as shapes
from steelyard.kernel import NotFound
from steelyard.metering.reconciliation import Reconciliation


def list_reconciliations(call: Call) -> shapes.ReconciliationList:
    """The kept results, newest first."""
    query = call.query
    every = sorted(call.workspace.state.find(Reconciliation), key=lambda one: one.id, reverse=True)
    if query.cursor:
        every = [one for one in every if one.id < place_of(query.cursor)]
    items, following = page(every[: query.limit + 1], query.limit, lambda one: one.id)
    return shapes.ReconciliationList(items=[_shown(one) for one in items], next=following)


def run(call: Call) -> shapes.Reconciliation:
    """Compares everything as it is now; Conflict where somebody else is comparing."""
    keep = None if call.body.dry_run else call.submit
    answer = _shown(call.workspace.feeder.compare(keep))
    call.remember(answer)
    return answer


def show(call: Call) -> shapes.Reconciliation:
    """One result; NotFound for an id that is none."""
    found = call.workspace.state.get(Reconciliation, call.path["id"])
    if found is None:
        message = f"there is no reconciliation {call.path['id']!r}"
        raise NotFound(message, code="unknown_reconciliation")
    return _shown(found)


def _shown(found: Reconciliation) -> shapes.Reconciliation:
    return shaped(found, shapes.Reconciliation)
