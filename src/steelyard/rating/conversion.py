"""From the unit that is measured to the unit that is sold: bytes to gigabytes, seconds to hours."""

from __future__ import annotations

import decimal
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from steelyard.kernel import ONE


class ConversionOp(StrEnum):
    """How the factor is applied."""

    MULTIPLY = "multiply"
    DIVIDE = "divide"


class WholeUnits(StrEnum):
    """How a converted quantity becomes whole units; half_up is half away from zero."""

    NONE = "none"
    CEILING = "ceiling"
    FLOOR = "floor"
    HALF_UP = "half_up"


_MODES = {
    WholeUnits.CEILING: decimal.ROUND_CEILING,
    WholeUnits.FLOOR: decimal.ROUND_FLOOR,
    WholeUnits.HALF_UP: decimal.ROUND_HALF_UP,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """A factor and what happens to begun units; `unit` is the unit sold, in the plural.

    >>> Conversion(op=ConversionOp.DIVIDE, factor=Decimal(1000), rounding=WholeUnits.CEILING).convert(
    ...     Decimal(1400)
    ... )
    Decimal('2')
    """

    op: ConversionOp
    factor: Decimal
    rounding: WholeUnits = WholeUnits.NONE
    unit: str = ""

    def convert(self, quantity: Decimal) -> Decimal:
        """The quantity in units that are sold; a quotient without end keeps 38 digits."""
        exact = quantity * self.factor if self.op is ConversionOp.MULTIPLY else quantity / self.factor
        mode = _MODES.get(self.rounding)
        return exact if mode is None else exact.quantize(ONE, rounding=mode)
