"""How the differences of an impact are spread over customers: counts between fixed bounds, in percent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from steelyard.catalog.impact import CustomerImpact, Impact
from steelyard.kernel import ZERO, plain

BOUNDS: Final = tuple(Decimal(bound) for bound in (-50, -25, -10, -5, -1, 0, 1, 5, 10, 25, 50, 100))
"""Between which percentages customers are counted; nothing at all is a count of its own."""

SHARES: Final = (10, 25, 50, 75, 90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """How many customers of one currency change by so much, and their money together."""

    text: str
    customers: int
    difference: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """The spread of one currency: counts from the largest saving to the largest rise, and percentiles.

    `percentiles` are nearest ranks of the percentages, by share; those without an old bill take no part.
    """

    currency: str
    buckets: tuple[Bucket, ...]
    percentiles: dict[int, Decimal]


def distribution_of(impact: Impact) -> tuple[Distribution, ...]:
    """The spread of an impact's differences, by currency.

    >>> distribution_of(Impact(base="a", candidate="b", period="2026-10", customers=()))
    ()
    """
    return tuple(
        _of(currency, [one for one in impact.customers if one.currency == currency])
        for currency in sorted({one.currency for one in impact.customers})
    )


def _of(currency: str, customers: Sequence[CustomerImpact]) -> Distribution:
    percents = sorted(one.percent for one in customers if one.percent is not None)
    return Distribution(
        currency=currency,
        buckets=tuple(_buckets(customers)),
        percentiles={share: nearest_rank(percents, share) for share in SHARES} if percents else {},
    )


def nearest_rank(ascending: Sequence[Decimal], share: int) -> Decimal:
    """The value at the place ⌈share / 100 × n⌉ of those in ascending order.

    >>> nearest_rank([Decimal(n) for n in range(1, 21)], 95)
    Decimal('19')
    """
    place = -(-share * len(ascending) // 100)
    return ascending[max(place, 1) - 1]


def _buckets(customers: Sequence[CustomerImpact]) -> Iterator[Bucket]:
    spread: list[list[CustomerImpact]] = [[] for _ in range(len(BOUNDS) + 2)]
    new: list[CustomerImpact] = []
    for one in customers:
        if one.percent is None and one.difference:
            new.append(one)
        else:
            spread[_place(one)].append(one)
    for place, those in enumerate(spread):
        yield _bucket(_text(place), those)
    yield _bucket("paid nothing before", new)


def _place(one: CustomerImpact) -> int:
    """Where the customer is counted: exactly nothing lies in the middle, between savings and rises."""
    if not one.difference:
        return BOUNDS.index(ZERO) + 1
    percent = one.difference * 100 / abs(one.old)
    if percent < 0:
        return sum(bound <= percent for bound in BOUNDS)
    return sum(bound < percent for bound in BOUNDS) + 1


def _text(place: int) -> str:
    middle = BOUNDS.index(ZERO) + 1
    if place == middle:
        return "no change"
    if place == 0:
        return f"below {_signed(BOUNDS[0])} %"
    if place < middle:
        return f"{_signed(BOUNDS[place - 1])} to {_signed(BOUNDS[place])} %"
    if place == len(BOUNDS) + 1:
        return f"more than {_signed(BOUNDS[-1])} %"
    return f"{_signed(BOUNDS[place - 2])} to {_signed(BOUNDS[place - 1])} %"


def _signed(bound: Decimal) -> str:
    return f"+{plain(bound)}" if bound > 0 else plain(bound).replace("-", "−")


def _bucket(text: str, those: Iterable[CustomerImpact]) -> Bucket:
    listed = list(those)
    return Bucket(text=text, customers=len(listed), difference=sum((one.difference for one in listed), ZERO))
