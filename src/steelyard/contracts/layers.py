"""What becomes of a listed price for one agreement at one moment: layer upon layer, each with its words.

The order is fixed: the catalog's price, then its scheduled change and the price book; a lock takes the place
of these three; then what the contract overrides; last an escalator, which leaves locked prices alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, NamedTuple

from steelyard.catalog import Catalog, Price
from steelyard.catalog.books import PriceBook, chosen
from steelyard.catalog.rate_change import RateChange
from steelyard.catalog.schedule import applied, change_at, names
from steelyard.contracts.agreement import Agreement
from steelyard.contracts.contract import Contract, Escalator, PriceLock
from steelyard.kernel import ONE, iso, plain
from steelyard.kernel.period import months_later

FACTOR_DECIMALS: Final = 12
"""A factor of several steps is kept with so many decimals, as metered numbers are."""


class Layered(NamedTuple):
    """A price as it applies, and in words what made it so; no words where it is as the catalog lists it."""

    price: Price
    words: tuple[str, ...]


def layered(price: Price, agreement: Agreement, catalog: Catalog, at: datetime) -> Layered:
    """The price as it applies to the agreement at the moment, and why."""
    words: list[str] = []
    contract = agreement.contract
    lock = lock_of(contract, price, at)
    if lock is not None:
        price = _locked(price, lock)
        words.append(f"locked until {iso(lock.effective_until)[:10]}{_because(lock.reason)}")
    else:
        for source, change, currency in _listed(price, agreement, catalog, at):
            price = applied(change, price)
            if currency and change.model is not None:
                price = replace(price, currency=currency)
            words.append(f"{source} {change.words}")
    if contract is not None:
        override = override_of(contract, price, at)
        if override is not None:
            price = applied(override, price)
            words.append(f"contract {contract.name} {override.words}")
        for escalator in contract.escalators if lock is None else ():
            factor = factor_at(escalator, at, agreement.timezone)
            if factor != 1 and _names(escalator.prices, price):
                price = _times(price, factor)
                words.append(f"escalator × {plain(factor)}{_because(escalator.reason)}")
    return Layered(price, tuple(words))


def lock_of(contract: Contract | None, price: Price, at: datetime) -> PriceLock | None:
    """The lock on the price at the moment, if any; of several the one that was agreed last."""
    held = [
        lock
        for lock in (contract.locks if contract else ())
        if lock.holds_at(at) and _names((lock.price,), price)
    ]
    return held[-1] if held else None


def override_of(contract: Contract, price: Price, at: datetime) -> RateChange | None:
    """What the contract says of the price: what its phase says before what it says for its whole time."""
    phase = contract.phase_at(at)
    own = change_at(phase.overrides, price, at) if phase else None
    return own or change_at(contract.overrides, price, at)


def factor_at(escalator: Escalator, at: datetime, timezone: str) -> Decimal:
    """What the escalator has made of one by the moment: a step at `first_at`, and one every interval after.

    >>> from steelyard.kernel import instant
    >>> yearly = Escalator(first_at=instant("2027-01-01T00:00:00Z"), percent=Decimal(3))
    >>> [str(factor_at(yearly, instant(f"{year}-06-01T00:00:00Z"), "UTC")) for year in (2026, 2027, 2028)]
    ['1', '1.03', '1.0609']
    """
    factor, ceiling = ONE, None
    if escalator.maximum_percent is not None:
        ceiling = ONE + escalator.maximum_percent / 100
    for step in steps_until(escalator, at, timezone):
        del step
        factor *= ONE + escalator.percent / 100
        if ceiling is not None and factor > ceiling:
            return _short(ceiling)
        factor = _short(factor)
    return factor


def steps_until(escalator: Escalator, until: datetime, timezone: str) -> Iterator[datetime]:
    """When the escalator steps, up to and including the moment."""
    moment, count = escalator.first_at, 0
    while moment <= until:
        yield moment
        count += 1
        moment = months_later(escalator.first_at, count * escalator.every_months, timezone)


def _listed(
    price: Price, agreement: Agreement, catalog: Catalog, at: datetime
) -> Iterator[tuple[str, RateChange, str]]:
    """What the catalog itself has changed about the price, and into which other currency, if any."""
    scheduled = change_at(catalog.rate_changes, price, at)
    if scheduled is not None:
        yield "rate change", scheduled, ""
    for book in books_of(agreement, catalog):
        change = change_at(book.rates, price, at)
        if change is not None:
            yield f"price book {book.name}", change, book.currency


def books_of(agreement: Agreement, catalog: Catalog) -> tuple[PriceBook, ...]:
    """The price books that apply: the one that the contract names, else the one that fits the customer."""
    if not catalog.price_books:
        return ()
    named = agreement.contract.book if agreement.contract else ""
    return chosen(catalog.price_books, agreement.attributes, named)


def _locked(price: Price, lock: PriceLock) -> Price:
    change = RateChange(price=price.key, model=lock.model, included=lock.included)
    return applied(change, price)


def _times(price: Price, factor: Decimal) -> Price:
    return applied(RateChange(price=price.key, multiplier=factor), price)


def _names(selectors: tuple[str, ...], price: Price) -> bool:
    return any(names(selector, price) for selector in selectors)


def _because(reason: str) -> str:
    return f" ({reason})" if reason else ""


def _short(factor: Decimal) -> Decimal:
    exponent = factor.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -FACTOR_DECIMALS:
        return factor.quantize(ONE.scaleb(-FACTOR_DECIMALS), rounding=ROUND_HALF_EVEN)
    return factor
