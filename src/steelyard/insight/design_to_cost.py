"""From a budget to a plan: how much of something it buys, with which features, and which cap keeps it.

The estimate is inverted by bisection on the bill itself. A bill that falls somewhere (a volume price at the
start of a tier) is told, since a cap then does not keep the budget by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from steelyard.billing.trial import cards_of
from steelyard.catalog import Catalog, Plan
from steelyard.insight.inputs import Inputs, checked
from steelyard.insight.probe import Probe, check_vary
from steelyard.kernel import ZERO

QUANTITY_MAX: Final = Decimal(10**12)
"""A plan whose bill stays within the budget up to here is bounded by its limits alone."""

_LOOKS: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What one plan gives for a budget.

    `quantity` is the most of what varies (None: the plan is too dear or not enough even without any), `cap`
    the cap that keeps the bill within the budget (None: nothing needs to be capped), `total` the bill there.
    `fixed` says in words what was held as it is, `why` why there is no quantity.
    """

    plan: Plan
    quantity: Decimal | None
    cap: Decimal | None
    total: Decimal | None
    left: Decimal | None
    monotone: bool
    fixed: tuple[str, ...]
    why: tuple[str, ...] = ()


def design_to_cost(
    catalog: Catalog, inputs: Inputs, *, budget: Decimal, vary: str, currency: str, plans: Sequence[str] = ()
) -> tuple[Design, ...]:
    """The plans in this currency, those first that give most of `vary` for the budget a month.

    Plans by contract are left out unless named. Raises InvalidInput for what the catalog does not know.
    """
    check_vary(catalog, vary)
    chosen = [catalog.plan(key) for key in plans] or [
        one for one in catalog.plans.values() if not one.by_contract
    ]
    checked(inputs, catalog, chosen)
    cards = cards_of(catalog)
    found = [
        _of(Probe(catalog=catalog, plan=plan, inputs=inputs, vary=vary, cards=cards), budget)
        for plan in chosen
        if plan.currency == currency
    ]
    return tuple(
        sorted(found, key=lambda one: (one.quantity is None, -(one.quantity or ZERO), one.plan.tier))
    )


def _of(probe: Probe, budget: Decimal) -> Design:
    why = probe.misfits(ZERO)
    least = probe.total(ZERO)
    if least is None:
        why.append("it cannot be billed: a quantity or an amount is missing")
    elif least > budget:
        why.append(f"it costs {least} without any")
    if why or least is None:
        return Design(
            plan=probe.plan, quantity=None, cap=None, total=least, left=None,
            monotone=True, fixed=_fixed(probe.inputs, probe.vary), why=tuple(why),
        )  # fmt: skip
    most = min(probe.plan.limits.get(probe.vary, QUANTITY_MAX), QUANTITY_MAX)
    quantity = _largest(probe, budget, most)
    for look in range(_LOOKS + 1):
        probe.total((quantity * look / _LOOKS).to_integral_value())
    total = probe.total(quantity)
    return Design(
        plan=probe.plan,
        quantity=quantity,
        cap=None if quantity == most else quantity,
        total=total,
        left=budget - total if total is not None else None,
        monotone=probe.is_monotone,
        fixed=_fixed(probe.inputs, probe.vary),
    )


def _largest(probe: Probe, budget: Decimal, most: Decimal) -> Decimal:
    """The largest whole quantity whose bill is within the budget, by halving what is open."""
    if _within(probe, most, budget):
        return most
    low, high = 0, int(most)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _within(probe, Decimal(middle), budget) else (low, middle)
    return Decimal(low)


def _within(probe: Probe, quantity: Decimal, budget: Decimal) -> bool:
    total = probe.total(quantity)
    return total is not None and total <= budget


def _fixed(inputs: Inputs, vary: str) -> tuple[str, ...]:
    """What was not changed to keep the budget."""
    used = [f"{key}: {sum(row.quantity.likely for row in rows)}" for key, rows in inputs.usage.items()]
    stated = [f"{key}: {one.likely}" for key, one in inputs.quantities.items()]
    return tuple(one for one in (*used, *stated) if not one.startswith(f"{vary}:"))
