"""Buying credit, cancelling what was ordered, and giving back: what to write, or every problem at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from steelyard.billing.credits import rate_of
from steelyard.billing.granting import VALID_DAYS_MAX, NewLot, Problems, lot_problems
from steelyard.billing.purchases import lot_id, lot_of
from steelyard.catalog import Catalog
from steelyard.contracts import Customer, Planned
from steelyard.kernel import ZERO, Problem, make_id
from steelyard.ledger import CreditLot, CreditOrder, LotScope
from steelyard.record import Batch, Expect, Kind, Save, State, Write
from steelyard.record.planned import saving
from steelyard.record.telling import telling


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """What a person asks for when credit is bought; nothing in it is checked yet.

    Without `cost_basis` a unit costs what it pays. `at_once` grants the lot now; otherwise the document that
    charges for it does.
    """

    customer: str
    name: str
    unit: str
    amount: Decimal
    reason: str
    cost_basis: Decimal | None = None
    valid_days: int | None = None
    priority: int = 100
    scope: LotScope = field(default_factory=LotScope)
    at_once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """An order as it stands, and the lot that it granted at once."""

    order: CreditOrder
    lot: CreditLot | None = None


def order_credit(
    state: State, catalog: Catalog, new: NewOrder, *, by: str, at: datetime, entropy: bytes
) -> Planned[Ordered] | Problems:
    """The plan that orders credit, or all that is wrong with it; 10 random bytes of `entropy` name it."""
    customer = state.get(Customer, new.customer)
    basis = _basis(new, customer, catalog)
    problems = tuple(_order_problems(new, basis, customer, catalog, at))
    if customer is None or problems:
        return problems
    order = CreditOrder(
        id=make_id("cor", at, entropy),
        customer=new.customer,
        name=new.name.strip(),
        unit=new.unit,
        amount=new.amount,
        cost_basis=basis,
        ordered_at=at,
        ordered_by=by,
        reason=new.reason,
        valid_days=new.valid_days,
        priority=new.priority,
        scope=new.scope,
    )
    if not new.at_once:
        return Planned(record=Ordered(order=order), write=_ordering(order, None))
    order = replace(order, lot=lot_id(order))
    lot = lot_of(order, at)
    return Planned(record=Ordered(order=order, lot=lot), write=_ordering(order, lot))


def _basis(new: NewOrder, customer: Customer | None, catalog: Catalog) -> Decimal:
    if new.cost_basis is not None or customer is None:
        return new.cost_basis or ZERO
    return rate_of(new.unit, customer.currency, catalog.credit_units) or ZERO


def _order_problems(
    new: NewOrder, basis: Decimal, customer: Customer | None, catalog: Catalog, at: datetime
) -> Iterator[Problem]:
    lot = NewLot(
        customer=new.customer,
        name=new.name,
        unit=new.unit,
        amount=new.amount,
        effective_at=at,
        reason=new.reason,
        priority=new.priority,
        cost_basis=basis,
        scope=new.scope,
    )
    yield from lot_problems(lot, customer, catalog)
    if new.cost_basis is not None and new.cost_basis == 0:
        message = "what costs nothing is granted, not bought"
        yield Problem(code="bad_amount", message=message, field="cost_basis", allowed="above 0")
    if new.valid_days is not None and not 1 <= new.valid_days <= VALID_DAYS_MAX:
        message = f"{new.valid_days} does not fit"
        allowed = f"1 to {VALID_DAYS_MAX}"
        yield Problem(code="out_of_range", message=message, field="valid_days", allowed=allowed)


def cancel_order(state: State, id: str, *, at: datetime) -> Planned[CreditOrder] | Problems:
    """The plan that lets no document charge for an order; one whose lot is there is not cancelled."""
    version, order = state.version(CreditOrder, id), state.get(CreditOrder, id)
    if order is None:
        return (Problem(code="unknown_order", message=f"there is no order {id[:60]!r}", field="id"),)
    if order.cancelled_at is not None:
        return Planned(record=order, write=None)
    if order.document or order.lot:
        told = f"it is charged by {order.number}" if order.document else f"its lot {order.lot} is there"
        return (Problem(code="order_settled", message=f"{told}; end the lot instead", field="id"),)
    cancelled = replace(order, cancelled_at=at)
    return Planned(record=cancelled, write=saving(Kind.CREDIT, order.customer, cancelled, order.id, version))


def _ordering(order: CreditOrder, lot: CreditLot | None) -> Write:
    records: list[CreditOrder | CreditLot] = [order] if lot is None else [order, lot]
    batch = Batch(
        kind=Kind.CREDIT,
        customers=[order.customer] * len(records),
        payloads=[telling(one) for one in records],
    )
    return Write(
        batches=(batch,),
        rows=tuple(Save(record=one, told_by=place) for place, one in enumerate(records)),
        expect=tuple(Expect(type=type(one), key=one.id, version=None) for one in records),
    )
