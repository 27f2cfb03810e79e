"""Readings as a document states them, for usage that was erased: then prices and sums are checked alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from steelyard.billing.adjust import BilledPeriod, charged
from steelyard.billing.model import Document, Line
from steelyard.billing.readings import Span
from steelyard.billing.terms import Reading, Terms
from steelyard.kernel import ZERO
from steelyard.rating import DynamicPrice


def stated_terms(spans: Sequence[Span], readings: dict[tuple[str, str], Reading]) -> list[Terms]:
    """The terms with readings by subscription and price key; an amount that events carried is worked back."""
    return [
        Terms(
            card=span.card,
            active=span.active,
            past=span.past,
            readings={
                item.price.key: reading
                for item in span.card.items
                if item.metric is not None
                and item.quantity is None
                and (reading := readings.get((span.card.subscription, item.price.key)))
            },
        )
        for span in spans
    ]


def own_readings(document: Document, spans: Sequence[Span]) -> dict[tuple[str, str], Reading]:
    """What the document's own lines state; amounts of a credit note with their sign turned back."""
    sign = -1 if document.kind.value == "credit_note" else 1
    lines = [line for line in document.lines if line.adjusts is None]
    return {
        (line.subscription, line.price_key): _reading(line, line.quantity, sign * line.amount_exact, factor)
        for line, factor in _dynamic(lines, spans)
    }


def adjusted_readings(
    document: Document, billed: BilledPeriod, spans: Sequence[Span]
) -> dict[tuple[str, str], Reading]:
    """What the document states of an adjusted period as it is now, and its documents of the rest."""
    found: dict[tuple[str, str], Reading] = {}
    before = [(one.line, one.quantity, one.amount_exact) for one in charged(billed).values()]
    now = [
        (line, line.adjusts.quantity, line.adjusts.amount_exact)
        for line in document.lines
        if line.adjusts and line.adjusts.period_name == billed.name
    ]
    factors = {id(line): factor for line, factor in _dynamic([line for line, *_ in before + now], spans)}
    for line, quantity, exact in before + now:
        place = (line.subscription, line.price_key)
        found[place] = _reading(line, quantity, exact, factors[id(line)])
    return {place: one for place, one in found.items() if one.quantity or one.amount or one.events}


def _reading(line: Line, quantity: Decimal | None, exact: Decimal, factor: Decimal | None) -> Reading:
    return Reading(
        quantity=quantity or ZERO,
        amount=None if factor is None else exact / factor if factor else ZERO,
        events=line.events,
        first_seq=line.first_seq,
        last_seq=line.last_seq,
    )


def _dynamic(lines: Iterable[Line], spans: Sequence[Span]) -> Iterable[tuple[Line, Decimal | None]]:
    """Each line with the factor of its price where its events carry their amounts."""
    factors = {
        (span.card.subscription, item.price.key): item.price.model.multiplier
        for span in spans
        for item in span.card.items
        if isinstance(item.price.model, DynamicPrice)
    }
    for line in lines:
        yield line, factors.get((line.subscription, line.price_key))
