"""Credit: lots granted, listed, ended, moved; what a customer holds, and why."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from steelyard.billing.credits import rate_of
from steelyard.billing.granting import NewLot, Transfer, grant, transfer, void
from steelyard.billing.lot_words import movement_text
from steelyard.billing.top_ups import amount_pending
from steelyard.catalog import Catalog, live_version
from steelyard.contracts import Planned
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.customers import customer_of
from steelyard.entrypoints.api.handlers.shaping import listed, page, shaped
from steelyard.entrypoints.api.pages import place_of
from steelyard.entrypoints.api.shapes import credits as shapes
from steelyard.kernel import ZERO, Conflict, InvalidInput, NotFound, Problem, iso, plain
from steelyard.ledger import (
    CreditLot,
    LotScope,
    Movement,
    Recurrence,
    RollOver,
    balance_at,
    history,
    in_burn_order,
)

Changed = TypeVar("Changed")
Answered = TypeVar("Answered")

_CONFLICTS = ("already_ended", "not_enough_credit", "order_settled")
_UNKNOWN = ("unknown_lot", "unknown_top_up", "unknown_order")


def catalog_now(call: Call) -> Catalog:
    """The live catalog, or an empty one where none is published yet."""
    live = live_version(call.workspace.state)
    return live.catalog if live else Catalog()


def create(call: Call) -> shapes.Lot:
    """Grant a lot, or show what it would be."""
    asked: shapes.LotIn = call.body
    new = NewLot(
        customer=asked.customer,
        name=asked.name,
        unit=asked.unit,
        amount=asked.amount,
        effective_at=asked.effective_at or call.now,
        reason=asked.reason,
        expires_at=asked.expires_at,
        priority=asked.priority,
        cost_basis=asked.cost_basis,
        scope=scope_of(asked.scope),
        recurrence=_recurrence(asked.recurrence, asked.effective_at or call.now),
        roll_over=_roll_over(asked.roll_over),
        overdraft=asked.overdraft,
    )
    planned = grant(
        call.workspace.state,
        catalog_now(call),
        new,
        by=call.principal.name,
        at=call.now,
        entropy=secrets.token_bytes(10),
    )
    return _done(call, planned, dry_run=asked.dry_run)


def scope_of(asked: shapes.LotScopeIn | None) -> LotScope:
    """What a lot that is asked for may pay for."""
    if asked is None:
        return LotScope()
    return LotScope(metrics=tuple(asked.metrics), groups=tuple(asked.groups), prices=tuple(asked.prices))


def _recurrence(asked: shapes.RecurrenceIn | None, begins: datetime) -> Recurrence | None:
    if asked is None:
        return None
    return Recurrence(interval=asked.interval, anchor=asked.anchor or begins, refill=asked.refill)


def _roll_over(asked: shapes.RollOverIn | None) -> RollOver | None:
    return None if asked is None else RollOver(minimum=asked.minimum, maximum=asked.maximum)


def list_lots(call: Call) -> shapes.LotList:
    """Lots, by id; a key confined to one customer sees that customer's."""
    query: shapes.LotsQuery = call.query
    items, following = listed(call, CreditLot, customer=call.about_whom(query.customer), unit=query.unit)
    return shapes.LotList(items=[lot_shape(one, call.now) for one in items], next=following)


def show(call: Call) -> shapes.Lot:
    """One lot with its draws."""
    return lot_shape(lot_of(call), call.now)


def lot_of(call: Call) -> CreditLot:
    """The lot that the path names, if the asker may see it; NotFound otherwise."""
    found = call.workspace.state.get(CreditLot, call.path["id"])
    if found is None or not call.principal.sees(found.customer):
        raise NotFound(f"there is no lot {call.path['id'][:100]!r}", code="unknown_lot")
    return found


def end(call: Call) -> shapes.Lot:
    """End a lot now: what is left of it is gone, what was drawn stays drawn."""
    lot_of(call)
    asked: shapes.VoidIn = call.body
    planned = void(
        call.workspace.state, call.path["id"], reason=asked.reason, by=call.principal.name, at=call.now
    )
    return _done(call, planned, dry_run=asked.dry_run)


def move(call: Call) -> shapes.Lot:
    """Move a part of a lot to another customer; gives the new lot."""
    lot = lot_of(call)
    asked: shapes.TransferIn = call.body
    planned = transfer(
        call.workspace.state,
        catalog_now(call),
        Transfer(lot=lot.id, to=asked.to, units=asked.amount, reason=asked.reason),
        by=call.principal.name,
        at=call.now,
        entropy=secrets.token_bytes(10),
    )
    return _done(call, planned, dry_run=asked.dry_run)


