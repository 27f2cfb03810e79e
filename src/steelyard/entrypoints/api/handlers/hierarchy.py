"""A customer's tree with the money of a month."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from steelyard.billing.hierarchy import Node, SharedPrice, hierarchy
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.commitments import month_name
from steelyard.entrypoints.api.handlers.shaping import shaped
from steelyard.entrypoints.api.problems import ProblemItem
from steelyard.entrypoints.api.shapes import hierarchy as shapes
from steelyard.kernel import ZERO, plain


def show(call: Call) -> shapes.Hierarchy:
    """A customer and everybody below it, with what each month comes to and what they share."""
    key = call.about(call.path["key"])
    call.workspace.catch_up()
    month = call.query.period or month_name(call, key)
    found = hierarchy(call.workspace.books, key, month, sees=call.principal.sees)
    return shapes.Hierarchy(
        customer=key,
        period=month,
        above=list(found.above),
        items=[_node(one) for one in found.nodes],
        totals={currency: plain(total) for currency, total in _totals(found.nodes).items()},
        shared=[_shared(one) for one in found.shared],
        left_off=found.left_off,
    )


def _totals(nodes: Iterable[Node]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for node in nodes:
        currency = node.draft.currency
        found[currency] = found.get(currency, ZERO) + node.draft.total
    return found


def _node(node: Node) -> shapes.HierarchyNode:
    customer, draft, document = node.customer, node.draft, node.document
    return shapes.HierarchyNode(
        customer=customer.key,
        name=customer.name,
        parent=customer.parent,
        depth=node.depth,
        plans=list(node.plans),
        currency=draft.currency,
        subtotal=plain(draft.subtotal),
        total=plain(draft.total),
        document=document.id if document else None,
        number=document.number if document else None,
        problems=[shaped(one, ProblemItem) for one in draft.problems],
    )


def _shared(one: SharedPrice) -> shapes.SharedPrice:
    borne: dict[str, Decimal] = {}
    for customer, amount in one.amounts:
        borne[customer] = borne.get(customer, ZERO) + amount
    used: dict[str, Decimal] = {}
    for part in one.parts:
        used[part.customer] = used.get(part.customer, ZERO) + part.quantity
    return shapes.SharedPrice(
        price_key=one.price_key,
        title=one.title,
        unit=one.unit,
        currency=one.currency,
        quantity=plain(one.quantity),
        amount=plain(one.amount),
        parts=[
            shapes.SharedPart(
                customer=customer,
                quantity=plain(quantity),
                amount=plain(borne[customer]) if customer in borne else None,
            )
            for customer, quantity in used.items()
        ],
    )
