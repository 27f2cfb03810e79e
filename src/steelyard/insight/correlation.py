"""Rank correlation, exact: Spearman's rho with ties, in whole numbers up to one square root.

C. Spearman, "The proof and measurement of association between two things", 1904; with ties it is Pearson's
coefficient of the average ranks.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal
from typing import Final

PAIRS_MIN: Final = 3
"""With fewer pairs than this there is no correlation to speak of."""

_PLACES: Final = Decimal("0.0001")
_EXACT: Final = Context(prec=60)


def rank_correlation(pairs: Sequence[tuple[Decimal, Decimal]]) -> Decimal | None:
    """Spearman's rho of these pairs, from -1 to 1, to four decimals.

    None with fewer than three pairs, or where all values of one side are equal: nothing goes with what never
    changes.

    >>> def rho(*pairs):
    ...     return rank_correlation([(Decimal(x), Decimal(y)) for x, y in pairs])
    >>> rho((1, 10), (2, 20), (3, 30)), rho((1, 3), (2, 2), (3, 1)), rho((1, 1), (2, 1), (3, 1))
    (Decimal('1.0000'), Decimal('-1.0000'), None)
    >>> rho((1, 1), (2, 3), (2, 2), (4, 4))
    Decimal('0.9487')
    """
    if len(pairs) < PAIRS_MIN:
        return None
    x = centred_ranks([one for one, _ in pairs])
    y = centred_ranks([other for _, other in pairs])
    spread_x, spread_y = sum(a * a for a in x), sum(b * b for b in y)
    if not spread_x or not spread_y:
        return None
    together = sum(a * b for a, b in zip(x, y, strict=True))
    root = _EXACT.sqrt(Decimal(spread_x * spread_y))
    return _EXACT.divide(Decimal(together), root).quantize(_PLACES)


def centred_ranks(values: Sequence[Decimal]) -> list[int]:
    """Twice the distance of each value's rank from the middle rank; equal values share their average rank.

    Twice, so that shared ranks are whole numbers too.

    >>> centred_ranks([Decimal(5), Decimal(1), Decimal(5), Decimal(9)])
    [0, -3, 0, 3]
    """
    order = sorted(range(len(values)), key=lambda place: values[place])
    ranks = [0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for place in order[start : end + 1]:
            ranks[place] = start + end - (len(values) - 1)
        start = end + 1
    return ranks
