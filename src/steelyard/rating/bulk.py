"""One price for many quantities at once, in columns of whole numbers.

Quantities and prices are scaled to whole numbers, so that sums and products are exact; where 62 bits would
not hold them, or the price looks into its usage, every quantity is charged alone. The amounts are those of
`charge_amount` in either case, and a quantity that it refuses is refused here with the same words.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import numpy as np
import numpy.typing as npt

from steelyard.kernel import ZERO
from steelyard.rating.model import Usage
from steelyard.rating.models.tiers import unit_amount
from steelyard.rating.pricing import Pricing, charge_amount, why_not
from steelyard.rating.simple_prices import (
    FlatPrice,
    GraduatedPrice,
    PackagePrice,
    PackageRounding,
    PerUnitPrice,
    VolumePrice,
)

Column = npt.NDArray[np.int64]
_LIMIT: Final = 1 << 61
"""What the largest product stays below: products and flat amounts together are less than twice that.

There are no more tiers than the last bound has units, so that flat amounts sum to no more than a product.
"""


def bulk_amounts(pricing: Pricing, quantities: Sequence[Decimal]) -> list[Decimal]:
    """What each of these quantities costs by the price; equal, number by number, to `charge_amount`.

    >>> from steelyard.rating.simple_prices import PerUnitPrice
    >>> price = Pricing(model=PerUnitPrice(unit_amount=Decimal("0.25")), included=Decimal(1))
    >>> [str(amount) for amount in bulk_amounts(price, [Decimal(1), Decimal(3), Decimal("1.5")])]
    ['0.000', '0.500', '0.125']
    """
    if quantities and _in_columns(pricing):
        digits = max(_decimals(one) for one in (*quantities, *_bounds(pricing)))
        money = max(_decimals(one) for one in _amounts(pricing))
        if _fits(pricing, quantities, digits, money):
            used = _column([_scaled(quantity, digits) for quantity in quantities])
            column = _Columns(pricing, digits, money).amounts(used)
            return [Decimal(amount).scaleb(-digits - money) for amount in column.tolist()]
    return [charge_amount(pricing, Usage(quantity=quantity)) for quantity in quantities]


def bulk_charges(pricing: Pricing, usages: Sequence[Usage]) -> list[Decimal | None]:
    """What each of these usages costs by the price, by columns where they can; None where `why_not` refuses.

    >>> from steelyard.rating.simple_prices import PackagePrice
    >>> ten = Pricing(model=PackagePrice(size=Decimal(10), amount=Decimal(4)))
    >>> bulk_charges(ten, [Usage(quantity=Decimal(12)), Usage(quantity=Decimal(-1))])
    [Decimal('8'), None]
    """
    good = [one for one in usages if why_not(pricing, one) is None]
    if _in_columns(pricing) and all(one.tier_quantity is None for one in good):
        amounts = iter(bulk_amounts(pricing, [one.quantity for one in good]))
    else:
        amounts = iter([charge_amount(pricing, one) for one in good])
    fit = {id(one) for one in good}
    return [next(amounts) if id(one) in fit else None for one in usages]


def _in_columns(pricing: Pricing) -> bool:
    """Whether the price charges plain quantities by a model that columns can calculate."""
    simple = isinstance(pricing.model, (FlatPrice, PerUnitPrice, GraduatedPrice, VolumePrice, PackagePrice))
    return (
        simple
        and pricing.weights is None
        and pricing.conversion is None
        and pricing.scope is None
        and pricing.exchange is None
    )


def _fits(pricing: Pricing, quantities: Sequence[Decimal], digits: int, money: int) -> bool:
    """Whether no number on the way can leave 62 bits, and no quantity is one that is refused."""
    model = pricing.model
    lowest, highest = min(quantities), max(quantities)
    if lowest < 0 and not isinstance(model, (FlatPrice, PerUnitPrice)):
        return False
    last = model.tiers[-1].up_to if isinstance(model, VolumePrice) else None
    if last is not None and highest > last:
        return False
    most = max(_scaled(abs(one), digits) for one in (lowest, highest, *_bounds(pricing)))
    dearest = max(_scaled(abs(one), money + digits) for one in _amounts(pricing))
    return (most + 1) * (dearest + 1) < _LIMIT


def _bounds(pricing: Pricing) -> list[Decimal]:
    """The numbers of the price that are compared with quantities."""
    found = [pricing.included, *([] if pricing.cap is None else [pricing.cap])]
    match pricing.model:
        case GraduatedPrice() | VolumePrice():
            found += [tier.up_to for tier in pricing.model.tiers if tier.up_to is not None]
        case PackagePrice():
            found += [pricing.model.size, pricing.model.included]
        case _:
            pass
    return found


def _amounts(pricing: Pricing) -> list[Decimal]:
    """The numbers of the price that are money; at least one, where columns can calculate the price."""
    found = [one for one in (pricing.minimum, pricing.maximum) if one is not None]
    match pricing.model:
        case FlatPrice() | PackagePrice():
            found.append(pricing.model.amount)
        case PerUnitPrice():
            found.append(_each(pricing.model))
        case GraduatedPrice() | VolumePrice():
            for tier in pricing.model.tiers:
                found += [unit_amount(tier, pricing.model.per), tier.flat_amount or ZERO]
        case _:
            pass
    return found


def _each(model: PerUnitPrice) -> Decimal:
    return model.unit_amount.scaleb(-model.per.adjusted())


def _decimals(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _scaled(number: Decimal, digits: int) -> int:
    return int(number.scaleb(digits))


def _column(numbers: list[int]) -> Column:
    return np.array(numbers, dtype=np.int64)


class _Columns:
    """The calculation of one price: quantities with `digits` decimals, unit amounts with `money` of them."""

    def __init__(self, pricing: Pricing, digits: int, money: int) -> None:
        self._pricing = pricing
        self._digits = digits
        self._money = money

    def amounts(self, used: Column) -> Column:
        """The amounts, with as many decimals as quantities and prices have together."""
        amounts = self._by_model(self._charged(used))
        if self._pricing.maximum is not None:
            amounts = np.minimum(amounts, self._total(self._pricing.maximum))
        if self._pricing.minimum is not None:
            amounts = np.maximum(amounts, self._total(self._pricing.minimum))
        return amounts

    def _charged(self, used: Column) -> Column:
        included, cap = self._pricing.included, self._pricing.cap
        if included:
            used = np.where(used > 0, np.maximum(used - self._quantity(included), 0), used)
        return used if cap is None else np.minimum(used, self._quantity(cap))

    def _by_model(self, used: Column) -> Column:
        match self._pricing.model:
            case FlatPrice() as flat:
                return np.where((used != 0) | flat.flat_at_zero, self._total(flat.amount), 0)
            case PerUnitPrice() as each:
                return used * self._unit(_each(each))
            case GraduatedPrice() as tiered:
                return self._graduated(tiered, used)
            case VolumePrice() as tiered:
                return self._volume(tiered, used)
            case PackagePrice() as package:
                return self._packages(package, used)
            case other:
                raise AssertionError(f"{type(other).__name__} is not charged in columns")

    def _graduated(self, model: GraduatedPrice, used: Column) -> Column:
        amounts, lower = np.zeros_like(used), 0
        for number, tier in enumerate(model.tiers, start=1):
            top = used if tier.up_to is None else np.minimum(used, self._quantity(tier.up_to))
            amounts += np.maximum(top - lower, 0) * self._unit(unit_amount(tier, model.per))
            reached = (used > lower) | (number == 1 and model.flat_at_zero)
            amounts += np.where(reached, self._total(tier.flat_amount or ZERO), 0)
            lower = lower if tier.up_to is None else self._quantity(tier.up_to)
        return amounts

    def _volume(self, model: VolumePrice, used: Column) -> Column:
        bounds = [self._quantity(tier.up_to) for tier in model.tiers if tier.up_to is not None]
        tier = np.searchsorted(_column(bounds), used, side="left")
        each = _column([self._unit(unit_amount(one, model.per)) for one in model.tiers])
        flat = _column([self._total(one.flat_amount or ZERO) for one in model.tiers])
        due = (used != 0) | model.flat_at_zero
        return used * each[tier] + np.where(due, flat[tier], 0)

    def _packages(self, model: PackagePrice, used: Column) -> Column:
        whole, rest = np.divmod(
            np.maximum(used - self._quantity(model.included), 0), self._quantity(model.size)
        )
        begun = rest > 0 if model.round is PackageRounding.UP else np.zeros_like(rest)
        return (whole + begun) * self._total(model.amount)

    def _quantity(self, number: Decimal) -> int:
        return _scaled(number, self._digits)

    def _unit(self, number: Decimal) -> int:
        return _scaled(number, self._money)

    def _total(self, number: Decimal) -> int:
        return _scaled(number, self._digits + self._money)
