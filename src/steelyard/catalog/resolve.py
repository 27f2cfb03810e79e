"""Plans with their references resolved: an item may name a price, a table of prices, or a whole card."""

from __future__ import annotations

import dataclasses

from steelyard.catalog.judge import judge_features, overlaps
from steelyard.catalog.model import CardKind, Group, Plan, PlanItem
from steelyard.catalog.nouns.plan import WrittenItem, WrittenPlan
from steelyard.catalog.nouns.rate import Written
from steelyard.catalog.sizes import ITEMS_MAX
from steelyard.catalog.source import Path, Reading
from steelyard.catalog.written import Sheet
from steelyard.rating import FlatPrice, takes_included

_MAY_OVERLAP = (Group.SUPPORT, Group.SERVICES)


def resolve_plans(reading: Reading, sheet: Sheet) -> dict[str, Plan]:
    """The plans by key, each item a single price, every mistake noted."""
    plans: dict[str, Plan] = {}
    left = ITEMS_MAX
    for key, (written, path) in sheet.plans.items():
        plans[key] = _resolve(reading, sheet, written)
        left -= len(plans[key].items)
        if left < 0:
            message = f"the plans have more than {ITEMS_MAX} prices in all, whole cards and tables counted"
            reading.wrong((*path, "items"), "too_many", message, allowed=f"at most {ITEMS_MAX}")
            break
    return plans


def prices_named(sheet: Sheet, reference: str) -> list[Written] | None:
    """The prices that a reference stands for; None if nothing has that name."""
    if reference in sheet.prices:
        return [sheet.prices[reference]]
    family = sheet.family(reference)
    if family:
        return family
    if reference in sheet.cards:
        return [sheet.prices[key] for key in sheet.cards[reference][0].prices if key in sheet.prices]
    return None


def _resolve(reading: Reading, sheet: Sheet, written: WrittenPlan) -> Plan:
    plan, path = written.plan, written.path
    products = sheet.declared.get("products", set())
    if plan.product not in products:
        reading.unknown((*path, "product"), "unknown_product", "product", plan.product, products)
    judge_features(reading, sheet, plan.features, (*path, "features"))
    _judge_limits(reading, sheet, plan, path)
    items, priced = _items(reading, sheet, written)
    commitment = plan.commitment
    if commitment is not None:
        covers = _covers(reading, sheet, written, {item.price for item in items})
        commitment = dataclasses.replace(commitment, covers=covers)
    _judge_overlaps(reading, plan, items, priced, path)
    return dataclasses.replace(plan, items=tuple(items), commitment=commitment)


def _judge_limits(reading: Reading, sheet: Sheet, plan: Plan, path: Path) -> None:
    known = sheet.declared.get("metrics", set()) | sheet.declared.get("features", set())
    for key in plan.limits:
        if key not in known:
            reading.unknown((*path, "limits", key), "unknown_limit", "metric or feature", key, known)


def _items(reading: Reading, sheet: Sheet, written: WrittenPlan) -> tuple[list[PlanItem], dict[str, Written]]:
    items: list[PlanItem] = []
    priced: dict[str, Written] = {}
    for item in written.items:
        named = _named(reading, sheet, item.reference, (*item.path, "price"))
        if item.included and len(named) > 1:
            message = f"units are included once, and {item.reference!r} stands for {len(named)} prices"
            reading.wrong((*item.path, "included"), "included_in_table", message, allowed="a single price")
        for each in named:
            key = each.price.key
            if key in priced:
                reading.wrong((*item.path, "price"), "duplicate_key", f"the plan has the price {key!r} twice")
                continue
            priced[key] = each
            if _judge_item(reading, written.plan, item, each):
                items.append(_item(item, key))
    return items, priced


def _item(item: WrittenItem, key: str) -> PlanItem:
    return PlanItem(
        price=key,
        quantity=item.quantity,
        quantity_from=item.quantity_from,
        included=item.included,
        group=item.group,
    )


def _named(reading: Reading, sheet: Sheet, reference: str, path: Path) -> list[Written]:
    prices = prices_named(sheet, reference)
    if prices is None:
        known = {*sheet.declared.get("prices", set()), *sheet.prices}
        if reference not in known:
            reading.unknown(path, "unknown_price", "price", reference, known)
        return []
    return prices


def _judge_item(reading: Reading, plan: Plan, item: WrittenItem, each: Written) -> bool:
    """Whether this price may stand in this plan."""
    price, before = each.price, len(reading.problems)
    if price.kind is CardKind.COST:
        message = f"{price.key!r} is what usage costs us, and no customer pays it"
        reading.wrong((*item.path, "price"), "cost_in_plan", message, allowed="a price of a rate card")
    if price.currency != plan.currency:
        message = f"the plan is billed in {plan.currency} and {price.key!r} is in {price.currency}"
        reading.wrong(
            (*item.path, "price"), "currency_mismatch", message, allowed=f"a price in {plan.currency}"
        )
    stated = item.quantity is not None or item.quantity_from is not None
    if price.metric is None and not stated and not isinstance(price.model, FlatPrice):
        message = f"{price.key!r} has no metric, so the plan must say of how many"
        reading.wrong(
            item.path, "no_quantity", message, allowed="quantity: a number, or a name such as seats"
        )
    if price.metric is not None and stated:
        message = (
            f"{price.key!r} is charged by what {price.metric!r} measures; the plan cannot state a quantity"
        )
        reading.wrong((*item.path, "quantity"), "two_quantities", message)
    if item.included and not takes_included(price.model, price.scope):
        message = f"{price.key!r} has no units that could be included"
        reading.wrong((*item.path, "included"), "included_without_units", message, allowed="leave it out")
    return len(reading.problems) == before


def _covers(reading: Reading, sheet: Sheet, written: WrittenPlan, own: set[str]) -> tuple[str, ...]:
    covers: dict[str, None] = {}
    for index, reference in enumerate(written.covers):
        path = (*written.path, "commitment", "covers", index)
        named = _named(reading, sheet, reference, path)
        keys = [each.price.key for each in named if each.price.key in own]
        if named and not keys:
            message = f"{reference!r} is not among the prices of this plan"
            reading.wrong(path, "not_in_plan", message, allowed="prices that stand in items")
        covers |= dict.fromkeys(keys)
    return tuple(covers)


def _judge_overlaps(
    reading: Reading, plan: Plan, items: list[PlanItem], priced: dict[str, Written], path: Path
) -> None:
    """No usage is charged twice, unless one of the charges is for support or services."""
    takers = [
        priced[item.price]
        for item in items
        if (item.group or priced[item.price].price.group) not in _MAY_OVERLAP
    ]
    for first, second in overlaps(takers):
        message = (
            f"the plan {plan.key!r} would charge the same usage twice: "
            f"{first.price.key!r} and {second.price.key!r} both take it"
        )
        reading.wrong((*path, "items"), "overlap", message, allowed="different values of a dimension")
