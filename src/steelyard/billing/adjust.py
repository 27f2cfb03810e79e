"""Adjusting what was billed: a period drafted anew, less what its documents charged, line by line.

Pure. The first document of a period and all adjustments of it always sum to the period drafted from scratch,
line by line and to the minor unit, because an adjustment is the difference of rounded amounts and is never
rounded itself. Only usage differs between the two: the same contract and the same prices draft both, unless
people agreed on other terms for a billed period.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from steelyard.billing.lot_draws import credit_lines_of, difference, is_credit, net_draws
from steelyard.billing.model import (
    GROUP_ORDER,
    Adjusted,
    CreditNote,
    Document,
    DraftInvoice,
    Line,
    LineGroup,
    LotDraw,
)
from steelyard.kernel import ONE, ZERO, iso, minor_digits
from steelyard.rating import Step, StepKind, Wording

LineKey = tuple[str, str, str, str, str]
"""What makes a line the same on another document: subscription, group, price, why it applies, since when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledPeriod:
    """A period of a customer that was billed: the document that did, and those that adjusted it since."""

    first: Document
    later: tuple[Document, ...] = ()

    @property
    def name(self) -> str:
        """The period's name, which adjustments of it carry."""
        return self.first.period_name

    @property
    def numbers(self) -> tuple[str, ...]:
        """The numbers of the documents, the first one first."""
        return (self.first.number, *(one.number for one in self.later))


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """What documents charged by one line so far; `line` is that line as it stands on the last of them."""

    line: Line
    quantity: Decimal | None
    amount_exact: Decimal
    amount: Decimal


def billed_periods(documents: Iterable[Document]) -> list[BilledPeriod]:
    """The periods that these documents of one customer billed, by time."""
    by_issue = sorted(documents, key=lambda one: (one.issued_at, one.period.start))
    periods = [
        BilledPeriod(
            first=one,
            later=tuple(other for other in by_issue if other is not one and adjusts(other, one.period_name)),
        )
        for one in by_issue
    ]
    return sorted(periods, key=lambda one: one.first.period.start)


def adjusts(document: Document | DraftInvoice, period_name: str) -> bool:
    """Whether the document has adjustment lines of that period."""
    return any(one.adjusts and one.adjusts.period_name == period_name for one in document.lines)


def charged(billed: BilledPeriod) -> dict[LineKey, Charged]:
    """What the documents of the period charged, line by line; amounts of credit notes count less."""
    found: dict[LineKey, Charged] = {}
    for document in (billed.first, *billed.later):
        sign = -1 if isinstance(document, CreditNote) else 1
        own = document is billed.first
        for line in document.lines:
            about = None if line.adjusts is None else line.adjusts.period_name
            if about == (None if own else billed.name):
                key = key_of(line)
                found[key] = _added(found.get(key), line, sign)
    return found


def _added(so_far: Charged | None, line: Line, sign: int) -> Charged:
    quantity = line.quantity
    if so_far is not None and so_far.quantity is not None:
        quantity = so_far.quantity + (quantity or ZERO)
    return Charged(
        line=line,
        quantity=quantity,
        amount_exact=sign * line.amount_exact + (so_far.amount_exact if so_far else 0),
        amount=sign * line.amount + (so_far.amount if so_far else 0),
    )


def key_of(line: Line) -> LineKey:
    """What tells the line from the others of its period.

    A tax line has only its group: there is one in a period.
    """
    since = "" if line.group is LineGroup.TAX else iso(line.period.start)
    return (line.subscription, line.group.value, line.price_key, line.reason, since)


def adjustments(
    billed: BilledPeriod, now: DraftInvoice, *, agreed_at: datetime | None = None
) -> tuple[Line, ...]:
    """The lines by which what was billed becomes what the period is `now`; none where it is the same.

    Lines stand in the order of a document, tax last. `agreed_at` is when other terms were agreed for it.
    """
    was = charged(billed)
    today = {key_of(line): line for line in now.lines}
    gone = {key: one for key, one in was.items() if key not in today}
    since = "" if agreed_at is None else f"; by terms agreed on {iso(agreed_at)[:10]}"
    lines = [_difference(billed, now, was.get(key), line, since) for key, line in today.items()]
    lines += [_difference(billed, now, one, _nothing_left(one.line), since) for one in gone.values()]
    found = [line for line in lines if line is not None]
    return tuple(sorted(found, key=lambda line: GROUP_ORDER[line.group]))


def _nothing_left(line: Line) -> Line:
    """The line without any usage behind it: what a draft leaves out."""
    return replace(
        line,
        amount=line.amount * 0,
        amount_exact=ZERO,
        quantity=None if line.quantity is None else ZERO,
        steps=(),
        draws=(),
        parts=(),
        pool=(),
        borne=None if line.borne is None else replace(line.borne, quantity=ZERO, amount=ZERO),
        given_free=ZERO,
        events=0,
        first_seq=0,
        last_seq=0,
    )


def _difference(
    billed: BilledPeriod, now: DraftInvoice, was: Charged | None, line: Line, since: str
) -> Line | None:
    quantity = None if was is None else was.quantity
    exact = ZERO if was is None else was.amount_exact
    amount = line.amount * 0 if was is None else was.amount
    if (quantity or ZERO, exact, amount) == (line.quantity or ZERO, line.amount_exact, line.amount):
        return None
    said = Adjusted(
        period_name=billed.name,
        documents=billed.numbers,
        billed_quantity=quantity,
        billed_exact=exact,
        billed=amount,
        billed_events=_events(was),
        quantity=line.quantity,
        amount_exact=line.amount_exact,
        amount=line.amount,
    )
    off = None
    if line.quantity is not None or quantity is not None:
        off = (line.quantity or ZERO) - (quantity or ZERO)
    wording = Wording(unit=line.unit or "units", decimals=minor_digits(now.currency))
    return replace(
        line,
        id="",
        draws=difference(line.draws, _drawn(billed, line)),
        quantity=off,
        amount_exact=line.amount_exact - exact,
        amount=line.amount - amount,
        steps=(*line.steps, _less(said, wording, since)),
        adjusts=said,
    )


def _drawn(billed: BilledPeriod, line: Line) -> list[LotDraw]:
    """What the lot of a line of credit paid of the period until now."""
    if not is_credit(line):
        return []
    every = credit_lines_of((billed.first, *billed.later), billed.name)
    return net_draws(one for one in every if one.price_key == line.price_key)


def _events(was: Charged | None) -> int:
    return 0 if was is None else was.line.events


def _less(said: Adjusted, wording: Wording, since: str) -> Step:
    """The step that takes off what was charged before."""
    numbers = ", ".join(said.documents)
    what = wording.amount(said.billed_exact)
    if said.billed_quantity is not None:
        what = f"{wording.count(said.billed_quantity)}, {what}"
    return Step(
        text=f"billed before ({numbers}): {what}{since}",
        quantity=ONE,
        unit_amount=-said.billed_exact,
        amount=-said.billed_exact,
        kind=StepKind.LESS,
    )


def net(lines: Iterable[Line]) -> Decimal:
    """What the adjustment lines among these charge, tax included.

    >>> net([])
    Decimal('0')
    """
    return sum((line.amount for line in lines if line.adjusts is not None), ZERO)
