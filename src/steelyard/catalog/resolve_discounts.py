"""Discounts and floors with their references resolved: to single prices and to plans that exist."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from steelyard.catalog.discounts import Discount, Floor
from steelyard.catalog.model import CardKind
from steelyard.catalog.resolve import prices_named
from steelyard.catalog.source import Path, Reading
from steelyard.catalog.written import Sheet


def resolve_discounts(reading: Reading, sheet: Sheet) -> dict[str, Discount]:
    """The discounts by key, `applies_to` as keys of prices; every mistake is noted."""
    found: dict[str, Discount] = {}
    codes: dict[str, str] = {}
    for key, (discount, path) in sheet.discounts.items():
        _judge_plans(reading, sheet, discount.plans, (*path, "plans"))
        applies_to = _prices(reading, sheet, discount.applies_to, (*path, "applies_to"))
        found[key] = dataclasses.replace(discount, applies_to=applies_to)
        if discount.code and discount.code in codes:
            message = f"{codes[discount.code]!r} has the code {discount.code!r} already"
            reading.wrong((*path, "code"), "duplicate_key", message)
        codes.setdefault(discount.code, key)
    return found


def resolve_floors(reading: Reading, sheet: Sheet) -> dict[str, Floor]:
    """The floors by key, `prices` as keys of prices; every mistake is noted."""
    found: dict[str, Floor] = {}
    for key, (floor, path) in sheet.floors.items():
        _judge_plans(reading, sheet, floor.plans, (*path, "plans"))
        prices = _prices(reading, sheet, floor.prices, (*path, "prices"))
        found[key] = dataclasses.replace(floor, prices=prices)
    return found


def _judge_plans(reading: Reading, sheet: Sheet, plans: Iterable[str], path: Path) -> None:
    known = sheet.declared.get("plans", set())
    for index, key in enumerate(plans):
        if key not in known:
            reading.unknown((*path, index), "unknown_plan", "plan", key, known)


def _prices(reading: Reading, sheet: Sheet, references: Iterable[str], path: Path) -> tuple[str, ...]:
    """The keys of all prices that the references stand for, each once."""
    keys: dict[str, None] = {}
    for index, reference in enumerate(references):
        named = prices_named(sheet, reference)
        known = {*sheet.declared.get("prices", set()), *sheet.prices}
        if named is None and reference not in known:
            reading.unknown((*path, index), "unknown_price", "price", reference, known)
        for each in named or ():
            if each.price.kind is CardKind.COST:
                message = f"{each.price.key!r} is what usage costs us, and no customer pays it"
                reading.wrong((*path, index), "cost_in_plan", message, allowed="a price of a rate card")
            keys[each.price.key] = None
    return tuple(keys)
