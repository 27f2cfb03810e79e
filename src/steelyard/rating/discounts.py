"""Discounts: what one takes off an amount, how several stack, and how one that lines share is split.

Exact and unrounded. The order is the one in which the discounts are declared; no discount takes more than
what is left, and none below zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import msgspec

from steelyard.kernel import ZERO, InvalidInput
from steelyard.rating.exactly import kept

_HUNDRED = Decimal(100)


class Band(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A percentage from a measure on: from 1,000 units, from 10 seats, from 24 months."""

    at_least: Decimal
    percent: Decimal


class _Discount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="form"):
    """What all forms share: the field that tells them apart."""


class PercentOff(_Discount, frozen=True, kw_only=True, tag="percent"):
    """So many percent off; 100 is free."""

    percent: Decimal

    def __post_init__(self) -> None:
        _check_percent(self.percent)


class AmountOff(_Discount, frozen=True, kw_only=True, tag="amount"):
    """An amount off each period, or once (`once`): then what a period cannot take is left for the next."""

    amount: Decimal
    once: bool = False

    def __post_init__(self) -> None:
        if self.amount < 0:
            raise InvalidInput("a discount is not negative", code="negative_discount")


class FreeUnits(_Discount, frozen=True, kw_only=True, tag="free_units"):
    """So many units free in each period, before the price rates the rest."""

    units: Decimal

    def __post_init__(self) -> None:
        if self.units < 0:
            raise InvalidInput("free units are not negative", code="negative_discount")


class VolumeOff(_Discount, frozen=True, kw_only=True, tag="volume"):
    """A percentage by how many units a line charges: that of the highest band reached holds for all."""

    bands: tuple[Band, ...]

    def __post_init__(self) -> None:
        _check_bands(self.bands)


class SeatsOff(_Discount, frozen=True, kw_only=True, tag="multi_seat"):
    """A percentage by how many seats (`quantity`, as agreed) the subscription has."""

    bands: tuple[Band, ...]
    quantity: str = "seats"

    def __post_init__(self) -> None:
        _check_bands(self.bands)


class TermOff(_Discount, frozen=True, kw_only=True, tag="term"):
    """A percentage by for how many months the subscription was agreed."""

    bands: tuple[Band, ...]

    def __post_init__(self) -> None:
        _check_bands(self.bands)


class FreeMonths(_Discount, frozen=True, kw_only=True, tag="free_months"):
    """The first so many months cost nothing."""

    months: int

    def __post_init__(self) -> None:
        if self.months < 1:
            raise InvalidInput("at least one month is free", code="no_months")


DiscountForm = PercentOff | AmountOff | FreeUnits | VolumeOff | SeatsOff | TermOff | FreeMonths


class Basis(StrEnum):
    """What a percentage is taken of: what the discounts before it leave, or the amount before all of them."""

    REMAINING = "remaining"
    LIST = "list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a discount goes by: a line's units, seats, months agreed and gone by, the amount given before."""

    units: Decimal = ZERO
    seats: Decimal = ZERO
    term_months: int = 0
    month: int = 0
    given: Decimal = ZERO


def percent_of(form: DiscountForm, measured: Measured) -> Decimal:
    """The percentage that the form takes off now; zero for forms that take an amount or units.

    >>> bands = (
    ...     Band(at_least=Decimal(10), percent=Decimal(5)),
    ...     Band(at_least=Decimal(50), percent=Decimal(9)),
    ... )
    >>> [percent_of(SeatsOff(bands=bands), Measured(seats=Decimal(n))) for n in (9, 10, 70)]
    [Decimal('0'), Decimal('5'), Decimal('9')]
    """
    match form:
        case PercentOff():
            return form.percent
        case VolumeOff():
            return _reached(form.bands, measured.units)
        case SeatsOff():
            return _reached(form.bands, measured.seats)
        case TermOff():
            return _reached(form.bands, Decimal(measured.term_months))
        case FreeMonths():
            return _HUNDRED if measured.month < form.months else ZERO
        case AmountOff() | FreeUnits():
            return ZERO


