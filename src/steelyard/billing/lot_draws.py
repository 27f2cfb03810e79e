"""What lots of credit paid on documents, line by line, and the lines that say so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from steelyard.billing.model import Document, DraftInvoice, Line, LineGroup, LotDraw
from steelyard.billing.rounding import kept, nothing
from steelyard.kernel import ONE, ZERO, minor_digits
from steelyard.rating import Step, StepKind, Wording

LOT_REASON: Final = "credit lot "
"""How the reason of a line of credit begins; the lot's id follows."""


def is_credit(line: Line) -> bool:
    """Whether the line says what a lot of credit paid.

    Its `price_key` is the lot's id, its quantity the units that were drawn. What a commitment covers stands
    under the same heading and names no lot.
    """
    return line.group is LineGroup.CREDIT and line.reason.startswith(LOT_REASON)


def lots_named(document: Document) -> list[str]:
    """The lots that the document itself drew on, adjustments of earlier periods apart."""
    lines = (line for line in document.lines if is_credit(line) and line.adjusts is None)
    return list(dict.fromkeys(line.price_key for line in lines))


def net_draws(lines: Iterable[Line]) -> list[LotDraw]:
    """What these lines drew in the end, by lot and paid line, in the order in which it was drawn first.

    >>> net_draws([])
    []
    """
    found: dict[tuple[str, str], LotDraw] = {}
    for draw in (draw for line in lines for draw in line.draws):
        place = (draw.lot, draw.line)
        so_far = found.get(place)
        found[place] = draw if so_far is None else plus(so_far, draw)
    return list(found.values())


def plus(one: LotDraw, other: LotDraw, sign: int = 1) -> LotDraw:
    """Both draws of one lot and line together, or the first less the other."""
    return replace(
        one,
        units=one.units + sign * other.units,
        amount=one.amount + sign * other.amount,
        cost=one.cost + sign * other.cost,
    )


def part_of(draw: LotDraw, amount: Decimal) -> LotDraw:
    """The draw cut to an amount, its units and cost in proportion."""
    if amount == draw.amount:
        return draw
    share = amount / draw.amount
    return replace(draw, units=kept(draw.units * share), amount=amount, cost=kept(draw.cost * share))


def difference(now: Sequence[LotDraw], was: Sequence[LotDraw]) -> tuple[LotDraw, ...]:
    """What must be drawn more, or given back, so that what was drawn becomes what is drawn now."""
    before = {(one.lot, one.line): one for one in was}
    found: list[LotDraw] = []
    for one in now:
        old = before.pop((one.lot, one.line), None)
        found.append(one if old is None else plus(one, old, -1))
    nil = [replace(one, units=ZERO, amount=ZERO, cost=ZERO) for one in before.values()]
    found += [plus(one, old, -1) for one, old in zip(nil, before.values(), strict=True)]
    return tuple(one for one in found if one.units or one.amount)


def credit_line(
    draft: DraftInvoice, draws: Sequence[LotDraw], *, title: str, unit: str, reason: str, note: str = ""
) -> Line:
    """The line that takes off what one lot pays, each paid line as a step of its own."""
    amount = sum((one.amount for one in draws), nothing(draft.currency))
    wording = Wording(unit=unit, decimals=minor_digits(draft.currency))
    titles = {line.id: line.title for line in draft.lines}
    steps = [_step(one, titles.get(one.line, one.line), draft.currency, wording) for one in draws]
    if note:
        steps.insert(0, Step(text=note, quantity=ZERO, unit_amount=ZERO, amount=ZERO, kind=StepKind.NOTE))
    return Line(
        id="",
        group=LineGroup.CREDIT,
        title=title,
        period=draft.period,
        amount_exact=-amount,
        amount=-amount,
        quantity=sum((one.units for one in draws), ZERO),
        unit=unit,
        price_key=draws[0].lot,
        reason=reason,
        steps=tuple(steps),
        draws=tuple(draws),
    )


def _step(draw: LotDraw, title: str, currency: str, wording: Wording) -> Step:
    text = f"{wording.amount(draw.amount)} {currency} of line {draw.line} ({title})"
    if wording.unit != currency:
        text = f"{wording.count(draw.units)} pay {text}"
    return Step(text=text, quantity=ONE, unit_amount=-draw.amount, amount=-draw.amount, kind=StepKind.LESS)


def credit_lines_of(documents: Iterable[Document], period_name: str) -> list[Line]:
    """The lines of credit by which documents paid a period: its own, and the adjustments of them since."""
    return [
        line
        for document in documents
        for line in document.lines
        if is_credit(line)
        and (line.adjusts.period_name == period_name if line.adjusts else document.period_name == period_name)
    ]
