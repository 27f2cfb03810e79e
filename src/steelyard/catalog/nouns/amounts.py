"""The numbers of prices: never below nothing, and never so large that only a slip can have made them."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from steelyard.catalog.fields import decimal
from steelyard.kernel import ZERO

AMOUNT_MAX: Final = Decimal(10**12)
"""No price of a unit, a tier or a month is beyond this in any currency; a slip of the keyboard is."""

AMOUNT = decimal(at_least=ZERO, at_most=AMOUNT_MAX)
POSITIVE = decimal(above=ZERO)
QUANTITY = decimal(at_least=ZERO)
