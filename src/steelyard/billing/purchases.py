"""Credit that is bought: the line of the next document that charges for it, and the lot that it grants.

A line of a purchase is no revenue yet: what is paid for it stands as the customer's credit until lots are
drawn on, or expire. Credit never pays for credit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from steelyard.billing.model import CreditNote, Document, DraftInvoice, Line, LineGroup
from steelyard.billing.rounding import kept, rounded
from steelyard.kernel import content_id, minor_digits
from steelyard.ledger import CreditLot, CreditOrder, LotOrigin
from steelyard.rating import Step, StepKind, Wording

ORDER_REASON: Final = "credit order "
"""How the reason of a line that charges for credit begins; the order's id follows."""


def is_purchase(line: Line) -> bool:
    """Whether the line charges for credit that was bought, or gives back what was paid for it.

    Its `price_key` is the order's id.
    """
    return line.group is LineGroup.PREPAID and line.reason.startswith(ORDER_REASON)


def orders_named(document: Document) -> list[str]:
    """The orders of credit that the document charges for."""
    return [line.price_key for line in document.lines if is_purchase(line)]


def purchase_lines(draft: DraftInvoice, orders: Iterable[CreditOrder]) -> list[Line]:
    """The lines by which the draft charges for these orders, those made earlier first."""
    return [_line(draft, one) for one in sorted(orders, key=lambda one: (one.ordered_at, one.id))]


def _line(draft: DraftInvoice, order: CreditOrder) -> Line:
    exact = kept(order.cost)
    count = Wording(unit=order.unit).count(abs(order.amount))
    each = Wording().amount(order.cost_basis)
    amount = Wording(decimals=minor_digits(draft.currency)).amount(exact)
    sign = "-" if order.is_refund else ""
    step = Step(
        text=f"{sign}{count} × {each} = {amount}",
        quantity=order.amount,
        unit_amount=order.cost_basis,
        amount=exact,
        kind=StepKind.LESS if order.is_refund else StepKind.USAGE,
    )
    return Line(
        id="",
        group=LineGroup.PREPAID,
        title=f"{order.name} given back" if order.is_refund else order.name,
        period=draft.period,
        amount_exact=exact,
        amount=rounded(exact, draft.currency),
        quantity=order.amount,
        unit=order.unit,
        price_key=order.id,
        reason=f"{ORDER_REASON}{order.id}",
        steps=(step,),
    )


def charged_before(first: Document) -> list[Line]:
    """The lines of purchases on a document as charges: a credit note has them with their sign turned."""
    lines = [line for line in first.lines if is_purchase(line)]
    if not isinstance(first, CreditNote):
        return lines
    return [replace(line, amount=-line.amount, amount_exact=-line.amount_exact) for line in lines]


def charged_by(order: CreditOrder, document: Document) -> CreditOrder:
    """The order once the document charges for it, with the lot that it grants if it grants one."""
    lot = order.lot or ("" if order.is_refund else lot_id(order))
    return replace(order, document=document.id, number=document.number, lot=lot)


def lot_id(order: CreditOrder) -> str:
    """The id of the lot that an order grants: the same on every attempt, so that it comes once.

    It sorts as the order's does: of lots that one document grants, what was ordered first is drawn on first.
    """
    return f"lot_{order.id.removeprefix('cor_')}"


def lot_of(order: CreditOrder, at: datetime) -> CreditLot:
    """The lot that an order grants at this moment."""
    return CreditLot(
        id=lot_id(order),
        customer=order.customer,
        name=order.name,
        unit=order.unit,
        amount=order.amount,
        effective_at=at,
        granted_at=at,
        granted_by=order.ordered_by,
        reason=order.reason,
        expires_at=order.expires(at),
        priority=order.priority,
        cost_basis=order.cost_basis,
        scope=order.scope,
        origin=LotOrigin.PURCHASE,
        origin_id=order.id,
    )


def charge_for(lot: CreditLot, units: Decimal, *, by: str, reason: str, at: datetime) -> CreditOrder:
    """The order by which the next document charges for units of a lot that is there; negative: gives back."""
    what = "charge" if units > 0 else "refund"
    return CreditOrder(
        id=content_id("cor", f"{lot.id}\x1f{what}".encode()),
        customer=lot.customer,
        name=lot.name,
        unit=lot.unit,
        amount=units,
        cost_basis=lot.cost_basis,
        ordered_at=at,
        ordered_by=by,
        reason=reason,
        lot=lot.id,
    )
