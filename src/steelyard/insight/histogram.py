"""How bills are spread: how many of them lie in each of some steps of equal width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

BINS_MAX: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """How many bills lie from `low` up to, but not with, `high`; the last bin holds its `high` too."""

    low: Decimal
    high: Decimal
    bills: int


def binned(totals: Sequence[Decimal], *, bins: int = BINS_MAX) -> tuple[Bin, ...]:
    """The bins of equal width that hold all these totals; one where all are the same, none without any.

    >>> [
    ...     (str(one.low), str(one.high), one.bills)
    ...     for one in binned([Decimal(n) for n in (0, 1, 1, 4)], bins=2)
    ... ]
    [('0', '2', 3), ('2', '4', 1)]
    >>> [one.bills for one in binned([Decimal(5), Decimal(5)])]
    [2]
    """
    if not totals:
        return ()
    low, high = min(totals), max(totals)
    if low == high:
        return (Bin(low=low, high=high, bills=len(totals)),)
    counts = [0] * bins
    for total in totals:
        counts[min(int((total - low) * bins / (high - low)), bins - 1)] += 1
    edges = [low + (high - low) * place / bins for place in range(bins + 1)]
    return tuple(
        Bin(low=edges[place], high=edges[place + 1], bills=count) for place, count in enumerate(counts)
    )
