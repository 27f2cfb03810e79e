"""Block: units in whole blocks, in tiers that each hold a number of blocks of their own (Kill Bill's way)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from steelyard.kernel import ONE, ZERO
from steelyard.rating.model import Rated, Step, StepKind, Usage
from steelyard.rating.prices import BlockPolicy, BlockPrice, BlockTier
from steelyard.rating.wording import Wording


class _Taken(NamedTuple):
    """The units that a tier takes, and the blocks that they begin."""

    number: int
    tier: BlockTier
    units: Decimal
    blocks: Decimal


def amount(price: BlockPrice, usage: Usage) -> Decimal:
    """What the blocks cost; a tier that is just filled is the last one reached.

    >>> tiers = (BlockTier(size=ONE, count=Decimal(10), amount=Decimal(2)), BlockTier(size=ONE, amount=ONE))
    >>> twelve = Usage(quantity=Decimal(12))
    >>> [str(amount(BlockPrice(blocks=tiers, policy=policy), twelve)) for policy in BlockPolicy]
    ['22', '12']
    """
    return sum((taken.blocks * taken.tier.amount for taken in _priced(price, usage.quantity)), ZERO)


def rate(price: BlockPrice, usage: Usage, wording: Wording) -> Rated:
    """The blocks of each tier at its amount, or all of them at that of the last tier reached.

    >>> price = BlockPrice(blocks=(BlockTier(size=Decimal(100), amount=Decimal(3)),))
    >>> rate(price, Usage(quantity=Decimal(250)), Wording()).steps[0].text
    '3 blocks × 3.00 = 9.00 (250 units in blocks of 100, tier 1)'
    """
    words = Wording(unit="blocks")
    steps: list[Step] = []
    for taken in _priced(price, usage.quantity):
        cost = taken.blocks * taken.tier.amount
        each, size = taken.tier.amount, wording.number(taken.tier.size)
        product = f"{words.count(taken.blocks)} × {wording.amount(each)} = {wording.amount(cost)}"
        why = f"{wording.count(taken.units)} in blocks of {size}, tier {taken.number}"
        steps.append(
            Step(
                text=f"{product} ({why})",
                quantity=taken.blocks,
                unit_amount=each,
                amount=cost,
            )
        )
    beyond = usage.quantity - sum((taken.units for taken in _priced(price, usage.quantity)), ZERO)
    if beyond > 0:
        text = f"{wording.count(beyond)} above the last tier, not charged"
        steps.append(Step(text=text, quantity=beyond, unit_amount=ZERO, amount=ZERO, kind=StepKind.NOTE))
    return Rated(amount=sum((step.amount for step in steps), ZERO), steps=tuple(steps))


def blocks_of(units: Decimal, size: Decimal) -> Decimal:
    """How many blocks the units begin.

    >>> blocks_of(Decimal(101), Decimal(100))
    Decimal('2')
    """
    whole, rest = divmod(units, size)
    return whole + ONE if rest else whole


def _priced(price: BlockPrice, units: Decimal) -> list[_Taken]:
    walked = list(_walk(price, units))
    if not walked or price.policy is BlockPolicy.ALL_TIERS:
        return walked
    last = walked[-1]
    return [_Taken(last.number, last.tier, units, blocks_of(units, last.tier.size))]


def _walk(price: BlockPrice, units: Decimal) -> Iterator[_Taken]:
    rest = units
    for number, tier in enumerate(price.blocks, start=1):
        if rest <= 0:
            return
        taken = rest if tier.capacity is None else min(rest, tier.capacity)
        yield _Taken(number, tier, taken, blocks_of(taken, tier.size))
        rest -= taken
