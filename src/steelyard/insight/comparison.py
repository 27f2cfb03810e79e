"""The tier comparison chart, made from the catalog: in a short form and in a precise one.

Both are the same facts, so sales material cannot differ from the bill.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import msgspec

from steelyard.catalog import Catalog, Plan, PlanItem, Price
from steelyard.kernel import ONE, ZERO, minor_digits, plain
from steelyard.kernel.canonical import to_builtins
from steelyard.rating import FlatPrice, GraduatedPrice, PackagePrice, PerUnitPrice, Tier

YES: Final = "yes"
NO: Final = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the chart: what it is about, and what each plan says, short and precise."""

    section: str
    name: str
    short: tuple[str, ...]
    precise: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The plans in the order of their tiers, and the rows of the chart."""

    plans: tuple[Plan, ...]
    rows: tuple[Row, ...]


def comparison(catalog: Catalog, *, product: str = "", public: bool = False) -> Comparison:
    """The chart of a product's plans, or of all; `public` shows no price of a plan by contract.

    >>> comparison(Catalog()).rows
    ()
    """
    plans = [one for one in catalog.plans.values() if product in ("", one.product)]
    plans.sort(key=lambda one: (one.product, one.tier, one.key))
    rows = (*_prices(catalog, plans, public=public), *_limits(catalog, plans), *_features(catalog, plans))
    return Comparison(plans=tuple(plans), rows=rows)


def _prices(catalog: Catalog, plans: Sequence[Plan], *, public: bool) -> Iterator[Row]:
    """A row for the fees, and one for each metric or quantity that is charged for."""
    names: dict[str, str] = {}
    for plan in plans:
        for item in plan.items:
            names.setdefault(_subject(catalog, item), _title(catalog, item))
    for subject, name in names.items():
        cells = [_cell(catalog, plan, subject, public=public) for plan in plans]
        yield Row(
            section="Prices",
            name=name,
            short=tuple(one[0] for one in cells),
            precise=tuple(one[1] for one in cells),
        )


def _subject(catalog: Catalog, item: PlanItem) -> str:
    return item.quantity_from or catalog.price(item.price).metric or ""


def _title(catalog: Catalog, item: PlanItem) -> str:
    metric = catalog.price(item.price).metric
    return item.quantity_from or (catalog.metric(metric).name if metric else "Fees a month")


def _cell(catalog: Catalog, plan: Plan, subject: str, *, public: bool) -> tuple[str, str]:
    items = [item for item in plan.items if _subject(catalog, item) == subject]
    if not items:
        return NO, NO
    if plan.by_contract and public:
        return "by contract", "by contract"
    words = [_words(catalog.price(item.price), item) for item in items]
    return words[0].partition(";")[0] if len(words) == 1 else f"{len(words)} rates", "; ".join(words)


def price_words(price: Price) -> str:
    """A price in words and figures, with what it includes.

    >>> from steelyard.catalog import Price
    >>> fee = Price(key="base", name="Base", owner="x", definition="y", card="list", family="base",
    ...             currency="EUR", model=FlatPrice(amount=Decimal(50)))
    >>> price_words(fee)
    '50.00 EUR'
    """  # fmt: skip
    first = f"{price.included:,f} included, then " if price.included else ""
    return f"{first}{_model(price)}"


def _words(price: Price, item: PlanItem) -> str:
    """The price as the catalog has it: what is included, and each rate."""
    included = price.included if item.included is None else item.included
    first = f"{included:,f} included, then " if included else ""
    return f"{first}{_model(price)}"


def _model(price: Price) -> str:
    model, options = price.model, _options(price)
    match model:
        case FlatPrice():
            return _money(model.amount, price) + options
        case PerUnitPrice():
            return f"{_money(model.unit_amount, price)} {_per(model.per)}{options}"
        case PackagePrice() if not model.included:
            return f"{_money(model.amount, price)} per {model.size:,f}, rounded {model.round.value}{options}"
        case GraduatedPrice() if not any(one.flat_amount or one.percent for one in model.tiers):
            return f"{', '.join(_tier(one, price) for one in model.tiers)} {_per(model.per)}{options}"
        case _:
            return msgspec.json.encode(to_builtins(model)).decode() + options


def _per(count: Decimal) -> str:
    return "each" if count == ONE else f"per {count:,f}"


def _tier(tier: Tier, price: Price) -> str:
    where = "above" if tier.up_to is None else f"up to {tier.up_to:,f}"
    return f"{where}: {_money(tier.unit_amount or ZERO, price)}"


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


def _money(amount: Decimal, price: Price) -> str:
    digits = max(minor_digits(price.currency), -int(amount.normalize().as_tuple().exponent))
    return f"{amount:,.{digits}f} {price.currency}"


def _limits(catalog: Catalog, plans: Sequence[Plan]) -> Iterator[Row]:
    for key in dict.fromkeys(key for plan in plans for key in plan.limits):
        metric, feature = catalog.metrics.get(key), catalog.features.get(key)
        name = metric.name if metric else feature.name if feature else key
        each = " a month" if metric else ""
        cells = tuple(
            f"{plan.limits[key]:,f}{each}" if key in plan.limits else _unlimited(plan, key, bool(metric))
            for plan in plans
        )
        yield Row(section="Limits", name=name, short=cells, precise=cells)
    if any(plan.visible_days for plan in plans):
        days = tuple(f"{plan.visible_days} days" if plan.visible_days else "all" for plan in plans)
        yield Row(section="Limits", name="Data that can be seen", short=days, precise=days)


def _unlimited(plan: Plan, key: str, metric: bool) -> str:
    return "no limit" if metric or key in plan.features else NO


def _features(catalog: Catalog, plans: Sequence[Plan]) -> Iterator[Row]:
    limited = {key for plan in plans for key in plan.limits}
    for key, feature in catalog.features.items():
        if key in limited or not any(key in plan.features for plan in plans):
            continue
        short = tuple(YES if key in plan.features else NO for plan in plans)
        precise = tuple(feature.definition if key in plan.features else NO for plan in plans)
        yield Row(section="Features", name=feature.name, short=short, precise=precise)
