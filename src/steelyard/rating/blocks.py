"""Blocks: units sold in blocks, in tiers that each hold a number of blocks of their own (Kill Bill's way)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from steelyard.kernel import ONE, ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockTier:
    """Up to `blocks` blocks (None: unlimited) of `size` units at an amount each.

    >>> BlockTier(size=Decimal(100), blocks=Decimal(10), amount=Decimal(1)).capacity
    Decimal('1000')
    """

    size: Decimal
    amount: Decimal
    blocks: Decimal | None = None

    @property
    def capacity(self) -> Decimal | None:
        """How many units the tier holds, or None for all."""
        return None if self.blocks is None else self.size * self.blocks

    def price_of(self, units: Decimal) -> Decimal:
        """The blocks that the units begin, at the tier's amount."""
        whole, rest = divmod(units, self.size)
        return (whole + ONE if rest else whole) * self.amount


class BlockPolicy(StrEnum):
    """Whether each tier prices the units it holds, or the last tier reached prices all."""

    ALL_TIERS = "ALL_TIERS"
    TOP_TIER = "TOP_TIER"


def rate_blocks(tiers: tuple[BlockTier, ...], policy: BlockPolicy, units: Decimal) -> Decimal:
    """What the units cost in blocks; a tier that is just filled is the last one reached.

    >>> tiers = (BlockTier(size=ONE, blocks=Decimal(10), amount=Decimal(2)), BlockTier(size=ONE, amount=ONE))
    >>> (
    ...     rate_blocks(tiers, BlockPolicy.ALL_TIERS, Decimal(12)),
    ...     rate_blocks(tiers, BlockPolicy.TOP_TIER, Decimal(12)),
    ... )
    (Decimal('22'), Decimal('12'))
    """
    rest, amount, reached = units, ZERO, tiers[0]
    for tier in tiers:
        if rest <= 0:
            break
        taken = rest if tier.capacity is None else min(rest, tier.capacity)
        amount, rest, reached = amount + tier.price_of(taken), rest - taken, tier
    return amount if policy is BlockPolicy.ALL_TIERS else reached.price_of(units)
