"""Windowed: each hour or day at the terms of its time, with a commitment that each window settles alone."""

from __future__ import annotations

from decimal import Decimal

from steelyard.kernel import ZERO
from steelyard.rating.commitment import Settled, WindowTerms, settle_window, terms_at
from steelyard.rating.model import Rated, Step, Usage, UsagePart
from steelyard.rating.prices import WindowedPrice
from steelyard.rating.wording import Wording, flat_step


def amount(price: WindowedPrice, usage: Usage) -> Decimal:
    """What the windows cost together.

    >>> from steelyard.rating.commitment import HourTerms
    >>> day = HourTerms(from_hour=9, to_hour=17, terms=WindowTerms(unit_amount=Decimal(3)))
    >>> price = WindowedPrice(outside=WindowTerms(unit_amount=Decimal(1)), hours=(day,))
    >>> parts = (
    ...     UsagePart(at=("2026-10-03T08",), quantity=Decimal(10)),
    ...     UsagePart(at=("2026-10-03T09",), quantity=Decimal(10)),
    ... )
    >>> amount(price, Usage(quantity=Decimal(20), parts=parts))
    Decimal('40')
    """
    return settle(price, usage).amount


def settle(price: WindowedPrice, usage: Usage) -> Settled:
    """Usage within the commitments, overage above them and true-up to them, over all windows."""
    return sum((settle_window(terms_of(price, part), part.quantity) for part in usage.parts), start=Settled())


def terms_of(price: WindowedPrice, part: UsagePart) -> WindowTerms:
    """The terms of the time at which the window begins."""
    if not price.hours:
        return price.outside
    return terms_at(int(part.at[0][11:13]), price.hours, price.outside)


def rate(price: WindowedPrice, usage: Usage, wording: Wording) -> Rated:
    """For each time of day a step of what was used, and what its commitments change.

    >>> price = WindowedPrice(outside=WindowTerms(unit_amount=Decimal(1)))
    >>> parts = (UsagePart(at=("2026-10-03T08",), quantity=Decimal(10)),)
    >>> rate(price, Usage(quantity=Decimal(10), parts=parts), Wording()).steps[0].text
    '10 units × 1.00 = 10.00 (1 hour)'
    """
    steps: list[Step] = []
    at = [_time_of(price, part) for part in usage.parts]
    for time, (name, terms) in enumerate(_times(price)):
        parts = [part for part, own in zip(usage.parts, at, strict=True) if own == time]
        if parts:
            steps += _steps(price, name, terms, parts, wording)
    return Rated(amount=sum((step.amount for step in steps), ZERO), steps=tuple(steps))


def _time_of(price: WindowedPrice, part: UsagePart) -> int:
    """Which of the times the window belongs to: the first span that holds it, else outside of all."""
    if not price.hours:
        return 0
    hour = int(part.at[0][11:13])
    held = (n for n, span in enumerate(price.hours) if span.from_hour <= hour < span.to_hour)
    return next(held, len(price.hours))


def _times(price: WindowedPrice) -> list[tuple[str, WindowTerms]]:
    spans = [(f"{span.from_hour:02}:00 to {span.to_hour:02}:00", span.terms) for span in price.hours]
    return [*spans, ("at other times" if spans else "", price.outside)]


def _steps(
    price: WindowedPrice, name: str, terms: WindowTerms, parts: list[UsagePart], wording: Wording
) -> list[Step]:
    settled = sum((settle_window(terms, part.quantity) for part in parts), start=Settled())
    units = sum((part.quantity for part in parts), ZERO)
    cost = units * terms.unit_amount
    windows = Wording(unit=f"{price.window.value}s").count(Decimal(len(parts)))
    where = f"{windows}, {name}" if name else windows
    text = f"{wording.count(units)} × {wording.amount(terms.unit_amount)} = {wording.amount(cost)} ({where})"
    steps = [Step(text=text, quantity=units, unit_amount=terms.unit_amount, amount=cost)]
    dearer = settled.utilized + settled.overage - cost
    if dearer:
        above = _above(terms, parts)
        factor = wording.number(terms.overage_factor)
        text = f"{wording.amount(above)} above what {price.window.value}s are committed to"
        text += f", × {factor}: {wording.amount(dearer)} more"
        steps.append(Step(text=text, quantity=above, unit_amount=terms.overage_factor - 1, amount=dearer))
    if settled.true_up:
        text = f"{wording.amount(settled.true_up)} to what {price.window.value}s are committed to"
        steps.append(flat_step(settled.true_up, text))
    return steps


def _above(terms: WindowTerms, parts: list[UsagePart]) -> Decimal:
    committed = terms.commitment or ZERO
    return sum((max(ZERO, part.quantity * terms.unit_amount - committed) for part in parts), ZERO)
