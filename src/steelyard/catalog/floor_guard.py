"""Whether discounts of a catalog go below its floors: each alone, and those that can be redeemed together.

A floor binds the net effective price of a contract year, so a discount is judged by what it leaves of twelve
months: free months and discounts that last some months weigh by the months that they hold. What rests on
usage that nobody knows yet (amounts off a plan without fixed fees) is kept at the floor by billing and not
judged here; free units are judged by the usage of the last month, in `insight.free_units`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from steelyard.catalog.discounts import Discount, Floor
from steelyard.catalog.model import Catalog, Plan, PlanItem
from steelyard.kernel import ZERO, plain
from steelyard.rating import FlatPrice, PerUnitPrice
from steelyard.rating.discounts import (
    AmountOff,
    Basis,
    FreeMonths,
    FreeUnits,
    PercentOff,
    SeatsOff,
    TermOff,
    VolumeOff,
)

YEAR_MONTHS: Final = 12
_HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bound:
    """A plan that a floor binds: which of its items the floor is about, and what they list in a year."""

    plan: Plan
    floor: Floor
    items: tuple[PlanItem, ...]
    listed: Decimal | None

    @property
    def least(self) -> Decimal | None:
        """The percentage of the list amount that must remain; None where it depends on usage."""
        if self.floor.percent is not None:
            return self.floor.percent
        if self.floor.amount is None or not self.listed:
            return None
        return min(_HUNDRED, self.floor.amount * _HUNDRED / self.listed)


def below_floors(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Each discount that alone leaves less of a contract year than a floor wants: its place, and why.

    >>> list(below_floors(Catalog()))
    []
    """
    for discount in catalog.discounts.values():
        told: set[str] = set()
        for bound in _bounds(catalog):
            if bound.floor.key in told or not _is_for(discount, bound.plan):
                continue
            text = _breach(catalog, bound, [discount])
            if text:
                told.add(bound.floor.key)
                yield f"discounts.{discount.key}", f"the discount {discount.key!r} {text}"


