"""Rules that top credit up at a threshold: made, removed, and carried out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from steelyard.billing.changes import documents_of
from steelyard.billing.credits import rate_of
from steelyard.billing.granting import VALID_DAYS_MAX, NewLot, Problems, grant, lot_problems
from steelyard.billing.lot_draws import is_credit
from steelyard.billing.model import DraftInvoice, LineGroup
from steelyard.billing.purchases import is_purchase
from steelyard.billing.run import Books, preview
from steelyard.catalog import Catalog
from steelyard.contracts import Customer, Planned, together
from steelyard.kernel import ZERO, Problem, make_id, month_of
from steelyard.kernel.period import zone
from steelyard.ledger import CreditLot, LotOrigin, TopUp, amounts_due, top_up_lot_id
from steelyard.record import Batch, Expect, Kind, Save, State, Write
from steelyard.record.telling import telling


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTopUp:
    """What a person asks for when a rule is made; nothing in it is checked yet."""

    customer: str
    name: str
    unit: str
    threshold: Decimal
    amount: Decimal
    cost_basis: Decimal = ZERO
    priority: int = 100
    valid_days: int | None = None
    most_per_month: int | None = None
    next_document: bool = False


def make_top_up(
    state: State, catalog: Catalog, new: NewTopUp, *, by: str, at: datetime, entropy: bytes
) -> Planned[TopUp] | Problems:
    """The plan that makes a rule, or all that is wrong with it."""
    problems = tuple(_rule_problems(state, catalog, new, at))
    if problems:
        return problems
    rule = TopUp(
        id=make_id("top", at, entropy),
        customer=new.customer,
        name=new.name.strip(),
        unit=new.unit,
        threshold=new.threshold,
        amount=new.amount,
        made_at=at,
        made_by=by,
        cost_basis=new.cost_basis,
        priority=new.priority,
        valid_days=new.valid_days,
        most_per_month=new.most_per_month,
        next_document=new.next_document,
    )
    return Planned(record=rule, write=_keeping(rule, None))


def _rule_problems(state: State, catalog: Catalog, new: NewTopUp, at: datetime) -> Iterator[Problem]:
    lot = NewLot(
        customer=new.customer,
        name=new.name,
        unit=new.unit,
        amount=new.amount,
        effective_at=at,
        reason="top-up",
        priority=new.priority,
        cost_basis=new.cost_basis,
    )
    yield from lot_problems(lot, state.get(Customer, new.customer), catalog)
    if not new.threshold.is_finite() or new.threshold < 0:
        message = f"{new.threshold} is no threshold"
        yield Problem(code="bad_amount", message=message, field="threshold", allowed="0 or more")
    for name, value, most in (
        ("valid_days", new.valid_days, VALID_DAYS_MAX),
        ("most_per_month", new.most_per_month, 1000),
    ):
        if value is not None and not 1 <= value <= most:
            yield Problem(
                code="out_of_range", message=f"{value} does not fit", field=name, allowed=f"1 to {most}"
            )


def remove_top_up(state: State, id: str, *, at: datetime) -> Planned[TopUp] | Problems:
    """The plan that lets a rule do nothing more; the lots that it gave stay."""
    version, rule = state.version(TopUp, id), state.get(TopUp, id)
    if rule is None:
        return (Problem(code="unknown_top_up", message=f"there is no rule {id[:60]!r}", field="id"),)
    if rule.removed_at is not None:
        return Planned(record=rule, write=None)
    removed = replace(rule, removed_at=at)
    return Planned(record=removed, write=_keeping(removed, version))


def _keeping(rule: TopUp, version: int | None) -> Write:
    return Write(
        batches=(Batch(kind=Kind.CREDIT, customers=[rule.customer], payloads=[telling(rule)]),),
        rows=(Save(record=rule, told_by=0),),
        expect=(Expect(type=TopUp, key=rule.id, version=version),),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ToppedUp:
    """The lots that rules grant now, and what to write so that they do; `problems` say who gets none."""

    lots: tuple[CreditLot, ...]
    write: Write | None
    problems: Problems = ()


def top_up(books: Books, catalog: Catalog, *, at: datetime, customer: str | None = None) -> ToppedUp:
    """What all rules, or those of one customer, add now. Doing it again adds nothing."""
    rules = books.state.find(TopUp) if customer is None else books.state.find(TopUp, customer=customer)
    lots: list[CreditLot] = []
    writes: list[Write] = []
    problems: list[Problem] = []
    for rule in rules:
        planned = _topped_up(books, catalog, rule, at, [lot for lot in lots if lot.customer == rule.customer])
        if isinstance(planned, Planned):
            lots.append(planned.record)
            writes += [planned.write] if planned.write else []
        else:
            problems += [replace(one, message=f"{rule.id}: {one.message}") for one in planned]
    return ToppedUp(lots=tuple(lots), write=together(writes), problems=tuple(problems))


def _topped_up(
    books: Books, catalog: Catalog, rule: TopUp, at: datetime, just_now: list[CreditLot]
) -> Planned[CreditLot] | Problems:
    customer = books.state.get(Customer, rule.customer)
    rate = None if customer is None else rate_of(rule.unit, customer.currency, catalog.credit_units)
    if rule.removed_at is not None or customer is None or rate is None:
        return ()
    lots = [*books.state.find(CreditLot, customer=rule.customer), *just_now]
    due = amounts_due(rule, lots, amount_pending(books, customer, at) / rate, at)
    if not due:
        return ()
    new = NewLot(
        customer=rule.customer,
        name=rule.name,
        unit=rule.unit,
        amount=due * rule.amount,
        effective_at=at,
        reason=f"credit fell below {rule.threshold}",
        expires_at=None if rule.valid_days is None else at + timedelta(days=rule.valid_days),
        priority=rule.priority,
        cost_basis=rule.cost_basis,
        origin=LotOrigin.TOP_UP,
        origin_id=rule.id,
        next_document=rule.next_document,
    )
    id = top_up_lot_id(rule, lots)
    return grant(books.state, catalog, new, by=rule.made_by, at=at, entropy=bytes(10), id=id)


def unbilled(books: Books, customer: Customer, at: datetime) -> list[DraftInvoice]:
    """The drafts of this month and the one before, as far as they are not billed yet, by time."""
    local, billed = zone(customer.timezone), documents_of(books.state, customer.key)
    this = month_of(at, customer.timezone)
    before = month_of(this.start - timedelta(days=1), customer.timezone)
    found: list[DraftInvoice] = []
    for period in (before, this):
        month = f"{period.start.astimezone(local):%Y-%m}"
        if not any(one.period_name == month for one in billed):
            found.append(preview(books, customer.key, month))
    return found


def amount_pending(books: Books, customer: Customer, at: datetime) -> Decimal:
    """What the customer used and nobody billed yet, before credit and tax, in its currency."""
    drafts = unbilled(books, customer, at)
    # Each preview shows the adjustments of earlier months; the next document carries them once.
    return sum(
        (
            line.amount
            for place, draft in enumerate(drafts)
            for line in draft.lines
            if line.group is not LineGroup.TAX
            and not is_credit(line)
            and not is_purchase(line)
            and (place == 0 or line.adjusts is None)
        ),
        ZERO,
    )
