"""Readings as a document states them, for usage that was erased: then prices and sums are checked alone."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from steelyard.billing.adjust import BilledPeriod, charged
from steelyard.billing.evidence.single_events import stated_charge
from steelyard.billing.model import Document, Line
from steelyard.billing.readings import Span
from steelyard.billing.terms import Reading, Terms
from steelyard.catalog import Price
from steelyard.contracts import RatedItem
from steelyard.kernel import ZERO, iso
from steelyard.rating import DynamicPrice, Step

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
    lines = [line for line in document.lines if line.adjusts is None and line.borne is None]
    prices = _prices(spans)
    return {
        _place(line): _reading(
            line, line.quantity, sign * line.amount_exact, prices.get(_place(line)), line.steps
        )
        for line in lines
    }


def adjusted_readings(
    document: Document, billed: BilledPeriod, spans: Sequence[Span]
) -> dict[Place, Reading]:
    """What the document states of an adjusted period as it is now, and its documents of the rest."""
    found: dict[Place, Reading] = {}
    prices = _prices(spans)
    said = [
        (
            one.line,
            one.quantity,
            one.amount_exact,
            one.line.steps[:-1] if one.line.adjusts else one.line.steps,
        )
        for one in charged(billed).values()
    ]
    said += [
        (line, line.adjusts.quantity, line.adjusts.amount_exact, line.steps[:-1])
        for line in document.lines
        if line.adjusts and line.adjusts.period_name == billed.name
    ]
    said = [one for one in said if one[0].borne is None]
    for line, quantity, exact, steps in said:
        place = _place(line)
        found[place] = _reading(line, quantity, exact, prices.get(place), steps)
    return {place: one for place, one in found.items() if one.quantity or one.amount or one.events}


def _reading(
    line: Line, quantity: Decimal | None, exact: Decimal, price: Price | None, steps: Sequence[Step]
) -> Reading:
    """What the line states; an amount that events carried is worked back from the charge."""
    amount, stated = None, None
    if price is not None and isinstance(price.model, DynamicPrice):
        amount = exact / price.model.multiplier if price.model.multiplier else ZERO
    elif price is not None:
        stated = stated_charge(price, steps, quantity=quantity or ZERO, events=line.events, exact=exact)
    return Reading(
        quantity=quantity or ZERO,
        amount=amount,
        events=line.events,
        first_seq=line.first_seq,
        last_seq=line.last_seq,
        parts=line.parts,
        stated=stated,
    )


def _prices(spans: Sequence[Span]) -> dict[Place, Price]:
    return {_place_of(span, item): item.price for span in spans for item in span.card.items}
