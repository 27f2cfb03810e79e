"""Paying in advance: a month's document asks for the next month, and the next one settles what was asked.

What a month costs is worked out on its own document as for any other price. What the document before asked
for it is taken off, so that all documents together charge what the months cost, whatever changed meanwhile;
where nothing did, neither stands there. Only what is fixed (a fee, an agreed number) can be asked in advance.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from steelyard.billing.model import Advance, Document, Line
from steelyard.contracts.rate_card import RateCard, RatedItem
from steelyard.kernel import ONE, ZERO, Period, minor_digits
from steelyard.rating import Step, StepKind, Term, Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """That a document settles what was asked for its month, and by which card it asks for the next one.

    `card` holds only what is paid in advance and applies over `active`, the subscription's part of the next
    month `period`; without one nothing is asked. `contracts` are those that hold in that part: they decide
    what is asked, and whether anything is.
    """

    period: Period
    active: Period | None = None
    card: RateCard | None = None
    contracts: tuple[str, ...] = ()


def contracts_held(card: RateCard, ahead: Ahead | None) -> tuple[str, ...]:
    """The contracts that hold in a month, or in what of the next one its document asks in advance."""
    return (*card.contracts, *(ahead.contracts if ahead else ()))


def is_ahead(item: RatedItem) -> bool:
    """Whether the item is asked in advance: what a meter counts never is."""
    return item.price.timing is Term.IN_ADVANCE and (item.metric is None or item.quantity is not None)


def asked_of(card: RateCard) -> RateCard | None:
    """The part of a month's card that is asked before the month; None where nothing is, or it cannot be."""
    items = tuple(item for item in card.items if is_ahead(item))
    return replace(card, items=items, commitment=None) if items and not card.problems else None


def asked_by(documents: Iterable[Document]) -> list[Line]:
    """The lines of these documents that ask for a coming month."""
    return [line for one in documents for line in asked_in(one.lines)]


def asked_in(lines: Iterable[Line]) -> list[Line]:
    """Those of the lines that ask for a coming month."""
    return [line for line in lines if line.advance is Advance.ASKED]


def asking(lines: Iterable[Line], month: str) -> list[Line]:
    """Lines of the coming month as its demand in advance; what comes to nothing is not asked."""
    return [_noted(line, month) for line in lines if line.amount]


def _noted(line: Line, month: str) -> Line:
    note = Step(
        text=f"in advance for {month}", quantity=ONE, unit_amount=ZERO, amount=ZERO, kind=StepKind.NOTE
    )
    return replace(line, advance=Advance.ASKED, steps=(note, *line.steps))


def settled(own: Sequence[Line], asked: Sequence[Line], *, currency: str) -> list[Line]:
    """The lines of a month after what was asked for it; equal ones go, else both sides stand there.

    `own` are all lines of one subscription; `asked` those that asked for this month, as they stand now.
    """
    found = list(own)
    for key in dict.fromkeys(line.price_key for line in asked):
        before = [line for line in asked if line.price_key == key]
        mine = [line for line in found if line.price_key == key and line.advance is Advance.NONE]
        if _sums(mine) == _sums(before):
            found = [line for line in found if line not in mine]
        else:
            found.append(_taken_off(before, currency))
    return found


def _sums(lines: Sequence[Line]) -> tuple[Decimal, Decimal]:
    return sum((one.amount_exact for one in lines), ZERO), sum((one.amount for one in lines), ZERO)


def _taken_off(before: Sequence[Line], currency: str) -> Line:
    exact, amount = _sums(before)
    text = f"{Wording(decimals=minor_digits(currency)).amount(exact)} was asked in advance"
    step = Step(text=text, quantity=ONE, unit_amount=-exact, amount=-exact, kind=StepKind.LESS)
    first = before[0]
    return replace(
        first,
        id="",
        title=f"{first.title}, asked in advance",
        amount_exact=-exact,
        amount=-amount,
        quantity=None,
        reason="asked in advance on the document of the month before",
        steps=(step,),
        adjusts=None,
        advance=Advance.SETTLED,
    )


def charged_for(own: Sequence[Line], before: Sequence[Line]) -> tuple[Line, ...]:
    """What a month was charged: its document's lines without those about other months' documents.

    `before` are the lines of the document of the month before; what it asked, and nobody had to settle, is
    what this month was charged.
    """
    asked = asked_in(before)
    if not asked and all(line.advance is Advance.NONE for line in own):
        return tuple(own)
    again = {(line.subscription, line.price_key) for line in own if line.advance is Advance.SETTLED}
    kept = [replace(line, advance=Advance.NONE) for line in asked if _place(line) not in again]
    return (*(line for line in own if line.advance is Advance.NONE), *kept)


def _place(line: Line) -> tuple[str, str]:
    return line.subscription, line.price_key


def asked_for(lines: Iterable[Line], subscription: str) -> Iterator[Line]:
    """What these lines of the month before asked of the subscription for the month."""
    return (one for one in lines if one.advance is Advance.ASKED and one.subscription == subscription)
