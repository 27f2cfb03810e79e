"""Charges for single events whose usage was erased: what the document says, held against the price.

What each event brought is gone with it, so a free window or a bound of one event cannot be found anew. The
steps of the line still say how much was free and how many events paid what; they must be the price's own
figures and fit the line's quantity and events.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from steelyard.catalog import Price
from steelyard.kernel import ONE, ZERO
from steelyard.rating import PercentagePrice, Rated, Step, StepKind


def stated_charge(
    price: Price, steps: Sequence[Step], *, quantity: Decimal, events: int, exact: Decimal
) -> Rated | None:
    """The charge as these steps of a line say it; None where the price cannot have made them.

    Also None for a price that does not look at single events: it is rated anew.
    """
    model = price.model
    if not price.breakdown.events or not isinstance(model, PercentagePrice):
        return None
    total = sum((step.amount for step in steps), ZERO)
    said = total == exact and _are_of(price, model, steps) and _fit(model, price, steps, quantity, events)
    return Rated(amount=exact, steps=tuple(steps)) if said else None


def _are_of(price: Price, model: PercentagePrice, steps: Sequence[Step]) -> bool:
    """Whether each step charges by one of the price's own figures."""
    factor = ONE if price.exchange is None else price.exchange.rate
    own = (model.percent.scaleb(-2), model.event_amount, model.event_minimum, model.event_maximum)
    each = {one * factor for one in own if one is not None}
    bounds = (price.minimum, price.maximum)
    for step in steps:
        if step.kind is StepKind.USAGE:
            if step.unit_amount not in each or step.amount != step.quantity * step.unit_amount:
                return False
        elif step.kind is StepKind.NOTE:
            if step.amount:
                return False
        elif bounds == (None, None):
            return False
    return True


def _fit(model: PercentagePrice, price: Price, steps: Sequence[Step], quantity: Decimal, events: int) -> bool:
    """Whether no more money and events were charged than there were, and no less money than was not free."""
    factor = ONE if price.exchange is None else price.exchange.rate
    used = [step for step in steps if step.kind is StepKind.USAGE]
    share = model.percent.scaleb(-2) * factor
    charged = sum((step.quantity for step in used if step.unit_amount == share), ZERO)
    counted = sum((step.quantity for step in used if step.unit_amount != share), ZERO)
    if counted > events or charged > max(quantity, ZERO):
        return False
    if model.is_by_event or not quantity:
        return True
    free = next((step.quantity for step in steps if step.text.startswith("free: ")), ZERO)
    return charged == max(ZERO, quantity - free)
