"""Granting credit, ending it before its time, and moving it: what to write, or every problem at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from steelyard.billing.credits import rate_of
from steelyard.billing.model import LineGroup
from steelyard.billing.purchases import charge_for
from steelyard.billing.rounding import QUANTITY_DECIMALS, kept
from steelyard.catalog import Catalog
from steelyard.contracts import Customer, Planned
from steelyard.kernel import ZERO, Problem, content_id, iso, make_id, plain
from steelyard.ledger import (
    CUSTOMER_CREDIT,
    RECEIVABLE,
    CreditDraw,
    CreditLot,
    CreditOrder,
    DrawKind,
    JournalEntry,
    LotEnd,
    LotOrigin,
    LotScope,
    Posting,
    Recurrence,
    RollOver,
    available,
)
from steelyard.record import WORKSPACE_CHAIN, Batch, Expect, Kind, Save, State, Write
from steelyard.record.planned import saving, together
from steelyard.record.telling import telling

Problems = tuple[Problem, ...]

PRIORITY_MAX: Final = 1_000_000
AMOUNT_MAX: Final = Decimal(10) ** 15
VALID_DAYS_MAX: Final = 3660
_NOT_PAYABLE: Final = (LineGroup.TAX, LineGroup.CREDIT, LineGroup.PREPAID)
_GROUPS: Final = tuple(group.value for group in LineGroup if group not in _NOT_PAYABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLot:
    """What a person asks for when credit is granted; nothing in it is checked yet.

    With `next_document` the customer's next document charges what it costs; otherwise it is owed at once.
    """

    customer: str
    name: str
    unit: str
    amount: Decimal
    effective_at: datetime
    reason: str
    expires_at: datetime | None = None
    priority: int = 100
    cost_basis: Decimal = ZERO
    scope: LotScope = field(default_factory=LotScope)
    recurrence: Recurrence | None = None
    roll_over: RollOver | None = None
    overdraft: bool = False
    origin: LotOrigin = LotOrigin.GRANT
    origin_id: str = ""
    next_document: bool = False


def grant(
    state: State, catalog: Catalog, new: NewLot, *, by: str, at: datetime, entropy: bytes, id: str = ""
) -> Planned[CreditLot] | Problems:
    """The plan that grants a lot, and posts what the customer owes for it, or all that is wrong with it.

    `id` names the lot where it must not come twice; without one, 10 random bytes of `entropy` do.
    """
    customer = state.get(Customer, new.customer)
    problems = tuple(lot_problems(new, customer, catalog))
    if customer is None or problems:
        return problems
    lot = CreditLot(
        id=id or make_id("lot", at, entropy),
        customer=new.customer,
        name=new.name.strip(),
        unit=new.unit,
        amount=new.amount,
        effective_at=new.effective_at,
        granted_at=at,
        granted_by=by,
        reason=new.reason,
        expires_at=new.expires_at,
        priority=new.priority,
        cost_basis=new.cost_basis,
        scope=new.scope,
        recurrence=new.recurrence,
        roll_over=new.roll_over,
        overdraft=new.overdraft,
        origin=new.origin,
        origin_id=new.origin_id,
    )
    if new.next_document and lot.cost_basis > 0:
        charge = charge_for(lot, lot.amount, by=by, reason=new.reason, at=at)
        order = saving(Kind.CREDIT, lot.customer, charge, charge.id, None)
        return Planned(record=lot, write=together([_writing([(lot, None)], []), order]))
    owed = _owed(lot, customer, lot.amount, at, f"Credit {lot.name} to {customer.name}")
    return Planned(record=lot, write=_writing([(lot, None)], [owed]))


def lot_problems(new: NewLot, customer: Customer | None, catalog: Catalog) -> Iterator[Problem]:
    """Everything that is wrong with a lot that is asked for."""
    if customer is None:
        yield Problem(
            code="unknown_customer", message=f"there is no customer {new.customer[:60]!r}", field="customer"
        )
    elif rate_of(new.unit, customer.currency, catalog.credit_units) is None:
        allowed = ", ".join([customer.currency, *sorted(catalog.credit_units)])
        message = f"{new.unit[:60]!r} pays nothing in {customer.currency}"
        yield Problem(code="unknown_unit", message=message, field="unit", allowed=allowed)
    for name, text in (("name", new.name), ("reason", new.reason)):
        if not text.strip() or len(text) > 1000 or not text.isprintable():
            message = f"say the {name} in 1 to 1000 printing characters"
            yield Problem(code="bad_text", message=message, field=name)
    yield from _amount_problems("amount", new.amount, positive=True)
    yield from _amount_problems("cost_basis", new.cost_basis, positive=False)
    yield from _time_problems(new)
    if not 0 <= new.priority <= PRIORITY_MAX:
        message = f"{new.priority} is no priority"
        yield Problem(code="out_of_range", message=message, field="priority", allowed=f"0 to {PRIORITY_MAX}")
    yield from _recurrence_problems(new)
    yield from _scope_problems(new.scope, catalog)


def _amount_problems(field_name: str, amount: Decimal, *, positive: bool) -> Iterator[Problem]:
    exponent = amount.as_tuple().exponent
    fits = isinstance(exponent, int) and exponent >= -QUANTITY_DECIMALS
    if not amount.is_finite() or not fits or amount < 0 or (positive and amount == 0) or amount > AMOUNT_MAX:
        allowed = f"{'above 0' if positive else '0 or more'}, at most {QUANTITY_DECIMALS} decimals"
        message = f"{str(amount)[:60]} is no amount"
        yield Problem(code="bad_amount", message=message, field=field_name, allowed=allowed)


def _time_problems(new: NewLot) -> Iterator[Problem]:
    for name, moment in (("effective_at", new.effective_at), ("expires_at", new.expires_at)):
        if moment is not None and moment.tzinfo is None:
            yield Problem(code="not_a_time", message=f"{name} has no UTC offset", field=name)
            return
    if new.expires_at is not None and new.expires_at <= new.effective_at:
        message = f"it would expire before it begins at {iso(new.effective_at)}"
        yield Problem(code="empty_period", message=message, field="expires_at")


def _recurrence_problems(new: NewLot) -> Iterator[Problem]:
    if new.roll_over is not None and new.recurrence is None:
        message = "nothing rolls over where nothing is filled again"
        yield Problem(code="no_recurrence", message=message, field="roll_over", allowed="give a recurrence")
    if new.recurrence is not None and new.cost_basis > 0:
        message = "what is filled again is given, not bought once"
        yield Problem(code="recurring_cost", message=message, field="cost_basis", allowed="0")


def _scope_problems(scope: LotScope, catalog: Catalog) -> Iterator[Problem]:
    known = {"metrics": catalog.metrics, "groups": _GROUPS, "prices": catalog.prices}
    for name, allowed in known.items():
        for one in getattr(scope, name):
            if one not in allowed:
                message = f"there is no {one[:60]!r} among the {name}"
                yield Problem(
                    code="unknown_scope",
                    message=message,
                    field=f"scope.{name}",
                    allowed=", ".join(sorted(allowed)[:20]),
                )


def void(state: State, id: str, *, reason: str, by: str, at: datetime) -> Planned[CreditLot] | Problems:
    """The plan that ends a lot at this moment.

    What was drawn stays drawn; what the customer paid for the rest is owed back, by the next document where
    a document charged for the lot.
    """
    version, lot = state.version(CreditLot, id), state.get(CreditLot, id)
    if lot is None:
        return (_unknown(id),)
    problems = [*_ending_problems(lot, at)]
    if not reason.strip() or len(reason) > 1000:
        problems.append(Problem(code="missing_reason", message="say why the lot is ended", field="reason"))
    customer = state.get(Customer, lot.customer)
    if problems or customer is None:
        return tuple(problems)
    ended = replace(lot, ended=LotEnd(at=at, by=by, reason=reason))
    left = available(lot, at)
    if left > 0 and state.count(CreditOrder, lot=id):
        refund = charge_for(lot, -left, by=by, reason=reason, at=at)
        order = saving(Kind.CREDIT, lot.customer, refund, refund.id, None)
        return Planned(record=ended, write=together([_writing([(ended, version)], []), order]))
    back = _owed(lot, customer, -left, at, f"Credit {lot.name} of {customer.name} ended")
    return Planned(record=ended, write=_writing([(ended, version)], [back]))


def _ending_problems(lot: CreditLot, at: datetime) -> Iterator[Problem]:
    if lot.ended is not None:
        message = f"it was ended at {iso(lot.ended.at)} already"
        yield Problem(code="already_ended", message=message, field="id")
    elif lot.expires_at is not None and lot.expires_at <= at:
        message = f"it expired at {iso(lot.expires_at)}"
        yield Problem(code="already_ended", message=message, field="id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """How much of which lot goes to whom, and why."""

    lot: str
    to: str
    units: Decimal
    reason: str


def transfer(
    state: State, catalog: Catalog, asked: Transfer, *, by: str, at: datetime, entropy: bytes
) -> Planned[CreditLot] | Problems:
    """The plan that moves a part of a lot to another customer, as a new lot with the same terms."""
    version, lot = state.version(CreditLot, asked.lot), state.get(CreditLot, asked.lot)
    if lot is None:
        return (_unknown(asked.lot),)
    to, units = asked.to, asked.units
    taker, giver = state.get(Customer, to), state.get(Customer, lot.customer)
    problems = list(_transfer_problems(lot, units, to, at))
    new = NewLot(
        customer=to,
        name=lot.name,
        unit=lot.unit,
        amount=units,
        effective_at=max(at, lot.effective_at),
        reason=asked.reason,
        expires_at=lot.expires_at,
        priority=lot.priority,
        cost_basis=lot.cost_basis,
        origin=LotOrigin.TRANSFER,
        origin_id=lot.id,
    )
    problems += lot_problems(new, taker, catalog)
    if giver is not None and taker is not None and giver.currency != taker.currency:
        message = f"{to} pays in {taker.currency}, {lot.customer} in {giver.currency}"
        problems.append(Problem(code="currency_mismatch", message=message, field="to"))
    if problems or giver is None or taker is None:
        return tuple(problems)
    planned = grant(state, catalog, replace(new, cost_basis=ZERO), by=by, at=at, entropy=entropy)
    assert isinstance(planned, Planned), "the same lot was looked over a moment ago"
    moved = replace(planned.record, cost_basis=lot.cost_basis, scope=lot.scope)
    cost = kept(units * lot.cost_basis)
    draw = CreditDraw(
        kind=DrawKind.TRANSFER,
        about=moved.id,
        number=to,
        at=max(at, lot.effective_at),
        recorded_at=at,
        units=units,
        cost=cost,
    )
    less = replace(lot, draws=(*lot.draws, draw))
    entry = _moved(moved, giver, taker, cost, at)
    return Planned(record=moved, write=_writing([(less, version), (moved, None)], [entry]))


def _transfer_problems(lot: CreditLot, units: Decimal, to: str, at: datetime) -> Iterator[Problem]:
    yield from _ending_problems(lot, at)
    left = available(lot, max(at, lot.effective_at))
    if units.is_finite() and units > left:
        message = f"the lot has {plain(left)} {lot.unit} left"
        yield Problem(
            code="not_enough_credit", message=message, field="amount", allowed=f"up to {plain(left)}"
        )
    if to == lot.customer:
        yield Problem(code="same_customer", message=f"the lot is {to}'s already", field="to")


def _unknown(id: str) -> Problem:
    return Problem(code="unknown_lot", message=f"there is no lot {id[:60]!r}", field="id")


def _owed(
    lot: CreditLot, customer: Customer, units: Decimal, at: datetime, description: str
) -> JournalEntry | None:
    """What the customer owes for units of the lot, or is owed (negative); None where they were free."""
    cost = kept(units * lot.cost_basis)
    if cost == 0:
        return None
    legs = ((RECEIVABLE, cost), (CUSTOMER_CREDIT, -cost))
    return JournalEntry(
        id=content_id("jou", f"{lot.id}\x1f{iso(at)}".encode()),
        posted_at=at,
        description=description,
        about=lot.id,
        postings=tuple(
            Posting(account=account, currency=customer.currency, amount=amount, customer=customer.key)
            for account, amount in legs
        ),
    )


def _moved(
    lot: CreditLot, giver: Customer, taker: Customer, cost: Decimal, at: datetime
) -> JournalEntry | None:
    if cost == 0:
        return None
    return JournalEntry(
        id=content_id("jou", f"{lot.id}\x1f{iso(at)}".encode()),
        posted_at=at,
        description=f"Credit {lot.name} moved from {giver.name} to {taker.name}",
        about=lot.id,
        postings=(
            Posting(account=CUSTOMER_CREDIT, currency=giver.currency, amount=cost, customer=giver.key),
            Posting(account=CUSTOMER_CREDIT, currency=taker.currency, amount=-cost, customer=taker.key),
        ),
    )


def _writing(lots: list[tuple[CreditLot, int | None]], entries: list[JournalEntry | None]) -> Write:
    """Lots on their customers' chains with their postings, all or nothing."""
    posted = [entry for entry in entries if entry is not None]
    records = [*(lot for lot, _ in lots), *posted]
    batches = [
        Batch(
            kind=Kind.CREDIT,
            customers=[lot.customer for lot, _ in lots],
            payloads=[telling(lot) for lot, _ in lots],
        )
    ]
    if posted:
        batches.append(
            Batch(
                kind=Kind.JOURNAL,
                customers=[WORKSPACE_CHAIN] * len(posted),
                payloads=[telling(entry) for entry in posted],
            )
        )
    return Write(
        batches=tuple(batches),
        rows=tuple(Save(record=record, told_by=place) for place, record in enumerate(records)),
        expect=tuple(Expect(type=CreditLot, key=lot.id, version=version) for lot, version in lots),
    )
