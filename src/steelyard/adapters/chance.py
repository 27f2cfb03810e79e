"""Chance by a stated seed, for calculations that draw: the same seed gives the same numbers everywhere."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


class Seeded:
    """Random whole numbers from numpy's PCG64."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.Generator(np.random.PCG64(seed))

    def shuffled(self, count: int) -> Sequence[int]:
        """The numbers from 0 up to the count, in a random order.

        >>> sorted(Seeded(1).shuffled(3))
        [0, 1, 2]
        """
        found: list[int] = self._random.permutation(count).tolist()
        return found

    def below(self, limit: int, count: int) -> Sequence[int]:
        """So many numbers from 0 up to the limit, each as likely as any other.

        >>> Seeded(7).below(100, 3) == Seeded(7).below(100, 3)
        True
        """
        found: list[int] = self._random.integers(0, limit, size=count).tolist()
        return found
