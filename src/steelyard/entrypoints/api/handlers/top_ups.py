"""Rules that top credit up: made, listed, removed, carried out."""

from __future__ import annotations

import secrets

from steelyard.billing.top_ups import NewTopUp, make_top_up, remove_top_up, top_up
from steelyard.contracts import Planned
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.credits import catalog_now, lot_shape, refusal
from steelyard.entrypoints.api.handlers.customers import customer_of
from steelyard.entrypoints.api.handlers.shaping import page, shaped
from steelyard.entrypoints.api.pages import place_of
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
    if not isinstance(planned, Planned):
        raise refusal(planned)
    answer = shaped(planned.record, shapes.TopUp)
    if planned.write is not None and not asked.dry_run:
        call.commit(planned.write, answer)
    return answer


def list_top_ups(call: Call) -> shapes.TopUpList:
    """Rules, by id, those that were removed too."""
    query: shapes.TopUpsQuery = call.query
    customer = query.customer
    if call.principal.customer is not None:
        customer = call.about(customer or call.principal.customer)
    after = place_of(query.cursor) if query.cursor else None
    columns = {} if customer is None else {"customer": customer}
    found = call.workspace.state.find(TopUp, limit=query.limit + 1, after=after, **columns)
    items, following = page(found, query.limit, lambda one: one.id)
    return shapes.TopUpList(items=[shaped(one, shapes.TopUp) for one in items], next=following)


def remove(call: Call) -> shapes.TopUp:
    """Remove a rule; the lots that it gave stay."""
    planned = remove_top_up(call.workspace.state, call.path["id"], at=call.now)
    if not isinstance(planned, Planned):
        raise refusal(planned)
    answer = shaped(planned.record, shapes.TopUp)
    if planned.write is not None:
        call.commit(planned.write, answer)
    return answer


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
