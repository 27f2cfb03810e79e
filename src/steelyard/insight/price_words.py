"""Prices in words and figures, for charts, rate cards and pages: one sentence for every model."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from steelyard.catalog import PlanItem, Price
from steelyard.kernel import ONE, ZERO, minor_digits, plain
from steelyard.rating import (
    BlockPrice,
    DynamicPrice,
    FlatPrice,
    FreeWindow,
    GraduatedPrice,
    MatrixPrice,
    MultiUnitPrice,
    PackagePrice,
    PercentagePrice,
    PerUnitPrice,
    PriceModel,
    Stair,
    StairstepPrice,
    Tier,
    VolumePrice,
    WindowedPrice,
    WindowTerms,
)


def price_words(price: Price, item: PlanItem | None = None) -> str:
    """A price in words and figures, with what it, or the plan that has it, includes.

    >>> fee = Price(key="base", name="Base", owner="x", definition="y", card="list", family="base",
    ...             currency="EUR", model=FlatPrice(amount=Decimal(50)))
    >>> price_words(fee)
    '50.00 EUR'
    """  # fmt: skip
    included = price.included if item is None or item.included is None else item.included
    first = f"{included:,f} included, then " if included else ""
    return f"{first}{model_words(price.model, price.currency)}{_options(price)}"


def span_words(prices: Sequence[Price]) -> str:
    """Several prices of one thing, shortly: the lowest and the highest, where all are by the unit.

    >>> two = [
    ...     Price(
    ...         key=k,
    ...         name=k,
    ...         owner="x",
    ...         definition="y",
    ...         card="list",
    ...         family="t",
    ...         currency="EUR",
    ...         model=PerUnitPrice(unit_amount=Decimal(a)),
    ...         dimensions={"model": (k,)},
    ...     )
    ...     for k, a in (("small", "0.5"), ("large", "3"))
    ... ]
    >>> span_words(two)
    'from 0.50 EUR to 3.00 EUR each, by model'
    """
    fees = [one.model.amount for one in prices if isinstance(one.model, FlatPrice)]
    if len(fees) == len(prices) and len({one.currency for one in prices}) == 1:
        return f"{_money(sum(fees, ZERO), prices[0].currency)} in {len(fees)} fees"
    models = [one.model for one in prices if isinstance(one.model, PerUnitPrice) and not one.included]
    if len(models) < len(prices) or len({one.per for one in models}) > 1:
        return f"{len(prices)} rates"
    low, high = min(one.unit_amount for one in models), max(one.unit_amount for one in models)
    money = prices[0].currency
    by = " and ".join(dict.fromkeys(name for one in prices for name in one.dimensions))
    said = _money(low, money) if low == high else f"from {_money(low, money)} to {_money(high, money)}"
    return f"{said} {_per(models[0].per)}{', by ' + by if by else ''}"


def model_words(model: PriceModel, currency: str) -> str:
    """What a price model asks, in words.

    >>> model_words(
    ...     VolumePrice(
    ...         tiers=(Tier(up_to=Decimal(50), unit_amount=Decimal(9)), Tier(unit_amount=Decimal(7)))
    ...     ),
    ...     "USD",
    ... )
    'every unit by the total: up to 50: 9.00 USD, above: 7.00 USD each'
    >>> model_words(PercentagePrice(percent=Decimal("1.5"), event_amount=Decimal("0.1")), "USD")
    '1.5 % and 0.10 USD an event'
    """
    match model:
        case FlatPrice():
            return _money(model.amount, currency)
        case PerUnitPrice():
            return f"{_money(model.unit_amount, currency)} {_per(model.per)}"
        case GraduatedPrice():
            return _tiers(model.tiers, model.per, currency)
        case VolumePrice():
            return f"every unit by the total: {_tiers(model.tiers, model.per, currency)}"
        case PackagePrice():
            free = f", {model.included:,f} free" if model.included else ""
            return f"{_money(model.amount, currency)} per {model.size:,f}, rounded {model.round.value}{free}"
        case _:
            return _rarer(model, currency)


def _rarer(
    model: BlockPrice | StairstepPrice | PercentagePrice | DynamicPrice | MatrixPrice | MultiUnitPrice
    | WindowedPrice,
    currency: str,
) -> str:  # fmt: skip
    match model:
        case BlockPrice():
            return _blocks(model, currency)
        case StairstepPrice():
            return ", ".join(_stair(one, currency) for one in model.stairs)
        case PercentagePrice():
            return _percentage(model, currency)
        case DynamicPrice():
            factor = "" if model.multiplier == ONE else f" × {plain(model.multiplier)}"
            return f"what the event says{factor}"
        case MatrixPrice():
            return _matrix(model, currency)
        case MultiUnitPrice():
            return ", ".join(f"{one.unit}: {model_words(one.price, currency)}" for one in model.units)
        case WindowedPrice():
            return _windows(model, currency)


def _per(count: Decimal) -> str:
    return "each" if count == ONE else f"per {count:,f}"


def _tiers(tiers: Sequence[Tier], per: Decimal, currency: str) -> str:
    said = ", ".join(_tier(one, currency) for one in tiers)
    return f"{said} {_per(per)}" if any(one.unit_amount for one in tiers) else said


def _tier(tier: Tier, currency: str) -> str:
    where = "above" if tier.up_to is None else f"up to {tier.up_to:,f}"
    parts = [_money(tier.unit_amount, currency)] if tier.unit_amount is not None else []
    parts += [f"{plain(tier.percent)} %"] if tier.percent else []
    parts += [f"{_money(tier.flat_amount, currency)} flat"] if tier.flat_amount else []
    return f"{where}: {' and '.join(parts) or _money(ZERO, currency)}"


def _blocks(model: BlockPrice, currency: str) -> str:
    return ", ".join(
        f"{_money(one.amount, currency)} per block of {one.size:,f}"
        + ("" if one.count is None else f" for {one.count:,f} blocks")
        for one in model.blocks
    )


def _stair(stair: Stair, currency: str) -> str:
    if stair.limits:
        where = "up to " + " and ".join(f"{most:,f} {name}" for name, most in stair.limits.items())
    else:
        where = "above" if stair.up_to is None else f"up to {stair.up_to:,f}"
    return f"{where}: {_money(stair.amount, currency)}"


def _percentage(model: PercentagePrice, currency: str) -> str:
    said = f"{plain(model.percent)} %"
    said += f" and {_money(model.event_amount, currency)} an event" if model.event_amount else ""
    if model.event_minimum is not None:
        said += f", at least {_money(model.event_minimum, currency)} an event"
    if model.event_maximum is not None:
        said += f", at most {_money(model.event_maximum, currency)} an event"
    free = [f"the first {model.free_events:,} events"] if model.free_events else []
    free += [f"the first {_money(model.free_amount, currency)}"] if model.free_amount else []
    until = " or " if model.free_until is FreeWindow.EITHER else " and "
    return f"{said}, {until.join(free)} free" if free else said


def _matrix(model: MatrixPrice, currency: str) -> str:
    amounts = [one.unit_amount for one in model.cells]
    amounts += [model.rest] if model.rest is not None else []
    low, high = _money(min(amounts), currency), _money(max(amounts), currency)
    span = low if low == high else f"from {low} to {high}"
    return f"{span} {_per(model.per)}, by {' and '.join(model.over)}"


def _windows(model: WindowedPrice, currency: str) -> str:
    said = [f"{one.from_hour}–{one.to_hour} h: {_terms(one.terms, currency)}" for one in model.hours]
    last = _terms(model.outside, currency)
    return ", ".join([*said, f"else {last}"] if said else [last, f"settled by the {model.window.value}"])


def _terms(terms: WindowTerms, currency: str) -> str:
    said = f"{_money(terms.unit_amount, currency)} each"
    return said if terms.commitment is None else f"{said} with {_money(terms.commitment, currency)} committed"


def _options(price: Price) -> str:
    said = {
        "divided by": price.conversion.factor if price.conversion else None,
        "at least": price.minimum,
        "at most": price.maximum,
        "charged up to": price.cap,
    }
    told = [f", {name} {plain(value)}" for name, value in said.items() if value is not None]
    told += [f", {name}: {' or '.join(values)}" for name, values in price.dimensions.items()]
    told += [f", {name} but {' and '.join(values)}" for name, values in price.excluded.items()]
    return "".join([*told, f", weighted by {price.weight_table}" if price.weight_table else ""])


def _money(amount: Decimal, currency: str) -> str:
    digits = max(minor_digits(currency), -int(amount.normalize().as_tuple().exponent))
    return f"{amount:,.{digits}f} {currency}"
