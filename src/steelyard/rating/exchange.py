"""Prices in a unit of credit: what they come to is exchanged into the currency of the bill."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from decimal import Decimal

from steelyard.kernel import ZERO, InvalidInput
from steelyard.rating.exactly import exactly
from steelyard.rating.model import Rated, Step, StepKind
from steelyard.rating.wording import Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """The unit in which a price's amounts are, and what one of it is worth in the currency.

    >>> Exchange(unit="credits", rate=Decimal("0.01")).of(Decimal(250))
    Decimal('2.50')
    """

    unit: str
    rate: Decimal

    def __post_init__(self) -> None:
        if not self.rate.is_finite() or self.rate <= 0:
            raise InvalidInput(f"{self.rate} is no exchange rate", code="bad_rate")

    def of(self, amount: Decimal) -> Decimal:
        """What an amount of the unit is worth."""
        with exactly():
            return amount * self.rate


def exchanged(rated: Rated, exchange: Exchange, wording: Wording) -> Rated:
    """The charge in the currency: each step says how many of the unit it was, and a note the rate.

    >>> one = Rated(
    ...     amount=Decimal(30),
    ...     steps=(Step(text="30 flat", quantity=Decimal(1), unit_amount=Decimal(30), amount=Decimal(30)),),
    ... )
    >>> two = exchanged(one, Exchange(unit="credits", rate=Decimal("0.01")), Wording())
    >>> str(two.amount), [step.text for step in two.steps]
    ('0.30', ['30 flat, in credits', '30.00 credits × 0.01 = 0.30'])
    """
    steps = [
        dataclasses.replace(
            step,
            text=f"{step.text}, in {exchange.unit}" if step.kind is not StepKind.NOTE else step.text,
            unit_amount=exchange.of(step.unit_amount),
            amount=exchange.of(step.amount),
        )
        for step in rated.steps
    ]
    amount = exchange.of(rated.amount)
    text = f"{wording.amount(rated.amount)} {exchange.unit} × {wording.amount(exchange.rate)}"
    note = Step(
        text=f"{text} = {wording.amount(amount)}",
        quantity=rated.amount,
        unit_amount=exchange.rate,
        amount=ZERO,
        kind=StepKind.NOTE,
    )
    return Rated(amount=amount, steps=(*steps, note))
