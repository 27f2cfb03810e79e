"""Whether dated changes and books fit the prices, and whether a rate rises where nobody declared it.

A rate must not rise with the tier or the commitment, unless it is declared: `rising: true`. A first tier
that costs nothing is an allowance and starts no rise.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from steelyard.catalog.model import CardKind, Plan, Price
from steelyard.catalog.rate_change import RateChange
from steelyard.catalog.schedule import applied, is_for
from steelyard.catalog.source import Path, Reading
from steelyard.catalog.written import Sheet
from steelyard.kernel import ZERO, InvalidInput, plain
from steelyard.rating import GraduatedPrice, PerUnitPrice, PriceModel, VolumePrice


def judge_changes(reading: Reading, sheet: Sheet) -> None:
    """Notes every change that names no price, or does what it must not, and every book that cannot be."""
    for place, change in enumerate(sheet.rate_changes):
        _judge(reading, sheet, change, ("rate_changes", place))
    for book, path in sheet.price_books.values():
        for place, change in enumerate(book.rates):
            _judge(reading, sheet, change, (*path, "rates", place))
        known = sheet.declared.get("price_books", set())
        if book.inherits and book.inherits not in known:
            reading.unknown((*path, "inherits"), "unknown_book", "price book", book.inherits, known)
        elif _is_circle(sheet, book.key):
            message = f"{book.key!r} inherits from itself by way of others"
            reading.wrong((*path, "inherits"), "book_cycle", message)


def _is_circle(sheet: Sheet, key: str) -> bool:
    seen: set[str] = set()
    following = key
    while following in sheet.price_books and following not in seen:
        seen.add(following)
        following = sheet.price_books[following][0].inherits
    return following == key


def _judge(reading: Reading, sheet: Sheet, change: RateChange, path: Path) -> None:
    meant = [written.price for written in sheet.prices.values() if is_for(change, written.price)]
    if not meant:
        known = {*sheet.declared.get("prices", set()), *sheet.cards}
        if change.price not in known:
            reading.unknown((*path, "price"), "unknown_price", "price", change.price, known)
        return
    for price in meant:
        try:
            becomes = applied(change, price)
        except InvalidInput as error:
            reading.wrong(path, error.detail_code, error.message)
            return
        said = change.model is not None or bool(change.tiers)
        for text in rises(becomes.model) if said and not change.rising else ():
            reading.wrong(path, "rising_rate", text, allowed="rising: true")
            return


def rises(model: PriceModel) -> Iterator[str]:
    """In words, where the rate of a tiered price rises from one tier to the next; free tiers may come first.

    >>> from steelyard.rating import Tier
    >>> tiers = (Tier(up_to=Decimal(10), unit_amount=Decimal(1)), Tier(unit_amount=Decimal(2)))
    >>> list(rises(GraduatedPrice(tiers=tiers)))
    ['a unit of tier 2 costs 2, more than 1 in the tier before']
    """
    if not isinstance(model, GraduatedPrice | VolumePrice):
        return
    before: Decimal | None = None
    for number, tier in enumerate(model.tiers, start=1):
        amount = tier.percent if tier.unit_amount is None else tier.unit_amount
        if amount is None:
            continue
        if before is not None and amount > before:
            what = "a unit of" if tier.percent is None else "a hundred in"
            yield (
                f"{what} tier {number} costs {plain(amount)}, more than {plain(before)} in the tier before"
            )
        if before is not None or amount:
            before = amount


def judge_rising(reading: Reading, sheet: Sheet) -> None:
    """Notes every price for customers whose rate rises with the tier and that does not declare it."""
    for written in sheet.prices.values():
        if written.price.kind is CardKind.PRICE and not written.rising:
            for text in rises(written.price.model):
                reading.wrong((*written.path, "tiers"), "rising_rate", text, allowed="rising: true")


def judge_commitments(reading: Reading, sheet: Sheet, plans: Mapping[str, Plan]) -> None:
    """Notes where a plan with a higher commitment pays more a unit than one of the same product with less."""
    committed = [plan for plan in plans.values() if plan.commitment and plan.commitment.amount is not None]
    committed.sort(key=lambda plan: (plan.product, plan.currency, _committed(plan)))
    for lower, higher in itertools.pairwise(committed):
        if (lower.product, lower.currency) != (higher.product, higher.currency):
            continue
        rates = {_what(price): price for price in _per_unit(lower, sheet)}
        for price in _per_unit(higher, sheet):
            other = rates.get(_what(price))
            if other is None or sheet.prices[price.key].rising or _unit(price) <= _unit(other):
                continue
            message = (
                f"a unit by {price.key!r} costs more than by {other.key!r} of the plan {lower.key!r}, "
                "which commits to less"
            )
            reading.wrong(sheet.plans[higher.key][1], "rising_rate", message, allowed="rising: true")


def _committed(plan: Plan) -> Decimal:
    amount = plan.commitment.amount if plan.commitment else None
    return ZERO if amount is None else amount


def _per_unit(plan: Plan, sheet: Sheet) -> list[Price]:
    prices = [sheet.prices[item.price].price for item in plan.items if item.price in sheet.prices]
    return [price for price in prices if isinstance(price.model, PerUnitPrice) and price.metric]


def _what(price: Price) -> tuple[str, ...]:
    return price.metric or "", repr(sorted(price.dimensions.items())), repr(sorted(price.excluded.items()))


def _unit(price: Price) -> Decimal:
    model = price.model
    return model.unit_amount / model.per if isinstance(model, PerUnitPrice) else ZERO


def taken_away(before: Iterable[RateChange], after: Iterable[RateChange], now: datetime) -> list[RateChange]:
    """The changes that held already at the moment and are no more there as they were: they may not go.

    >>> from steelyard.kernel import instant
    >>> held = RateChange(price="*", multiplier=Decimal(1), effective_from=instant("2026-01-01T00:00:00Z"))
    >>> [len(taken_away([held], [], instant(f"{year}-06-01T00:00:00Z"))) for year in (2025, 2026)]
    [0, 1]
    """
    kept = list(after)
    return [
        change
        for change in before
        if change not in kept and (change.effective_from is None or change.effective_from <= now)
    ]
