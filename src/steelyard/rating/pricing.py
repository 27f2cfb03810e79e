"""A price with its options: from what was measured to what it costs, in one fixed order.

Weights turn parts into one normalised quantity; a conversion makes it units that are sold; the included
units are taken off; what lies above the cap is not charged; the model rates the rest, at once or part by part
(scope); the spend of the period is then kept between a minimum and a maximum.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from steelyard.kernel import ONE, ZERO, InvalidInput
from steelyard.rating.amounts import amount_of
from steelyard.rating.conversion import Conversion, ConversionOp, WholeUnits
from steelyard.rating.exactly import exactly, kept
from steelyard.rating.exchange import Exchange, exchanged
from steelyard.rating.model import Rated, Refusal, RefusalCode, Step, StepKind, Usage, UsagePart
from steelyard.rating.prices import PriceModel
from steelyard.rating.rate import rate, rate_between, refusal
from steelyard.rating.scope import Scope
from steelyard.rating.spend import cap, minimum_line
from steelyard.rating.weights import Weights
from steelyard.rating.wording import PLAIN, Wording

_DECIMALS: Final = 12
_ROUNDED = {WholeUnits.CEILING: "rounded up", WholeUnits.FLOOR: "rounded down", WholeUnits.HALF_UP: "rounded"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pricing:
    """A price model and what surrounds it; None and zero mean that there is no such option.

    `included` units are free, after conversion. Units beyond `cap` cost nothing. `minimum` and `maximum`
    bound what the period costs. The model's amounts are in the unit of `exchange`, the bounds never are.
    """

    model: PriceModel
    weights: Weights | None = None
    conversion: Conversion | None = None
    included: Decimal = ZERO
    cap: Decimal | None = None
    scope: Scope | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    exchange: Exchange | None = None

    @property
    def is_bare(self) -> bool:
        """Whether the model alone decides."""
        return (
            self.weights is None
            and self.conversion is None
            and not self.included
            and self.cap is None
            and self.scope is None
            and self.minimum is None
            and self.maximum is None
            and self.exchange is None
        )


def charge_amount(pricing: Pricing, usage: Usage) -> Decimal:
    """The amount of `charge` without its explanation, several times as fast.

    >>> from steelyard.rating.simple_prices import PerUnitPrice
    >>> price = Pricing(model=PerUnitPrice(unit_amount=Decimal(2)), included=Decimal(10), maximum=Decimal(5))
    >>> [str(charge_amount(price, Usage(quantity=Decimal(n)))) for n in (9, 12, 20)]
    ['0', '4', '5']
    """
    amount, usages = ZERO, _priced(pricing, usage)
    with exactly():
        for one in usages:
            if no := refusal(pricing.model, one):
                raise InvalidInput(no.reason, code=no.code.value)
            amount += amount_of(pricing.model, one)
        if pricing.exchange is not None:
            amount = pricing.exchange.of(amount)
        if pricing.maximum is not None and amount > pricing.maximum:
            amount = cap(amount, ZERO, pricing.maximum).total
        if pricing.minimum is not None:
            amount += minimum_line(pricing.minimum, amount)
    return amount


def charge(pricing: Pricing, usage: Usage, *, wording: Wording = PLAIN) -> Rated:
    """What this usage costs by the price and all its options, each step in words.

    Raises InvalidInput where `why_not` gives a reason.

    >>> from steelyard.rating.simple_prices import PerUnitPrice
    >>> price = Pricing(model=PerUnitPrice(unit_amount=Decimal(2)), included=Decimal(10), maximum=Decimal(5))
    >>> [step.text for step in charge(price, Usage(quantity=Decimal(20))).steps]
    ['20 units used, 10 included: 10 charged', '10 units × 2.00 = 20.00', '15.00 above the maximum of 5.00']
    """
    steps = list(_preparing(pricing, usage, wording))
    amount = ZERO
    for one in _priced(pricing, usage):
        rated = rate(pricing.model, one, wording=wording)
        steps += _named(rated.steps, one) if pricing.scope else rated.steps
        amount += rated.amount
    charged = Rated(amount=amount, steps=tuple(steps))
    if pricing.exchange is not None:
        charged = exchanged(charged, pricing.exchange, wording)
    return bounded(
        charged,
        minimum=pricing.minimum,
        maximum=pricing.maximum,
        wording=wording,
    )


def charge_between(
    pricing: Pricing, before: Usage | None, after: Usage, *, wording: Wording = PLAIN
) -> Rated:
    """What `after` costs beyond `before`, both counted from the start of the period: always the difference.

    >>> from steelyard.rating.simple_prices import PerUnitPrice
    >>> price = Pricing(model=PerUnitPrice(unit_amount=Decimal(2)), maximum=Decimal(5))
    >>> str(charge_between(price, Usage(quantity=ONE), Usage(quantity=Decimal(9))).amount)
    '3'
    """
    if before is None:
        return charge(pricing, after, wording=wording)
    if dataclasses.replace(pricing, included=ZERO).is_bare:
        return rate_between(pricing.model, before, after, included=pricing.included, wording=wording)
    whole, charged = charge(pricing, after, wording=wording), charge_amount(pricing, before)
    text = f"less {wording.amount(charged)} charged before for {wording.count(before.quantity)}"
    less = Step(text=text, quantity=ONE, unit_amount=-charged, amount=-charged, kind=StepKind.LESS)
    return Rated(amount=whole.amount - charged, steps=(*whole.steps, less))


def sold_unit(pricing: Pricing) -> str:
    """What is sold, in the plural, where it is another unit than what is measured; else blank.

    >>> hours = Conversion(op=ConversionOp.DIVIDE, factor=Decimal(3600), unit="hours")
    >>> from steelyard.rating.simple_prices import PerUnitPrice
    >>> sold_unit(Pricing(model=PerUnitPrice(unit_amount=ONE), conversion=hours))
    'hours'
    """
    if pricing.conversion is not None and pricing.conversion.unit:
        return pricing.conversion.unit
    return pricing.weights.unit if pricing.weights is not None else ""


def why_not(pricing: Pricing, usage: Usage) -> Refusal | None:
    """Why this usage cannot be charged by this price, or None if it can.

    >>> from steelyard.rating.simple_prices import PackagePrice
    >>> ten = Pricing(model=PackagePrice(size=Decimal(10), amount=ONE))
    >>> why_not(ten, Usage(quantity=Decimal(-1))).code.value
    'negative_quantity'
    """
    if pricing.weights is not None and (part := pricing.weights.unweighted(usage)):
        where = ", ".join(value or "no value" for value in part.at)
        return Refusal(code=RefusalCode.NO_RATE, reason=f"the weight table has no weight for {where}")
    needs_parts = pricing.weights is not None or pricing.scope is not None
    if needs_parts and not usage.parts and usage.quantity:
        return Refusal(
            code=RefusalCode.PARTS_MISSING, reason="the price looks into the usage, which is not divided"
        )
    return next((no for one in _priced(pricing, usage) if (no := refusal(pricing.model, one))), None)


def bounded(
    rated: Rated, *, minimum: Decimal | None, maximum: Decimal | None, wording: Wording = PLAIN
) -> Rated:
    """The charge kept between the least and the most that the period costs; what that changes is a step.

    >>> bounded(Rated(amount=Decimal(7), steps=()), minimum=Decimal(10), maximum=None).steps[0].text
    '3.00 to the minimum of 10.00'
    """
    if maximum is not None and rated.amount > maximum:
        off = cap(rated.amount, ZERO, maximum).discount
        text = f"{wording.amount(off)} above the maximum of {wording.amount(maximum)}"
        less = Step(text=text, quantity=ONE, unit_amount=-off, amount=-off, kind=StepKind.LESS)
        rated = Rated(amount=rated.amount - off, steps=(*rated.steps, less))
    if minimum is not None and (missing := minimum_line(minimum, rated.amount)):
        text = f"{wording.amount(missing)} to the minimum of {wording.amount(minimum)}"
        more = Step(text=text, quantity=ONE, unit_amount=missing, amount=missing, kind=StepKind.FLAT)
        rated = Rated(amount=rated.amount + missing, steps=(*rated.steps, more))
    return rated


def charged_usage(pricing: Pricing, usage: Usage) -> Usage:
    """The usage that the model rates: weighted, converted, less what is included, up to the cap.

    >>> from steelyard.rating.simple_prices import PerUnitPrice
    >>> hours = Conversion(op=ConversionOp.DIVIDE, factor=Decimal(3600), rounding=WholeUnits.CEILING)
    >>> price = Pricing(model=PerUnitPrice(unit_amount=ONE), conversion=hours, included=ONE)
    >>> charged_usage(price, Usage(quantity=Decimal(7300))).quantity
    Decimal('2')
    """
    quantity = _converted(pricing, usage)
    if pricing.included and quantity > 0:
        quantity = max(ZERO, quantity - pricing.included)
    if pricing.cap is not None:
        quantity = min(quantity, pricing.cap)
    if quantity == usage.quantity:
        return usage
    return Usage(
        quantity=quantity,
        amount=usage.amount,
        tier_quantity=usage.tier_quantity,
        events=usage.events,
        values=usage.values,
        parts=usage.parts,
    )


def _converted(pricing: Pricing, usage: Usage) -> Decimal:
    quantity = usage.quantity if pricing.weights is None else pricing.weights.of(usage)
    if pricing.conversion is None:
        return quantity
    # A quotient without end is billed as finely as a meter measures.
    return kept(pricing.conversion.convert(quantity), _DECIMALS)


def _priced(pricing: Pricing, usage: Usage) -> Sequence[Usage]:
    """The usages that the model rates one after the other: one, or one for each part in scope."""
    if pricing.scope is None:
        return (charged_usage(pricing, usage),)
    return [
        charged_usage(pricing, Usage(quantity=part.quantity, amount=part.amount, parts=(part,)))
        for part in usage.parts
    ]


def _named(steps: tuple[Step, ...], one: Usage) -> list[Step]:
    """The steps of a part with its name in front."""
    name = _name(one.parts[0])
    return [dataclasses.replace(step, text=f"{name}: {step.text}") for step in steps]


def _name(part: UsagePart) -> str:
    return ", ".join(value or "none" for value in part.at)


def _preparing(pricing: Pricing, usage: Usage, wording: Wording) -> list[Step]:
    """What happens to the quantity before it is rated, as notes."""
    if pricing.is_bare:
        return []
    notes: list[tuple[str, Decimal]] = []
    if pricing.weights is not None:
        for part in usage.parts:
            factor = pricing.weights.factor_of(part.at)
            made = wording.number(part.quantity * factor)
            text = f"{wording.number(part.quantity)} of {_name(part)} × {wording.number(factor)} = {made}"
            notes.append((text, part.quantity))
    if pricing.conversion is not None and pricing.scope is None:
        notes.append((_conversion_text(pricing, usage, wording), _converted(pricing, usage)))
    used = _converted(pricing, usage)
    if pricing.included and pricing.scope is None and used > 0:
        beyond = max(ZERO, used - pricing.included)
        text = f"{wording.count(used)} used, {wording.number(pricing.included)} included"
        text += f": {wording.number(beyond)} charged" if beyond else ": nothing beyond"
        notes.append((text, used))
        used = beyond
    if pricing.cap is not None and pricing.scope is None and used > pricing.cap:
        above = used - pricing.cap
        text = f"{wording.count(above)} above the cap of {wording.number(pricing.cap)}, not charged"
        notes.append((text, above))
    return [
        Step(text=text, quantity=quantity, unit_amount=ZERO, amount=ZERO, kind=StepKind.NOTE)
        for text, quantity in notes
    ]


def _conversion_text(pricing: Pricing, usage: Usage, wording: Wording) -> str:
    conversion = pricing.conversion
    assert conversion is not None
    raw = usage.quantity if pricing.weights is None else pricing.weights.of(usage)
    sign = "×" if conversion.op is ConversionOp.MULTIPLY else "/"
    made = f"{wording.number(raw)} {sign} {wording.number(conversion.factor)}"
    rounded = _ROUNDED.get(conversion.rounding)
    text = f"{made} = {wording.count(conversion.convert(raw))}"
    return f"{text} ({rounded})" if rounded else text
