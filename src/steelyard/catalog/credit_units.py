"""Credit units: units of one's own in which credit is sold, and what one is worth in each currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditUnit:
    """A unit of credit; `rates` say what one unit pays in each currency that it can be used in.

    >>> unit = CreditUnit(
    ...     key="credits", name="Credits", owner="o", definition="d", rates={"EUR": Decimal("0.01")}
    ... )
    >>> unit.rate("EUR"), unit.rate("USD")
    (Decimal('0.01'), None)
    """

    key: str
    name: str
    owner: str
    definition: str
    rates: Mapping[str, Decimal]

    def rate(self, currency: str) -> Decimal | None:
        """What one unit pays in the currency; None where it cannot be used in it."""
        return self.rates.get(currency)
