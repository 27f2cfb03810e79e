"""One item of a rate card becomes one line: allowance off, rated, prorated, rounded once."""

from __future__ import annotations

import dataclasses

from steelyard.billing.model import Line, LineGroup
from steelyard.billing.pooling import own_part, part_of_charge, pool_of
from steelyard.billing.rounding import billable, kept, rounded
from steelyard.billing.terms import Reading, Share, Terms
from steelyard.catalog import Price
from steelyard.contracts.rate_card import RatedItem
from steelyard.kernel import ONE, ZERO, InvalidInput, Problem, minor_digits
from steelyard.rating import (
    DynamicPrice,
    PerUnitPrice,
    Rated,
    Step,
    StepKind,
    Usage,
    Wording,
    bounded,
    takes_included,
    why_not,
)
from steelyard.rating import charge as rate_priced

_UNUSED = Reading()


def charge(item: RatedItem, terms: Terms, share: Share) -> Line | Problem | None:
    """The line of this item, None where nothing was used and nothing is due, or why it cannot be charged."""
    if item.price.currency != terms.card.currency:
        return _problem(item, "currency_mismatch", f"is in {item.price.currency}, not {terms.card.currency}")
    wording = Wording(
        unit=item.price.sold_unit or _unit(item) or "units", decimals=minor_digits(item.price.currency)
    )
    if item.metric is not None and item.quantity is None:
        return _metered(item, terms, share, wording)
    return _fixed(item, terms, share, wording)


def _metered(item: RatedItem, terms: Terms, share: Share, wording: Wording) -> Line | Problem | None:
    """What the meter counted, by the price and its options."""
    reading = terms.readings.get(item.slot, _UNUSED)
    if item.slot in terms.pools:
        return _pooled(item, terms, reading, wording)
    if reading is _UNUSED and _costs_nothing_unused(item.price):
        return None
    if reading.events == 0 and isinstance(item.price.model, DynamicPrice):
        return None
    if item.included and isinstance(item.price.model, DynamicPrice):
        return _problem(item, "included_on_dynamic", "cannot include units: its events carry their amounts")
    item = _for_its_days(item, terms)
    if reading.stated is not None:
        return _line(item, terms, reading.stated, reading)
    rated = _rate(item, reading.usage, wording)
    if isinstance(rated, Problem):
        return rated
    rated = _bounded(item, rated, share, wording)
    if reading.events == 0 and rated.amount == 0:
        return None
    return _line(item, terms, rated, reading)


def _pooled(item: RatedItem, terms: Terms, reading: Reading, wording: Wording) -> Line | Problem | None:
    """The own part of what all who share the price are charged together; its bounds are the pool's."""
    pool = pool_of(own_part(item, terms, reading), terms.pools[item.slot])
    whole = _rate(dataclasses.replace(item, included=pool.included), pool.usage, wording)
    if isinstance(whole, Problem):
        return whole
    least = item.price.minimum
    if least is not None and pool.days != 1:
        least = kept(least * pool.days)
    whole = bounded(whole, minimum=least, maximum=item.price.maximum, wording=wording)
    rated, says = part_of_charge(whole, pool, wording, item.price.currency)
    if reading.events == 0 and rated.amount == 0 and not _costs_alone(item, reading, wording):
        return None
    return dataclasses.replace(_line(item, terms, rated, reading), amount=says, pool=pool.parts)


def _costs_alone(item: RatedItem, reading: Reading, wording: Wording) -> bool:
    """Whether it would cost something if nobody shared it; then a line must say that others bear it."""
    alone = _rate(item, reading.usage, wording)
    return bool(item.price.minimum) or (isinstance(alone, Rated) and alone.amount != 0)


def _costs_nothing_unused(price: Price) -> bool:
    """Whether no usage surely costs nothing, so that nobody needs to work it out; most prices of a plan."""
    return (
        isinstance(price.model, PerUnitPrice)
        and price.minimum is None
        and price.conversion is None
        and price.scope is None
        and price.weights is None
    )


def _for_its_days(item: RatedItem, terms: Terms) -> RatedItem:
    """The item with the part of its allowance that falls on the days on which it applied."""
    if item.active is None or not item.included:
        return item
    return dataclasses.replace(item, included=billable(terms.part_of(item).of_amount(item.included)))


def _fixed(item: RatedItem, terms: Terms, share: Share, wording: Wording) -> Line | Problem | None:
    """A fee, or an agreed number of something, for the days on which the subscription ran."""
    if item.active is not None and share.days == 0:
        return None
    rated = _rate(item, Usage(quantity=item.quantity if item.quantity is not None else ONE), wording)
    if isinstance(rated, Problem):
        return rated
    reading = Reading(quantity=item.quantity if item.quantity is not None else ONE)
    return _line(item, terms, _bounded(item, prorated(rated, share, wording), share, wording), reading)


def _bounded(item: RatedItem, rated: Rated, share: Share, wording: Wording) -> Rated:
    """The charge between the price's least and most; the least is for the days on which it ran."""
    least = item.price.minimum
    if least is not None and not share.is_whole:
        least = kept(share.of_amount(least))
    return bounded(rated, minimum=least, maximum=item.price.maximum, wording=wording)


def prorated(rated: Rated, share: Share, wording: Wording) -> Rated:
    """The charge for the share of the period, with a step that takes off the rest and says why."""
    if share.is_whole:
        return rated
    amount = kept(share.of_amount(rated.amount))
    text = f"for {share.days} of {share.of} days: {wording.amount(rated.amount)} × {share.days}/{share.of}"
    off = amount - rated.amount
    step = Step(text=text, quantity=ONE, unit_amount=off, amount=off, kind=StepKind.LESS)
    return Rated(amount=amount, steps=(*rated.steps, step))


def _rate(item: RatedItem, usage: Usage, wording: Wording) -> Rated | Problem:
    """The price with its options, but for the bounds of the period's spend."""
    included = item.included if takes_included(item.price.model, item.price.scope) else ZERO
    pricing = dataclasses.replace(item.price.pricing(included=included), minimum=None, maximum=None)
    if no := why_not(pricing, usage):
        return _problem(item, no.code.value, no.reason)
    try:
        return rate_priced(pricing, usage, wording=wording)
    except InvalidInput as error:
        return _problem(item, error.detail_code, error.message)


def _line(item: RatedItem, terms: Terms, rated: Rated, reading: Reading) -> Line:
    price, metric = item.price, item.metric
    return Line(
        id="",
        group=LineGroup(item.group.value),
        title=price.name,
        period=item.active or terms.active,
        amount_exact=kept(rated.amount),
        amount=rounded(rated.amount, price.currency),
        quantity=reading.quantity,
        unit=_unit(item),
        price_key=price.key,
        price_version=item.version or terms.card.catalog_version,
        metric=metric.key if metric else "",
        meter=metric.meter.key if metric else "",
        dimension={name: ", ".join(values) for name, values in price.dimensions.items()},
        subscription=terms.card.subscription,
        reason=item.reason,
        steps=rated.steps,
        events=reading.events,
        first_seq=reading.first_seq,
        last_seq=reading.last_seq,
        parts=reading.parts,
    )


def _unit(item: RatedItem) -> str:
    return item.metric.unit if item.metric else item.unit


def _problem(item: RatedItem, code: str, reason: str) -> Problem:
    return Problem(code=code, message=f"{item.price.name}: {reason}", field=item.price.key)
