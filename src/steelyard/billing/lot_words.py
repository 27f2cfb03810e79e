"""What moved a lot of credit, in words."""

from __future__ import annotations

from steelyard.kernel import iso, plain
from steelyard.ledger import CreditDraw, CreditLot, DrawKind, LotOrigin, Movement, MovementKind


def movement_text(lot: CreditLot, movement: Movement) -> str:
    """The movement of the lot as a sentence.

    >>> from decimal import Decimal
    >>> from steelyard.kernel import instant
    >>> begin = instant("2026-01-01T00:00:00Z")
    >>> lot = CreditLot(
    ...     id="a",
    ...     customer="acme",
    ...     name="A",
    ...     unit="EUR",
    ...     amount=Decimal(5),
    ...     effective_at=begin,
    ...     granted_at=begin,
    ... )
    >>> from steelyard.ledger import history
    >>> [movement_text(lot, one) for one in history(lot, begin).movements]
    ['5 EUR granted']
    """
    amount = f"{plain(abs(movement.change))} {lot.unit}"
    match movement.kind:
        case MovementKind.GRANTED:
            return f"{amount} {_GRANTED[lot.origin]}" + (f": {lot.reason}" if lot.reason else "")
        case MovementKind.RENEWED:
            return f"filled again to {plain(movement.balance)} {lot.unit}{_carried(lot, movement)}"
        case MovementKind.ENDED:
            if lot.ended is not None and lot.ended.at == movement.at:
                return f"ended by {lot.ended.by or 'somebody'} with {amount} left: {lot.ended.reason}"
            return f"expired with {amount} left"
        case MovementKind.DRAWN | MovementKind.GIVEN_BACK:
            found = [one for one in lot.draws if one.about == movement.about and one.at == movement.at]
            return _drawn(lot, found, movement, amount)


_GRANTED = {
    LotOrigin.GRANT: "granted",
    LotOrigin.TOP_UP: "topped up",
    LotOrigin.TRANSFER: "moved here",
    LotOrigin.PURCHASE: "bought",
}


def _carried(lot: CreditLot, movement: Movement) -> str:
    if lot.roll_over is None:
        return ""
    over = movement.balance - (lot.amount if lot.recurrence and lot.recurrence.refill else 0)
    return f", {plain(over)} of it rolled over"


def _drawn(lot: CreditLot, draws: list[CreditDraw], movement: Movement, amount: str) -> str:
    if not draws:
        return f"{amount} drawn"
    draw = draws[0]
    if draw.kind is DrawKind.TRANSFER:
        return f"{amount} moved to {draw.number}"
    what = "given back by" if movement.kind is MovementKind.GIVEN_BACK else "paid on"
    return f"{amount} {what} {draw.number}, issued {iso(draw.recorded_at)[:10]}"