def taken_off(
    form: DiscountForm, amount: Decimal, measured: Measured, *, listed: Decimal | None = None
) -> Decimal:
    """What the discount takes off this amount; at most all of it, and nothing off a negative amount.

    `listed` is the amount before all discounts, where the percentage is of that. Free units take no amount:
    they are taken off the quantity before it is rated.

    >>> taken_off(AmountOff(amount=Decimal(12), once=True), Decimal(300), Measured(given=Decimal(5)))
    Decimal('7')
    """
    if amount <= 0:
        return ZERO
    if isinstance(form, AmountOff):
        left = form.amount - measured.given if form.once else form.amount
        return max(ZERO, min(left, amount))
    base = amount if listed is None else listed
    return min(amount, max(ZERO, base * percent_of(form, measured) / _HUNDRED))


def stacked(
    amount: Decimal, forms: Sequence[tuple[DiscountForm, Basis]], measured: Measured
) -> tuple[Decimal, ...]:
    """What each discount takes off, in their order; together at most the amount.

    >>> tenth = PercentOff(percent=Decimal(10))
    >>> stacked(Decimal(100), [(tenth, Basis.REMAINING), (tenth, Basis.REMAINING)], Measured())
    (Decimal('10'), Decimal('9'))
    >>> stacked(Decimal(100), [(tenth, Basis.LIST), (tenth, Basis.LIST)], Measured())
    (Decimal('10'), Decimal('10'))
    """
    left = amount
    found: list[Decimal] = []
    for form, basis in forms:
        off = taken_off(form, left, measured, listed=amount if basis is Basis.LIST else None)
        found.append(off)
        left -= off
    return tuple(found)


def shares(total: Decimal, weights: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """The total split in proportion to the weights; the parts sum to it exactly, to at most 18 decimals.

    What an endless quotient leaves goes to the last part that is not nothing. Raises InvalidInput where a
    weight is negative or all are zero.

    >>> shares(Decimal(9000), [Decimal(10000), Decimal(20000)])
    (Decimal('3000'), Decimal('6000'))
    >>> sum(shares(Decimal(10), [Decimal(1)] * 3))
    Decimal('10.000000000000000000')
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise InvalidInput("weights must not be negative and not all be zero", code="invalid_weights")
    parts = [kept(total * weight / whole) for weight in weights]
    last = max(place for place, weight in enumerate(weights) if weight)
    parts[last] = total - sum(parts[:last])
    return tuple(parts)


def floor_of(listed: Decimal, *, percent: Decimal | None = None, amount: Decimal | None = None) -> Decimal:
    """The least that may remain of a listed amount: a percentage of it or an amount, never more than it.

    >>> floor_of(Decimal(200), percent=Decimal(60)), floor_of(Decimal(200), amount=Decimal(500))
    (Decimal('120'), Decimal('200'))
    """
    wanted = [ZERO]
    if percent is not None:
        wanted.append(listed * percent / _HUNDRED)
    if amount is not None:
        wanted.append(amount)
    return min(listed, max(wanted)) if listed > 0 else ZERO


def clipped(off: Decimal, budgets: Iterable[Decimal]) -> Decimal:
    """What of a discount the floors still allow.

    >>> clipped(Decimal(30), [Decimal(100), Decimal(20)]), clipped(Decimal(30), [])
    (Decimal('20'), Decimal('30'))
    """
    return max(ZERO, min([off, *budgets]))


def _reached(bands: Sequence[Band], measure: Decimal) -> Decimal:
    return next((band.percent for band in reversed(bands) if measure >= band.at_least), ZERO)


def _check_percent(percent: Decimal) -> None:
    if not ZERO <= percent <= _HUNDRED:
        raise InvalidInput("a discount is from 0 to 100 percent", code="bad_percent")


def _check_bands(bands: Sequence[Band]) -> None:
    if not bands:
        raise InvalidInput("a discount by bands needs at least one band", code="no_bands")
    before: Decimal | None = None
    for number, band in enumerate(bands, start=1):
        _check_percent(band.percent)
        if before is not None and band.at_least <= before:
            raise InvalidInput(f"band {number} begins at or below the one before it", code="band_order")
        before = band.at_least
