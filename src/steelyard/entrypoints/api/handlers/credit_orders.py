"""Credit that is bought, what of it expired unused, and what customers should know of theirs."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from steelyard.billing.breakage import Expired, breakage
from steelyard.billing.credit_notices import Looking, credit_notices
from steelyard.billing.credits import rate_of
from steelyard.billing.purchasing import NewOrder, Ordered, cancel_order, order_credit
from steelyard.billing.top_ups import amount_pending
from steelyard.contracts import Customer
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.credits import carried_out, catalog_now, lot_shape, scope_of
from steelyard.entrypoints.api.handlers.customers import customer_of
from steelyard.entrypoints.api.handlers.shaping import listed, page, shaped
from steelyard.entrypoints.api.pages import place_of
from steelyard.entrypoints.api.shapes import credit_orders as shapes
from steelyard.kernel import ZERO, Conflict, NotFound, iso, parse_month, plain
from steelyard.ledger import CreditLot, CreditOrder, TopUp


def create(call: Call) -> shapes.Ordered:
    """Order credit, or show what that would be."""
    asked: shapes.CreditOrderIn = call.body
    planned = order_credit(
        call.workspace.state,
        catalog_now(call),
        NewOrder(
            customer=asked.customer,
            name=asked.name,
            unit=asked.unit,
            amount=asked.amount,
            reason=asked.reason,
            cost_basis=asked.cost_basis,
            valid_days=asked.valid_days,
            priority=asked.priority,
            scope=scope_of(asked.scope),
            at_once=asked.at_once,
        ),
        by=call.principal.name,
        at=call.now,
        entropy=secrets.token_bytes(10),
    )
    return carried_out(call, planned, lambda one: _ordered(one, call.now), dry_run=asked.dry_run)


def _ordered(one: Ordered, now: datetime) -> shapes.Ordered:
    lot = None if one.lot is None else lot_shape(one.lot, now)
    return shapes.Ordered(order=order_shape(one.order), lot=lot)


def list_orders(call: Call) -> shapes.CreditOrderList:
    """Orders of credit, by id; a key confined to one customer sees that customer's."""
    query: shapes.CreditOrdersQuery = call.query
    items, following = listed(
        call, CreditOrder, customer=call.about_whom(query.customer), status=query.status
    )
    return shapes.CreditOrderList(items=[order_shape(one) for one in items], next=following)


def show(call: Call) -> shapes.CreditOrder:
    """One order."""
    return order_shape(_order(call))


def cancel(call: Call) -> shapes.CreditOrder:
    """Cancel an order that no document charges for yet."""
    order, asked = _order(call), call.body
    planned = cancel_order(call.workspace.state, order.id, at=call.now)
    return carried_out(call, planned, order_shape, dry_run=asked.dry_run)


def _order(call: Call) -> CreditOrder:
    found = call.workspace.state.get(CreditOrder, call.path["id"])
    if found is None or not call.principal.sees(found.customer):
        raise NotFound(f"there is no order {call.path['id'][:100]!r}", code="unknown_order")
    return found


def order_shape(order: CreditOrder) -> shapes.CreditOrder:
    """An order in the shape that goes over the wire."""
    return shaped(order, shapes.CreditOrder, status=order.status, cost=plain(order.cost))


def post_breakage(call: Call) -> shapes.Breakage:
    """Post what customers paid for credit that expired unused until the end of a month that is over."""
    asked: shapes.BreakageIn = call.body
    over = parse_month(asked.period).end
    if call.now < over and not asked.dry_run:
        message = f"{asked.period} is not over before {iso(over)}; a dry run shows what it holds so far"
        raise Conflict(message, code="period_not_over")
    found = breakage(call.workspace.state, asked.period, at=call.now)
    answer = shapes.Breakage(
        period=asked.period,
        dry_run=asked.dry_run,
        totals=_totals(found.lots),
        lots=[_expired_shape(one) for one in found.lots],
    )
    if found.write is not None and not asked.dry_run:
        call.commit(found.write, answer)
    return answer


def _totals(lots: Iterable[Expired]) -> dict[str, str]:
    sums: dict[str, Decimal] = {}
    for one in lots:
        sums[one.currency] = sums.get(one.currency, ZERO) + one.amount
    return {currency: plain(amount) for currency, amount in sums.items()}


def _expired_shape(one: Expired) -> shapes.ExpiredLot:
    lot = one.lot
    return shapes.ExpiredLot(
        lot=lot.id,
        customer=lot.customer,
        name=lot.name,
        unit=lot.unit,
        expired_at=iso(lot.expires_at) if lot.expires_at else "",
        units=plain(one.units),
        cost=plain(one.cost),
        amount=plain(one.amount),
        currency=one.currency,
    )


def notices(call: Call) -> shapes.CreditNoticeList:
    """What expires soon and what runs low, customer by customer."""
    query: shapes.CreditNoticesQuery = call.query
    call.workspace.catch_up()
    keys = _holders(call, query)
    after = place_of(query.cursor) if query.cursor else ""
    rest = [key for key in keys if key > after][: query.limit + 1]
    customers, following = page(rest, query.limit, lambda key: key)
    found = [one for key in customers for one in _notices_of(call, key, query)]
    return shapes.CreditNoticeList(items=found, next=following)


def _holders(call: Call, query: shapes.CreditNoticesQuery) -> list[str]:
    """The keys of the customers who have lots of credit, or of the one that is asked for."""
    asked = call.about_whom(query.customer)
    if asked is not None:
        return [customer_of(call, asked).key]
    return sorted({key for (key,) in call.workspace.state.columns(CreditLot, "customer") if key})


def _notices_of(call: Call, key: str, query: shapes.CreditNoticesQuery) -> list[shapes.CreditNotice]:
    workspace, looking = (
        call.workspace,
        Looking(at=call.now, days=query.days, low_percent=Decimal(query.low_percent)),
    )
    customer = workspace.state.get(Customer, key)
    lots = [lot for lot in workspace.state.find(CreditLot, customer=key) if lot.active_at(call.now)]
    if customer is None or not lots:
        return []
    rules = [rule for rule in workspace.state.find(TopUp, customer=key) if rule.removed_at is None]
    due, catalog = amount_pending(workspace.books, customer, call.now), catalog_now(call)
    found: list[shapes.CreditNotice] = []
    for unit in dict.fromkeys(lot.unit for lot in lots):
        rate = rate_of(unit, customer.currency, catalog.credit_units)
        some = [lot for lot in lots if lot.unit == unit]
        told = credit_notices(some, rules, due / rate if rate else ZERO, looking)
        found += [shaped(one, shapes.CreditNotice) for one in told]
    return found
