"""Readings as a document states them, for usage that was erased: then prices and sums are checked alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from steelyard.billing.adjust import BilledPeriod, charged
from steelyard.billing.model import Document, Line
from steelyard.billing.readings import Span
from steelyard.billing.terms import Reading, Terms
from steelyard.contracts import RatedItem
from steelyard.kernel import ZERO, iso
from steelyard.rating import DynamicPrice

Place = tuple[str, str, str]
"""Where a reading belongs: subscription, price, and the start of the time over which it was measured."""


def stated_terms(spans: Sequence[Span], readings: dict[Place, Reading]) -> list[Terms]:
    """The terms with readings by subscription and price key; an amount that events carried is worked back."""
    return [
        Terms(
            card=span.card,
            active=span.active,
            past=span.past,
            ahead=span.ahead,
            readings={
                item.slot: reading
                for item in span.card.items
                if item.metric is not None
                and item.quantity is None
                and (reading := readings.get(_place_of(span, item)))
            },
            timezone=span.timezone,
        )
        for span in spans
    ]


def _place_of(span: Span, item: RatedItem) -> Place:
    return (span.card.subscription, item.price.key, iso((item.active or span.active).start))


def _place(line: Line) -> Place:
    return (line.subscription, line.price_key, iso(line.period.start))


def own_readings(document: Document, spans: Sequence[Span]) -> dict[Place, Reading]:
    """What the document's own lines state; amounts of a credit note with their sign turned back."""
    sign = -1 if document.kind.value == "credit_note" else 1
    lines = [line for line in document.lines if line.adjusts is None]
    return {
        _place(line): _reading(line, line.quantity, sign * line.amount_exact, factor)
        for line, factor in _dynamic(lines, spans)
    }


def adjusted_readings(
    document: Document, billed: BilledPeriod, spans: Sequence[Span]
) -> dict[Place, Reading]:
    """What the document states of an adjusted period as it is now, and its documents of the rest."""
    found: dict[Place, Reading] = {}
    before = [(one.line, one.quantity, one.amount_exact) for one in charged(billed).values()]
    now = [
        (line, line.adjusts.quantity, line.adjusts.amount_exact)
        for line in document.lines
        if line.adjusts and line.adjusts.period_name == billed.name
    ]
    factors = {id(line): factor for line, factor in _dynamic([line for line, *_ in before + now], spans)}
    for line, quantity, exact in before + now:
        place = _place(line)
        found[place] = _reading(line, quantity, exact, factors[id(line)])
    return {place: one for place, one in found.items() if one.quantity or one.amount or one.events}


def _reading(line: Line, quantity: Decimal | None, exact: Decimal, factor: Decimal | None) -> Reading:
    return Reading(
        quantity=quantity or ZERO,
        amount=None if factor is None else exact / factor if factor else ZERO,
        events=line.events,
        first_seq=line.first_seq,
        last_seq=line.last_seq,
        parts=line.parts,
    )


def _dynamic(lines: Iterable[Line], spans: Sequence[Span]) -> Iterable[tuple[Line, Decimal | None]]:
    """Each line with the factor of its price where its events carry their amounts."""
    factors = {
        _place_of(span, item): item.price.model.multiplier
        for span in spans
        for item in span.card.items
        if isinstance(item.price.model, DynamicPrice)
    }
    for line in lines:
        yield line, factors.get(_place(line))
