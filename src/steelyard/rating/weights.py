"""Weights: units of different worth as one normalised unit, such as tokens by model and kind of token."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from steelyard.kernel import ZERO, InvalidInput
from steelyard.rating.model import Usage, UsagePart
from steelyard.rating.models.matrix import place_of
from steelyard.rating.prices import check_cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """What a unit is worth where the dimensions have these values; `*` is any other value."""

    at: tuple[str, ...]
    factor: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A table of weights; the entry that names most values applies, and `rest` where none does.

    `unit` is the normalised unit in the plural.

    >>> table = Weights(over=("kind",), rows=(Weight(at=("output",), factor=Decimal(4)),), rest=Decimal(1))
    >>> parts = (
    ...     UsagePart(at=("input",), quantity=Decimal(10)),
    ...     UsagePart(at=("output",), quantity=Decimal(5)),
    ... )
    >>> table.of(Usage(quantity=Decimal(15), parts=parts))
    Decimal('30')
    """

    over: tuple[str, ...]
    rows: tuple[Weight, ...]
    rest: Decimal | None = None
    unit: str = ""

    def __post_init__(self) -> None:
        check_cells(self.over, [row.at for row in self.rows])

    def of(self, usage: Usage) -> Decimal:
        """The normalised quantity of a usage that is divided by the dimensions of the table."""
        return sum((part.quantity * self.factor_of(part.at) for part in usage.parts), ZERO)

    def factor_of(self, at: tuple[str, ...]) -> Decimal:
        """The weight at these values; raises InvalidInput `no_rate` where there is none."""
        place = place_of([row.at for row in self.rows], at)
        if place is not None:
            return self.rows[place].factor
        if self.rest is None:
            raise InvalidInput(f"there is no weight for {' / '.join(at)}", code="no_rate")
        return self.rest

    def unweighted(self, usage: Usage) -> UsagePart | None:
        """The first part that has no weight, or None if all have one."""
        if self.rest is not None:
            return None
        places = [row.at for row in self.rows]
        return next((part for part in usage.parts if place_of(places, part.at) is None), None)
