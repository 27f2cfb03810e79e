"""The words of an explanation: quantities and amounts as a finance person would write them.

Nothing here calculates; figures are printed in full, never rounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from steelyard.kernel import ONE, plain
from steelyard.rating.model import Step, StepKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How to name the unit (in the plural) and how many decimals an amount has at least."""

    unit: str = "units"
    decimals: int = 2

    def amount(self, value: Decimal) -> str:
        """The amount with thousands marked and at least the usual decimals.

        >>> Wording().amount(Decimal("1234.5")), Wording().amount(Decimal("0.0000025"))
        ('1,234.50', '0.0000025')
        """
        whole, _, fraction = plain(value).partition(".")
        sign, whole = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
        fraction = fraction.ljust(self.decimals, "0")
        return f"{sign}{int(whole):,}" + (f".{fraction}" if fraction else "")

    def number(self, value: Decimal) -> str:
        """The number with thousands marked and no more decimals than it has.

        >>> Wording().number(Decimal("1200000.50"))
        '1,200,000.5'
        """
        whole, dot, fraction = plain(value).partition(".")
        sign, whole = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
        return f"{sign}{int(whole):,}{dot}{fraction}"

    def count(self, value: Decimal) -> str:
        """The quantity with its unit, in the singular for exactly one.

        >>> Wording(unit="seats").count(Decimal(1)), Wording(unit="seats").count(Decimal("2.50"))
        ('1 seat', '2.5 seats')
        """
        singular = (
            value == 1 and len(self.unit) > 2 and self.unit.endswith("s") and not self.unit.endswith("ss")
        )
        return f"{self.number(value)} {self.unit[:-1] if singular else self.unit}"

    def unit_price(self, unit_amount: Decimal, per: Decimal = ONE) -> str:
        """The price of a unit, naming how many units it is for where that is not one.

        >>> Wording().unit_price(Decimal("2.5"), Decimal(1000000))
        '2.50 per 1,000,000'
        """
        return self.amount(unit_amount) + (f" per {self.number(per)}" if per != 1 else "")


PLAIN: Final = Wording()
"""Units that are called units, amounts with two decimals."""


def flat_step(amount: Decimal, text: str) -> Step:
    """A step that charges one amount once.

    >>> flat_step(Decimal(20), "20.00 flat").amount
    Decimal('20')
    """
    return Step(text=text, quantity=ONE, unit_amount=amount, amount=amount, kind=StepKind.FLAT)