def draws(call: Call) -> shapes.MovementList:
    """Everything that moved a lot until now, in words."""
    lot = lot_of(call)
    after = int(place_of(call.query.cursor)) if call.query.cursor else 0
    every = movements([lot], call.now)
    rest = list(enumerate(every, start=1))[after : after + call.query.limit + 1]
    items, following = page(rest, call.query.limit, lambda one: one[0])
    return shapes.MovementList(items=[one for _, one in items], next=following)


def balance(call: Call) -> shapes.CustomerCredit:
    """What a customer holds in each unit, what of it is used and not billed yet, and how it came to that."""
    customer = customer_of(call, call.query.customer)
    workspace = call.workspace
    workspace.catch_up()
    by_unit: dict[str, list[CreditLot]] = {}
    for lot in in_burn_order(workspace.state.find(CreditLot, customer=customer.key)):
        by_unit.setdefault(lot.unit, []).append(lot)
    due = amount_pending(workspace.books, customer, call.now) if by_unit else ZERO
    units = catalog_now(call).credit_units
    found: list[shapes.UnitBalance] = []
    for unit, lots in by_unit.items():
        held = sum((balance_at(lot, call.now) for lot in lots), ZERO)
        rate = rate_of(unit, customer.currency, units)
        pending = min(max(due, ZERO) / rate, held) if rate else ZERO
        found.append(
            shapes.UnitBalance(
                unit=unit,
                balance=plain(held),
                pending=plain(pending),
                left=plain(held - pending),
                lots=[lot_shape(lot, call.now) for lot in lots],
                movements=movements(lots, call.now),
            )
        )
        due -= pending * (rate or ZERO)
    return shapes.CustomerCredit(customer=customer.key, at=iso(call.now), units=found)


def movements(lots: Sequence[CreditLot], until: datetime) -> list[shapes.Movement]:
    """What moved these lots of one unit until then, oldest first, with what they held together after each."""
    moved: list[tuple[Movement, CreditLot]] = [
        (one, lot) for lot in lots for one in history(lot, until).movements
    ]
    moved.sort(key=lambda pair: pair[0].at)
    total = ZERO
    found: list[shapes.Movement] = []
    for one, lot in moved:
        total += one.change
        found.append(
            shapes.Movement(
                at=iso(one.at),
                lot=lot.id,
                name=lot.name,
                kind=one.kind.value,
                change=plain(one.change),
                balance=plain(one.balance),
                total=plain(total),
                about=one.about,
                text=movement_text(lot, one),
            )
        )
    return found


def lot_shape(lot: CreditLot, now: datetime) -> shapes.Lot:
    """A lot in the shape that goes over the wire, with what it holds now."""
    held = balance_at(lot, now)
    return shaped(lot, shapes.Lot, balance=plain(held), status=status(lot, held, now))


def status(lot: CreditLot, held: Decimal, now: datetime) -> str:
    """Where the lot stands, in a word."""
    if lot.ended is not None and lot.ended.at <= now:
        return "ended"
    if lot.expires_at is not None and lot.expires_at <= now:
        return "expired"
    if lot.effective_at > now:
        return "upcoming"
    return "active" if held > 0 or lot.recurrence is not None or lot.overdraft else "used_up"


def _done(call: Call, planned: Planned[CreditLot] | tuple[Problem, ...], *, dry_run: bool) -> shapes.Lot:
    return carried_out(call, planned, lambda lot: lot_shape(lot, call.now), dry_run=dry_run)


def carried_out(
    call: Call,
    planned: Planned[Changed] | tuple[Problem, ...],
    shape: Callable[[Changed], Answered],
    *,
    dry_run: bool = False,
) -> Answered:
    """The answer about what was planned, which is written unless it is only shown; raises what refused it."""
    if not isinstance(planned, Planned):
        raise refusal(planned)
    answer = shape(planned.record)
    if planned.write is not None and not dry_run:
        call.commit(planned.write, answer)
    return answer


def refusal(problems: tuple[Problem, ...]) -> Any:
    """Problems as an error of the tree, for the HTTP interface."""
    if any(one.code in _UNKNOWN for one in problems):
        return NotFound(str(problems[0]), code=problems[0].code)
    if all(one.code in _CONFLICTS for one in problems):
        return Conflict(str(problems[0]), code=problems[0].code, problems=problems)
    return InvalidInput(f"not done: {problems[0]}", code="invalid_credit", problems=problems)
