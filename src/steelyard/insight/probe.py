"""One plan's bill as a function of one quantity, everything else as it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from steelyard.billing.accounts import Cards
from steelyard.billing.trial import bill_of
from steelyard.catalog import Catalog, Plan
from steelyard.catalog.trial import GivenUsage
from steelyard.insight.fit import misfits
from steelyard.insight.inputs import Case, Inputs, likely_case, trial_of
from steelyard.kernel import InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """The bill of a plan for any quantity of what `vary` names: a metric, or a quantity of the subscription.

    A metric that varies is used without dimensions, or for those of its first row in the inputs.
    """

    catalog: Catalog
    plan: Plan
    inputs: Inputs
    vary: str
    cards: Cards
    told: dict[Decimal, Decimal | None] = field(default_factory=dict[Decimal, Decimal | None])

    def case(self, quantity: Decimal) -> Case:
        """The inputs with this quantity."""
        likely = likely_case(self.inputs)
        if self.vary not in self.catalog.metrics:
            return Case(usage=likely.usage, quantities={**likely.quantities, self.vary: quantity})
        rows = likely.usage.get(self.vary, ())
        row = GivenUsage(quantity=quantity, where=rows[0].where if rows else {})
        return Case(usage={**likely.usage, self.vary: (row,)}, quantities=likely.quantities)

    def total(self, quantity: Decimal) -> Decimal | None:
        """What the bill comes to; None where it cannot be made."""
        if quantity not in self.told:
            bill = bill_of(
                trial_of(self.inputs, self.case(quantity), self.plan.key), self.catalog, self.cards
            )
            self.told[quantity] = None if bill.problems else bill.total
        return self.told[quantity]

    def misfits(self, quantity: Decimal) -> list[str]:
        """What the plan is not enough for."""
        return misfits(self.plan, self.inputs, self.case(quantity), self.catalog)

    @property
    def is_monotone(self) -> bool:
        """Whether no more ever cost less, among the quantities that were asked about."""
        known = [total for _, total in sorted(self.told.items()) if total is not None]
        return all(one <= other for one, other in pairwise(known))


def check_vary(catalog: Catalog, vary: str) -> None:
    """Raises InvalidInput where neither a metric nor a named quantity has that name."""
    named = {item.quantity_from for plan in catalog.plans.values() for item in plan.items}
    if vary not in catalog.metrics and vary not in named:
        message = f"the catalog has no value metric and no named quantity {vary!r}"
        raise InvalidInput(message, code="invalid_inputs")
