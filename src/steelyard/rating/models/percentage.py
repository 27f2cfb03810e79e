"""Percentage: a share of the money that was moved, and an amount for each event that moved it.

Two rules for what is free are in use (`FreeWindow`). By running totals, with the window over as soon as the
events or the amount are used up: an event counts as free while the total so far stays below the free amount.
Event by event, where each has its own minimum and maximum: the event that uses up the free amount pays for
the rest of itself.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from steelyard.kernel import ZERO
from steelyard.rating.model import Rated, Step, StepKind, Usage
from steelyard.rating.prices import FreeWindow, PercentagePrice
from steelyard.rating.wording import Wording


class Free(NamedTuple):
    """What the free window takes off: an amount of money, and a number of events."""

    amount: Decimal
    events: int


class _Fee(NamedTuple):
    """What one event costs, and which bound made it so (blank: none)."""

    base: Decimal
    amount: Decimal
    bound: str


def amount(price: PercentagePrice, usage: Usage) -> Decimal:
    """The share and the amounts per event; nothing for no money.

    >>> price = PercentagePrice(percent=Decimal("2.9"), event_amount=Decimal("0.3"))
    >>> amount(price, Usage(quantity=Decimal(200), events=2))
    Decimal('6.400')
    """
    if price.is_by_event:
        return sum((fee.amount for fee in _fees(price, usage.values)), ZERO)
    if not usage.quantity:
        return ZERO
    free = free_of(price, usage)
    share = max(ZERO, usage.quantity - free.amount) * price.percent.scaleb(-2)
    return share + max(0, usage.events - free.events) * price.event_amount


def rate(price: PercentagePrice, usage: Usage, wording: Wording) -> Rated:
    """The same with what is free, the share, and the amounts per event as steps.

    >>> price = PercentagePrice(percent=Decimal(2), free_events=1)
    >>> usage = Usage(quantity=Decimal(150), events=3, values=(Decimal(50),))
    >>> [step.text for step in rate(price, usage, Wording()).steps]
    ['free: 50.00 of 150.00, 1 of 3 events', '2% of 100.00 = 2.00']
    """
    if price.is_by_event:
        steps = tuple(_event_steps(price, usage, wording))
    elif not usage.quantity:
        steps = ()
    else:
        steps = tuple(_total_steps(price, usage, wording))
    return Rated(amount=sum((step.amount for step in steps), ZERO), steps=steps)


def free_of(price: PercentagePrice, usage: Usage) -> Free:
    """What is free by running totals of the first events.

    The free amount is the running total after the free events where more events are known, the last one known
    where no amount limits it, else the lesser of it and the free amount. The free events are the fewer of
    those promised and those before the free amount was reached.

    >>> fifties = Usage(quantity=Decimal(150), events=3, values=(Decimal(50),) * 3)
    >>> free_of(PercentagePrice(percent=Decimal(1), free_amount=Decimal(60)), fifties)
    Free(amount=Decimal('60'), events=1)
    """
    if not price.free_events and not price.free_amount:
        return Free(amount=ZERO, events=0)
    totals = list(itertools.accumulate(usage.values))
    below = sum(1 for total in totals if total < price.free_amount)
    counts = [count for count in (price.free_events, below) if count]
    return Free(amount=_free_amount(price, totals), events=min(counts, default=0))


def _free_amount(price: PercentagePrice, totals: list[Decimal]) -> Decimal:
    if not totals or totals[-1] == 0:
        return ZERO
    if 0 < price.free_events < len(totals):
        return totals[price.free_events - 1]
    return totals[-1] if price.free_amount == 0 else min(price.free_amount, totals[-1])


def values_needed(price: PercentagePrice, values: Iterator[Decimal]) -> Iterator[Decimal]:
    """The values of events that the price has to know, from all of them in their order.

    >>> price = PercentagePrice(percent=Decimal(1), free_amount=Decimal(60))
    >>> [str(value) for value in values_needed(price, iter([Decimal(50)] * 9))]
    ['50', '50']
    """
    if price.is_by_event:
        yield from values
    elif price.free_events:
        yield from itertools.islice(values, price.free_events)
    elif price.free_amount:
        total = ZERO
        for value in values:
            yield value
            total += value
            if total >= price.free_amount:
                return


def _fees(price: PercentagePrice, values: tuple[Decimal, ...]) -> Iterator[_Fee]:
    """What each paying event costs."""
    for base in _paying(price, values):
        fee = base * price.percent.scaleb(-2) + price.event_amount
        if price.event_minimum is not None and fee < price.event_minimum:
            fee, bound = price.event_minimum, "at least"
        elif price.event_maximum is not None and fee > price.event_maximum:
            fee, bound = price.event_maximum, "at most"
        else:
            bound = ""
        yield _Fee(base, fee, bound)


def _paying(price: PercentagePrice, values: tuple[Decimal, ...]) -> Iterator[Decimal]:
    """The part of each event that pays; events that are wholly free are left out."""
    events, free = price.free_events, price.free_amount
    for value in values:
        if not _is_open(price, events, free):
            yield value
            continue
        events -= 1
        if free == 0:
            continue
        if free > value:
            free -= value
            continue
        yield value - free
        events, free = 0, ZERO


def _is_open(price: PercentagePrice, events: int, free: Decimal) -> bool:
    """Whether the free window is open with so many events and so much left."""
    if price.free_until is FreeWindow.BOTH or not (price.free_events and price.free_amount):
        return events > 0 or free > 0
    return events > 0 and free > 0


def _total_steps(price: PercentagePrice, usage: Usage, wording: Wording) -> Iterator[Step]:
    free = free_of(price, usage)
    if free.amount or free.events:
        text = f"free: {wording.amount(free.amount)} of {wording.amount(usage.quantity)}"
        text += f", {free.events:,} of {usage.events:,} events"
        yield Step(text=text, quantity=free.amount, unit_amount=ZERO, amount=ZERO, kind=StepKind.NOTE)
    yield _share(price, max(ZERO, usage.quantity - free.amount), wording)
    events = max(0, usage.events - free.events)
    if price.event_amount and events:
        yield _each(events, price.event_amount, wording)


def _event_steps(price: PercentagePrice, usage: Usage, wording: Wording) -> Iterator[Step]:
    """One step for the events at their own price, one for those at each bound."""
    fees = list(_fees(price, usage.values))
    free = len(usage.values) - len(fees)
    if free:
        text = f"free: {free:,} of {len(usage.values):,} events"
        yield Step(text=text, quantity=Decimal(free), unit_amount=ZERO, amount=ZERO, kind=StepKind.NOTE)
    own = [fee.base for fee in fees if not fee.bound]
    if own:
        yield _share(price, sum(own, ZERO), wording)
        if price.event_amount:
            yield _each(len(own), price.event_amount, wording)
    bounded = Counter((fee.bound, fee.amount) for fee in fees if fee.bound)
    for (bound, each), count in sorted(bounded.items()):
        yield _each(count, each, wording, f" ({bound})")


def _share(price: PercentagePrice, base: Decimal, wording: Wording) -> Step:
    rate = price.percent.scaleb(-2)
    cost = base * rate
    text = f"{wording.number(price.percent)}% of {wording.amount(base)} = {wording.amount(cost)}"
    return Step(text=text, quantity=base, unit_amount=rate, amount=cost)


def _each(count: int, each: Decimal, wording: Wording, remark: str = "") -> Step:
    words = Wording(unit="events")
    cost = count * each
    text = f"{words.count(Decimal(count))} × {wording.amount(each)} = {wording.amount(cost)}{remark}"
    return Step(text=text, quantity=Decimal(count), unit_amount=each, amount=cost)
