"""What was charged before: a customer's billed months as they stand now, for terms that look back.

A commitment of a year, an amount given once, a floor over a contract year: what such a month comes to
depends on the months before it. They are read from the customer's own documents, which alone prove it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from steelyard.billing.adjust import BilledPeriod, LineKey, billed_periods, key_of
from steelyard.billing.ahead import asked_for, charged_for
from steelyard.billing.lot_draws import credit_lines_of
from steelyard.billing.model import CreditNote, Document, Line
from steelyard.kernel import Period
from steelyard.kernel.period import zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """What credit that nobody paid for took off a charge."""

    subscription: str
    price_key: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PastPeriod:
    """A month that was billed: what it was charged, as all documents about it leave it, amounts as charges.

    `said` are the lines of its own document, where they are others: of payment in advance.
    """

    name: str
    period: Period
    lines: tuple[Line, ...]
    gifts: tuple[Gift, ...] = ()
    said: tuple[Line, ...] | None = None


Past = tuple[PastPeriod, ...]


def past_of(documents: Iterable[Document], *, before: datetime) -> Past:
    """The months that these documents of one customer billed, of those that begin before the moment.

    >>> from steelyard.kernel import instant
    >>> past_of([], before=instant("2026-11-01T00:00:00Z"))
    ()
    """
    periods = [one for one in billed_periods(documents) if one.first.period.start < before]
    return _by_month(
        PastPeriod(
            name=one.name,
            period=one.first.period,
            lines=_as_it_stands(one),
            gifts=tuple(_gifts(one)),
        )
        for one in periods
    )


def _by_month(stated: Iterable[PastPeriod]) -> Past:
    """The months with what each was charged, whichever document asked for it."""
    found: list[PastPeriod] = []
    before: PastPeriod | None = None
    for one in stated:
        follows = before is not None and before.period.end == one.period.start
        asked = said_by(before) if follows and before is not None else ()
        lines = charged_for(one.lines, asked)
        before = one if lines == one.lines else replace(one, lines=lines, said=one.lines)
        found.append(before)
    return tuple(found)


def said_by(one: PastPeriod) -> tuple[Line, ...]:
    """The lines of the month's own document."""
    return one.lines if one.said is None else one.said


def asked_before(past: Past, period: Period, subscription: str) -> list[Line]:
    """What the document of the month before asked of the subscription for the period."""
    return [
        line
        for one in past
        if one.period.end == period.start
        for line in asked_for(said_by(one), subscription)
    ]


def _gifts(billed: BilledPeriod) -> Iterator[Gift]:
    """What lots of credit took off the period's lines beyond what the customer had paid for them."""
    for document in (billed.first, *billed.later):
        for line in credit_lines_of([document], billed.name):
            # An adjustment of a draw names the line of the document that drew first.
            own = document if line.adjusts is None else billed.first
            paid = {one.id: one for one in own.lines}
            for draw in line.draws:
                target = paid.get(draw.line)
                if target is not None and draw.amount != draw.cost:
                    yield Gift(
                        subscription=target.subscription,
                        price_key=target.price_key,
                        amount=draw.amount - draw.cost,
                    )


def renewed(past: Past, anew: Mapping[Period, Sequence[Line]]) -> Past:
    """The past in which these months are as they were worked out anew."""
    stated = [replace(one, lines=said_by(one), said=None) for one in past]
    return _by_month(
        replace(one, lines=tuple(anew[one.period])) if one.period in anew else one for one in stated
    )


def by_month(
    past: Sequence[PastPeriod], start: datetime, timezone: str, count: int
) -> list[PastPeriod | None]:
    """The so many calendar months from that of `start` on; None for a month that has no document."""
    local = zone(timezone)
    first = start.astimezone(local)
    found: list[PastPeriod | None] = [None] * count
    for one in past:
        own = one.period.start.astimezone(local)
        month = (own.year - first.year) * 12 + own.month - first.month
        if 0 <= month < count:
            found[month] = one
    return found


def _as_it_stands(billed: BilledPeriod) -> tuple[Line, ...]:
    """Each line of the period as the last document about it says it; those that came to nothing are left."""
    found: dict[LineKey, Line] = {}
    for document in (billed.first, *billed.later):
        own = document is billed.first
        for line in document.lines:
            about = None if line.adjusts is None else line.adjusts.period_name
            if about == (None if own else billed.name):
                found[key_of(line)] = _whole(line, credited=isinstance(document, CreditNote))
    return tuple(found.values())


def _whole(line: Line, *, credited: bool) -> Line:
    said = line.adjusts
    if said is None:
        if not credited:
            return line
        return replace(line, amount=-line.amount, amount_exact=-line.amount_exact)
    return replace(
        line,
        amount=said.amount,
        amount_exact=said.amount_exact,
        quantity=said.quantity,
        steps=line.steps[:-1],
        adjusts=None,
    )
