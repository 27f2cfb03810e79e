"""The one price calculation: every bill, quote, preview, forecast and backtest calls these functions.

`rate` charges a whole quantity; `rate_between` charges what came on top of a quantity charged before, so
that progressive billing can neither gain nor lose by splitting (the deltas of the cumulative telescope).
"""

from __future__ import annotations

import dataclasses
from decimal import Decimal

from steelyard.kernel import ONE, ZERO, InvalidInput
from steelyard.rating.amounts import amount_of
from steelyard.rating.exactly import exactly
from steelyard.rating.model import Rated, Refusal, RefusalCode, Step, StepKind, Usage, UsagePart
from steelyard.rating.models import (
    block,
    dynamic,
    flat,
    graduated,
    matrix,
    multi_unit,
    package,
    per_unit,
    percentage,
    stairstep,
    volume,
    windowed,
)
from steelyard.rating.prices import (
    BlockPrice,
    MatrixPrice,
    MultiUnitPrice,
    PercentagePrice,
    PriceModel,
    StairstepPrice,
    WindowedPrice,
)
from steelyard.rating.simple_prices import (
    DynamicPrice,
    FlatPrice,
    GraduatedPrice,
    PackagePrice,
    PerUnitPrice,
    VolumePrice,
)
from steelyard.rating.wording import PLAIN, Wording


def rate(price: PriceModel, usage: Usage, *, included: Decimal = ZERO, wording: Wording = PLAIN) -> Rated:
    """What this usage costs by this price: the exact amount and each step in words.

    The first `included` units are free; the price rates the rest. Raises InvalidInput where `refusal` gives
    a reason; ask it first where the usage may be refused.

    >>> rate(PerUnitPrice(unit_amount=Decimal("0.25")), Usage(quantity=Decimal(10))).amount
    Decimal('2.50')
    """
    return rate_between(price, None, usage, included=included, wording=wording)


def rate_between(
    price: PriceModel,
    before: Usage | None,
    after: Usage,
    *,
    included: Decimal = ZERO,
    wording: Wording = PLAIN,
) -> Rated:
    """What `after` costs beyond `before`, both counted from the start of the period.

    `before=None` means that nothing was charged yet; a `before` of zero units means that the charge for no
    usage (such as the first tier's flat amount) was made already. Always `rate(after) - rate(before)`.

    >>> ten = PackagePrice(size=Decimal(10), amount=Decimal(15))
    >>> rate_between(ten, Usage(quantity=Decimal("11")), Usage(quantity=Decimal("25"))).amount
    Decimal('15')
    """
    for usage in (before, after):
        if usage is not None and (no := refusal(price, _net(usage, included))):
            raise InvalidInput(no.reason, code=no.code.value)
    with exactly():
        if before is not None and after.quantity < before.quantity:
            return _taken_back(_beyond_included(price, after, before, included, wording))
        return _beyond_included(price, before, after, included, wording)


def refusal(price: PriceModel, usage: Usage) -> Refusal | None:
    """Why this usage cannot be rated by this price, or None if it can.

    >>> refusal(PackagePrice(size=Decimal(10), amount=Decimal(1)), Usage(quantity=Decimal(-1))).code.value
    'negative_quantity'
    """
    match price:
        case MatrixPrice() | MultiUnitPrice() | WindowedPrice() if usage.quantity and not usage.parts:
            return Refusal(
                code=RefusalCode.PARTS_MISSING, reason="the price looks into the usage, which is not divided"
            )
        case GraduatedPrice() | VolumePrice() | PackagePrice() | StairstepPrice() | BlockPrice() if (
            usage.quantity < 0
        ):
            return Refusal(
                code=RefusalCode.NEGATIVE_QUANTITY,
                reason="a price with tiers or packages has no meaning below zero units",
            )
        case VolumePrice() if not volume.holds(price, usage):
            return _above_last("the quantity lies above the last tier, which is bounded")
        case StairstepPrice() if not stairstep.holds(price, usage):
            return _above_last("the usage lies above the last step, which is bounded")
        case DynamicPrice() if usage.amount is None:
            return Refusal(
                code=RefusalCode.AMOUNT_MISSING,
                reason="the price rests on amounts that the events do not carry",
            )
        case PercentagePrice() if price.is_by_event and len(usage.values) != usage.events:
            return Refusal(
                code=RefusalCode.VALUES_MISSING,
                reason="each event is priced alone, and not all their values are known",
            )
        case MatrixPrice() if part := matrix.unpriced(price, usage):
            return _no_rate(part)
        case MultiUnitPrice() if part := multi_unit.unpriced(price, usage):
            return _no_rate(part)
        case MultiUnitPrice():
            return _first_refusal(price, usage)
        case _:
            return None