def together_below_floors(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Discounts that one customer can have together and that then leave less than a floor wants."""
    told: set[tuple[str, ...]] = set()
    for bound in _bounds(catalog):
        for those in _stacks(catalog, bound.plan):
            keys = (bound.floor.key, *(one.key for one in those))
            if keys in told or any(_breach(catalog, bound, [one]) for one in those):
                continue
            text = _breach(catalog, bound, those)
            if text:
                told.add(keys)
                named = " and ".join(repr(one.key) for one in those)
                yield f"discounts.{those[-1].key}", f"the discounts {named} together {_plural(text)}"


def _plural(text: str) -> str:
    return text.replace("leaves ", "leave ", 1).replace("brings ", "bring ", 1)


def _bounds(catalog: Catalog) -> list[_Bound]:
    found: list[_Bound] = []
    for floor in catalog.floors.values():
        for plan in catalog.plans.values():
            about = tuple(one for one in plan.items if not floor.prices or one.price in floor.prices)
            if about and floor.binds(plan.key, plan.currency):
                found.append(_Bound(plan=plan, floor=floor, items=about, listed=_listed(catalog, about)))
    return found


def _is_for(discount: Discount, plan: Plan) -> bool:
    return not discount.plans or plan.key in discount.plans


def _stacks(catalog: Catalog, plan: Plan) -> Iterator[list[Discount]]:
    """The largest sets that can be redeemed together, one from each discount on, in their order."""
    usable = [one for one in catalog.discounts.values() if _is_for(one, plan) and not one.alone]
    usable.sort(key=lambda one: (one.order, one.key))
    seen: set[tuple[str, ...]] = set()
    for first in usable:
        those = [first]
        for other in usable:
            if other is not first and all(_stack(other, each) for each in those):
                those.append(other)
        those.sort(key=lambda one: (one.order, one.key))
        keys = tuple(one.key for one in those)
        if len(those) > 1 and keys not in seen:
            seen.add(keys)
            yield those


def _stack(one: Discount, other: Discount) -> bool:
    """Whether a customer could have both: not of the same best, nor for customers that differ."""
    if one.best_of and one.best_of == other.best_of:
        return False
    shared = set(one.attributes) & set(other.attributes)
    return all(set(one.attributes[name]) & set(other.attributes[name]) for name in shared)


def _breach(catalog: Catalog, bound: _Bound, those: Sequence[Discount]) -> str:
    """In words, how the discounts go below the floor; nothing where they do not, or nobody can know."""
    left = _left(catalog, bound, those)
    floor = bound.floor
    if left is None:
        return ""
    year = "" if left == left.to_integral_value() else "about "
    shown = plain(left.quantize(Decimal("0.1"))) if year else plain(left)
    if bound.least is not None and left < bound.least:
        wanted = plain(bound.least.quantize(Decimal("0.1"))) if floor.percent is None else plain(bound.least)
        return (
            f"leaves {year}{shown} % of a contract year of the plan {bound.plan.key!r}, "
            f"and the floor {floor.key!r} wants {wanted} %"
        )
    for item in bound.items if floor.unit_amount is not None else ():
        unit = _unit(catalog, item)
        if unit is None or floor.unit_amount is None:
            continue
        net, wanted = unit * left / _HUNDRED, min(unit, floor.unit_amount)
        if net < wanted:
            return (
                f"brings a unit of {item.price!r} to {plain(net.normalize())} over a contract year, "
                f"and the floor {floor.key!r} wants {plain(wanted)}"
            )
    return ""


def _left(catalog: Catalog, bound: _Bound, those: Sequence[Discount]) -> Decimal | None:
    """How many percent of a contract year's list amount remain; None where it depends on usage."""
    weights = _weights(catalog, bound, those)
    if weights is None or sum(weights, ZERO) <= 0:
        return None
    remaining = ZERO
    for month in range(YEAR_MONTHS):
        for item, weight in zip(bound.items, weights, strict=True):
            left = _month_left(item, weight, [one for one in those if _holds(one, month)], month, bound)
            if left is None:
                return None
            remaining += left
    return remaining * _HUNDRED / (sum(weights, ZERO) * YEAR_MONTHS)


def _weights(catalog: Catalog, bound: _Bound, those: Sequence[Discount]) -> list[Decimal] | None:
    """What each item lists in a month; the same for all where every discount is about all of them."""
    amounts = [_fee(catalog, item) for item in bound.items]
    known = [one for one in amounts if one is not None]
    if len(known) == len(amounts) and sum(known, ZERO) > 0:
        return known
    about_all = all(_is_about(one, item) for one in those for item in bound.items)
    by_amount = any(isinstance(one.form, AmountOff) for one in those)
    return [Decimal(1)] * len(amounts) if about_all and not by_amount else None


def _is_about(discount: Discount, item: PlanItem) -> bool:
    return not discount.applies_to or item.price in discount.applies_to


def _holds(discount: Discount, month: int) -> bool:
    return discount.months is None or month < discount.months


def _month_left(
    item: PlanItem, weight: Decimal, those: Iterable[Discount], month: int, bound: _Bound
) -> Decimal | None:
    left = weight
    for one in those:
        if not _is_about(one, item):
            continue
        off = _off(one, weight if one.basis is Basis.LIST else left, month, bound, weight)
        if off is None:
            return None
        left -= min(left, off)
    return left


def _off(one: Discount, base: Decimal, month: int, bound: _Bound, weight: Decimal) -> Decimal | None:
    """The most that the discount takes off in the month; None where it depends on usage."""
    match one.form:
        case PercentOff():
            return base * one.form.percent / _HUNDRED
        case VolumeOff() | SeatsOff() | TermOff():
            return base * max(band.percent for band in one.form.bands) / _HUNDRED
        case FreeMonths():
            return base if month < one.form.months else ZERO
        case AmountOff():
            if not bound.listed:
                return None
            share = weight * YEAR_MONTHS / bound.listed
            amount = one.form.amount / YEAR_MONTHS if one.form.once else one.form.amount
            return amount * share
        case FreeUnits():
            return None


def _listed(catalog: Catalog, items: Sequence[PlanItem]) -> Decimal | None:
    fees = [_fee(catalog, item) for item in items]
    known = [one for one in fees if one is not None]
    return sum(known, ZERO) * YEAR_MONTHS if len(known) == len(fees) else None


def _fee(catalog: Catalog, item: PlanItem) -> Decimal | None:
    """What the item lists each month whatever is used; None where it depends on usage or a quantity."""
    price = catalog.prices[item.price]
    if price.conversion is not None or price.credit_unit:
        return None
    if isinstance(price.model, FlatPrice):
        return price.model.amount
    fixed = isinstance(price.model, PerUnitPrice) and item.quantity is not None and not item.included
    if fixed and isinstance(price.model, PerUnitPrice) and item.quantity is not None:
        return price.model.unit_amount * item.quantity / price.model.per
    return None


def _unit(catalog: Catalog, item: PlanItem) -> Decimal | None:
    price = catalog.prices[item.price]
    if price.conversion is not None or price.credit_unit or not isinstance(price.model, PerUnitPrice):
        return None
    return price.model.unit_amount / price.model.per
