"""Rules that top credit up: made, listed, removed, carried out."""

from __future__ import annotations

import secrets

from steelyard.billing.top_ups import NewTopUp, make_top_up, remove_top_up, top_up
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.credits import carried_out, catalog_now, lot_shape
from steelyard.entrypoints.api.handlers.customers import customer_of
from steelyard.entrypoints.api.handlers.shaping import listed, shaped
from steelyard.entrypoints.api.problems import item_of
from steelyard.entrypoints.api.shapes import credits as shapes
from steelyard.ledger import TopUp


def create(call: Call) -> shapes.TopUp:
    """Make a rule, or show what it would be."""
    asked: shapes.TopUpIn = call.body
    planned = make_top_up(
        call.workspace.state,
        catalog_now(call),
        NewTopUp(
            customer=asked.customer,
            name=asked.name,
            unit=asked.unit,
            threshold=asked.threshold,
            amount=asked.amount,
            cost_basis=asked.cost_basis,
            priority=asked.priority,
            valid_days=asked.valid_days,
            most_per_month=asked.most_per_month,
            next_document=asked.next_document,
        ),
        by=call.principal.name,
        at=call.now,
        entropy=secrets.token_bytes(10),
    )
    return carried_out(call, planned, _shape, dry_run=asked.dry_run)


def list_top_ups(call: Call) -> shapes.TopUpList:
    """Rules, by id, those that were removed too."""
    query: shapes.TopUpsQuery = call.query
    items, following = listed(call, TopUp, customer=call.about_whom(query.customer))
    return shapes.TopUpList(items=[_shape(one) for one in items], next=following)


def remove(call: Call) -> shapes.TopUp:
    """Remove a rule; the lots that it gave stay."""
    planned = remove_top_up(call.workspace.state, call.path["id"], at=call.now)
    return carried_out(call, planned, _shape)


def _shape(rule: TopUp) -> shapes.TopUp:
    return shaped(rule, shapes.TopUp)


def run(call: Call) -> shapes.ToppedUp:
    """Carry the rules out: who is below a threshold gets what brings the credit up to it."""
    asked: shapes.TopUpRunIn = call.body
    customer = None if asked.customer is None else customer_of(call, asked.customer).key
    call.workspace.catch_up()
    done = top_up(call.workspace.books, catalog_now(call), at=call.now, customer=customer)
    answer = shapes.ToppedUp(
        dry_run=asked.dry_run,
        lots=[lot_shape(lot, call.now) for lot in done.lots],
        problems=[item_of(one) for one in done.problems],
    )
    if done.write is not None and not asked.dry_run:
        call.commit(done.write, answer)
    return answer