def _above_last(reason: str) -> Refusal:
    return Refusal(code=RefusalCode.ABOVE_LAST_TIER, reason=reason)


def _no_rate(part: UsagePart) -> Refusal:
    where = ", ".join(value or "no value" for value in part.at)
    return Refusal(code=RefusalCode.NO_RATE, reason=f"there is no amount for {where}")


def _first_refusal(price: MultiUnitPrice, usage: Usage) -> Refusal | None:
    """Why one of the kinds of units cannot be rated by its own model."""
    for part in usage.parts:
        unit = multi_unit.unit_of(price, part)
        if no := refusal(unit.price, Usage(quantity=part.quantity)):
            return no
    return None


def explain(rated: Rated) -> list[str]:
    """The steps of a charge as sentences.

    >>> explain(rate(FlatPrice(amount=Decimal(500)), Usage(quantity=Decimal(0))))
    ['500.00 flat']
    """
    return [step.text for step in rated.steps]


def net_of_included(quantity: Decimal, included: Decimal) -> Decimal:
    """The units beyond the included ones; never below zero because of them.

    >>> net_of_included(Decimal(12), Decimal(10)), net_of_included(Decimal(7), Decimal(10))
    (Decimal('2'), Decimal('0'))
    """
    return quantity - min(max(quantity, ZERO), included)


def _net(usage: Usage, included: Decimal) -> Usage:
    """The usage that the price rates."""
    if not included:
        return usage
    return dataclasses.replace(usage, quantity=net_of_included(usage.quantity, included))


def _beyond_included(
    price: PriceModel, before: Usage | None, after: Usage, included: Decimal, wording: Wording
) -> Rated:
    if not included:
        return _between(price, before, after, wording)
    net = _net(after, included)
    net_before = before and _net(before, included)
    rated = _between(price, net_before, net, wording)
    free = after.quantity - net.quantity
    if before and net_before:
        free -= before.quantity - net_before.quantity
    whole = after.quantity - (before.quantity if before else ZERO)
    text = f"{wording.number(free)} of {wording.count(whole)} included"
    step = Step(text=text, quantity=free, unit_amount=ZERO, amount=ZERO, kind=StepKind.NOTE)
    return Rated(amount=rated.amount, steps=(step, *rated.steps) if free else rated.steps)


def _between(price: PriceModel, before: Usage | None, after: Usage, wording: Wording) -> Rated:
    match price:
        case FlatPrice():
            return flat.rate_between(price, before, after, wording)
        case PerUnitPrice():
            return per_unit.rate_between(price, before, after, wording)
        case GraduatedPrice():
            return graduated.rate_between(price, before, after, wording)
        case PackagePrice():
            return package.rate_between(price, before, after, wording)
        case DynamicPrice():
            return dynamic.rate_between(price, before, after, wording)
        case _:
            return _less(_whole(price, after, wording), price, before, wording)


def _whole(price: PriceModel, usage: Usage, wording: Wording) -> Rated:
    """A whole usage by one of the models that price everything anew when more is used."""
    match price:
        case VolumePrice():
            return volume.rate(price, usage, wording)
        case StairstepPrice():
            return stairstep.rate(price, usage, wording)
        case PercentagePrice():
            return percentage.rate(price, usage, wording)
        case BlockPrice():
            return block.rate(price, usage, wording)
        case MatrixPrice():
            return matrix.rate(price, usage, wording)
        case MultiUnitPrice():
            return multi_unit.rate(price, usage, wording)
        case WindowedPrice():
            return windowed.rate(price, usage, wording)
        case _:
            raise AssertionError(f"{type(price).__name__} is rated between two usages")


def _less(whole: Rated, price: PriceModel, before: Usage | None, wording: Wording) -> Rated:
    """What was charged before is taken off, where everything is priced anew."""
    if before is None:
        return whole
    charged = amount_of(price, before)
    step = Step(
        text=f"less {wording.amount(charged)} charged before for {wording.count(before.quantity)}",
        quantity=ONE,
        unit_amount=-charged,
        amount=-charged,
        kind=StepKind.LESS,
    )
    return Rated(amount=whole.amount - charged, steps=(*whole.steps, step))


def _taken_back(rated: Rated) -> Rated:
    """The same steps the other way round, for a quantity that went down."""
    steps = tuple(
        dataclasses.replace(
            step, text=f"taken back: {step.text}", quantity=-step.quantity, amount=-step.amount
        )
        for step in rated.steps
    )
    return Rated(amount=-rated.amount, steps=steps)
