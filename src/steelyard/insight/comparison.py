"""The tier comparison chart, made from the catalog: in a short form and in a precise one.

Both are the same facts, so sales material cannot differ from the bill.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from steelyard.catalog import Catalog, Plan, PlanItem
from steelyard.insight.price_words import price_words, span_words

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
    quantity = item.quantity_from and item.quantity_from.replace("-", " ").capitalize()
    return quantity or (catalog.metric(metric).name if metric else "Fees a month")


def _cell(catalog: Catalog, plan: Plan, subject: str, *, public: bool) -> tuple[str, str]:
    items = [item for item in plan.items if _subject(catalog, item) == subject]
    if not items:
        return NO, NO
    if plan.by_contract and public:
        return "by contract", "by contract"
    words = [price_words(catalog.price(item.price), item) for item in items]
    many = span_words([catalog.price(item.price) for item in items])
    return words[0] if len(words) == 1 else many, "; ".join(words)


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
