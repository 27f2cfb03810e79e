"""Draws from ranges of quantities, by the chance that is given; no binary fraction is in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Final, Protocol

from steelyard.kernel import ZERO, InvalidInput

_PLACES: Final = 10**9
"""Uniform draws are whole billionths."""


class Chance(Protocol):
    """Where random numbers come from; one of a stated seed gives the same draws each time."""

    def shuffled(self, count: int) -> Sequence[int]:
        """The numbers from 0 up to the count, in a random order."""
        ...

    def below(self, limit: int, count: int) -> Sequence[int]:
        """So many numbers from 0 up to the limit, each as likely as any other."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A quantity that is not known for sure: the least, the likeliest and the most it will be.

    Raises InvalidInput where they are not in that order.
    """

    low: Decimal
    likely: Decimal
    high: Decimal

    def __post_init__(self) -> None:
        if not self.low <= self.likely <= self.high:
            message = f"a range goes from low to likely to high, not {self.low}, {self.likely}, {self.high}"
            raise InvalidInput(message, code="bad_range")

    @property
    def is_exact(self) -> bool:
        """Whether the range has no width."""
        return self.low == self.high

    @property
    def is_whole(self) -> bool:
        """Whether all it says are whole numbers; then its draws are too."""
        return all(one == one.to_integral_value() for one in (self.low, self.likely, self.high))


def exactly_so(quantity: Decimal) -> Range:
    """The range without width.

    >>> exactly_so(Decimal(5)).is_exact
    True
    """
    return Range(low=quantity, likely=quantity, high=quantity)


def drawn(ranges: Sequence[Range], *, draws: int, chance: Chance) -> list[tuple[Decimal, ...]]:
    """So many draws of all ranges together, each range independent of the others; one where none has width.

    A range is triangular between its ends with its peak at the likely value. Draws are stratified (Latin
    hypercube, McKay et al. 1979): each of the `draws` equal parts of a distribution is drawn from once.
    """
    if all(one.is_exact for one in ranges):
        return [tuple(one.likely for one in ranges)]
    columns = [[one.likely] * draws if one.is_exact else _column(one, draws, chance) for one in ranges]
    return list(zip(*columns, strict=True))


def _column(one: Range, draws: int, chance: Chance) -> list[Decimal]:
    places, within = chance.shuffled(draws), chance.below(_PLACES, draws)
    return [
        triangular(one, (place + Decimal(part) / _PLACES) / draws)
        for place, part in zip(places, within, strict=True)
    ]


def triangular(one: Range, share: Decimal) -> Decimal:
    """The value below which that share of the triangular distribution lies, rounded where all is whole.

    >>> triangular(Range(low=Decimal(0), likely=Decimal(5), high=Decimal(10)), Decimal("0.5"))
    Decimal('5')
    """
    with localcontext(prec=28):
        width, rise = one.high - one.low, one.likely - one.low
        if width == ZERO:
            return one.likely
        if share * width <= rise:
            value = one.low + (share * width * rise).sqrt()
        else:
            value = one.high - ((1 - share) * width * (one.high - one.likely)).sqrt()
        step = Decimal(1) if one.is_whole else Decimal("0.000001")
        return min(max(value.quantize(step, rounding=ROUND_HALF_EVEN), one.low), one.high)
