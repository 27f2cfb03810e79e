"""What remains of a contract year's price after all the discounts that one subscription may have at once.

A floor binds the year: half off for three months leaves 87.5 %, not 50 %. Coupons are left out of what adds
up, since a code is given to whom it is meant for; alone, each of them is judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from steelyard.catalog.discounts import Discount, Floor
from steelyard.catalog.model import Catalog
from steelyard.kernel import plain
from steelyard.rating.discounts import Basis, most_off_a_year

_HUNDRED = Decimal(100)


def below_floor(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Where discounts, alone or all together, would leave less of a year than a floor wants, and in words.

    >>> list(below_floor(Catalog()))
    []
    """
    for floor in catalog.floors.values():
        if floor.percent is None:
            continue
        concerned = [one for one in catalog.discounts.values() if _meet(one, floor)]
        too_much = [one for one in concerned if left_of_year([one]) < floor.percent]
        for one in too_much:
            yield f"discounts.{one.key}", _words([one], floor)
        fine = [one for one in concerned if one not in too_much and not one.alone and not one.code]
        together = _worst(fine)
        if together and left_of_year(together) < floor.percent:
            yield f"discounts.{together[-1].key}", _words(together, floor)


def left_of_year(discounts: Sequence[Discount]) -> Decimal:
    """How many percent of a contract year's list amount these leave, in their order.

    >>> left_of_year([])
    Decimal('100')
    """
    left = _HUNDRED
    for one in sorted(discounts, key=lambda each: each.order):
        off = most_off_a_year(one.form, one.months)
        left -= off if one.basis is Basis.LIST else left * off / _HUNDRED
    return max(Decimal(0), left)


def _worst(discounts: Sequence[Discount]) -> list[Discount]:
    """Of the sets that one subscription may have at once, one that takes most; great ones are tried first."""
    ordered = sorted(discounts, key=lambda one: (-most_off_a_year(one.form, one.months), one.key))
    sets: list[list[Discount]] = []
    for first in ordered:
        chosen = [first]
        for one in ordered:
            if one is not first and all(_go_together(one, other) for other in chosen):
                chosen.append(one)
        sets.append(chosen)
    return min(sets, key=left_of_year) if sets else []


def _go_together(one: Discount, other: Discount) -> bool:
    """Whether one subscription may have both, on the same charge."""
    if one.best_of and one.best_of == other.best_of:
        return False
    apart = any(
        name in other.attributes and not set(values) & set(other.attributes[name])
        for name, values in one.attributes.items()
    )
    return not apart and _overlap(one.plans, other.plans) and _overlap(one.applies_to, other.applies_to)


def _meet(discount: Discount, floor: Floor) -> bool:
    return _overlap(floor.plans, discount.plans) and _overlap(floor.prices, discount.applies_to)


def _overlap(some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether two lists have a name in common; an empty one is about everything."""
    return not some or not others or bool(set(some) & set(others))


def _words(discounts: Sequence[Discount], floor: Floor) -> str:
    left = left_of_year(discounts).quantize(Decimal("0.01")).normalize()
    names = " and ".join(repr(one.key) for one in discounts)
    what = f"the discount {names} leaves" if len(discounts) == 1 else f"the discounts {names} together leave"
    wanted = plain(floor.percent) if floor.percent is not None else ""
    return f"{what} {plain(left)} % of a contract year, and the floor {floor.key!r} wants {wanted} %"
