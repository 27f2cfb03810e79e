"""The calculator: what a month would cost by each plan, and the cheapest plan that is enough.

Every amount is a bill by `billing.draft` of the inputs. Where inputs are ranges, each draw is billed, since
tiers, packages and minimums are not linear: the bill at the middle is not the middle of the bills.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from steelyard.billing.accounts import Cards
from steelyard.billing.model import DraftInvoice
from steelyard.billing.trial import bill_of, cards_of
from steelyard.catalog import Catalog, Plan
from steelyard.insight.distribution import nearest_rank
from steelyard.insight.draws import Chance
from steelyard.insight.fit import misfits
from steelyard.insight.histogram import Bin, binned
from steelyard.insight.inputs import Case, Inputs, checked, drawn_cases, likely_case, trial_of
from steelyard.kernel import Problem, minor_digits

FITS_SHARE: Final = 90
"""A plan fits where in so many percent of the draws nothing is beyond its limits."""

SHARES: Final = (10, 50, 90)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEstimate:
    """What one plan would cost, and whether it is enough.

    `bill` is the bill of the likely case; `spread` the nearest ranks of the bills of all draws, by percent
    (empty where the plan cannot be billed), `histogram` how many of them lie where. `misfits` says in words
    what is not enough in the likely case, `fits_percent` in how many draws everything is.
    """

    plan: Plan
    bill: DraftInvoice
    spread: dict[int, Decimal]
    misfits: tuple[str, ...]
    fits_percent: Decimal
    unpriced: tuple[str, ...] = ()
    histogram: tuple[Bin, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why it cannot be billed; none where it can."""
        return self.bill.problems

    @property
    def fits(self) -> bool:
        """Whether the plan can be billed and is enough."""
        return not self.problems and not self.misfits and self.fits_percent >= FITS_SHARE

    @property
    def formula(self) -> str:
        """The lines of the likely bill as one sum."""
        digits = minor_digits(self.bill.currency)
        parts = [f"{line.title} {line.amount:,.{digits}f}" for line in self.bill.lines]
        return f"{' + '.join(parts) or '0'} = {self.bill.total:,.{digits}f} {self.bill.currency}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The plans in the order of their tiers, and by currency the key of the cheapest that fits.

    `draws` is how many bills each spread rests on.
    """

    plans: tuple[PlanEstimate, ...]
    cheapest: dict[str, str]
    draws: int


def estimate(
    catalog: Catalog,
    inputs: Inputs,
    *,
    chance: Chance | None = None,
    plans: Sequence[str] = (),
    draws: int = 1000,
    cases: Sequence[Case] = (),
) -> Estimate:
    """What the inputs would cost by these plans, or by all.

    Ranges are drawn from by `chance`; without it each counts as its likely value. `cases` are what is drawn,
    where that is not by the inputs' ranges. Raises InvalidInput with every input
    that the catalog does not know, NotFound for an unknown plan.

    >>> estimate(Catalog(), Inputs()).plans
    ()
    """
    chosen = [catalog.plan(key) for key in plans] or list(catalog.plans.values())
    chosen.sort(key=lambda plan: (plan.product, plan.tier, plan.key))
    checked(inputs, catalog, chosen)
    cards = cards_of(catalog)
    likely = likely_case(inputs)
    drawn = list(cases) or ([likely] if chance is None else drawn_cases(inputs, draws=draws, chance=chance))
    found = tuple(_of_plan(plan, inputs, likely, drawn, catalog, cards) for plan in chosen)
    return Estimate(plans=found, cheapest=_cheapest(found), draws=len(drawn))


def _of_plan(
    plan: Plan, inputs: Inputs, likely: Case, cases: Sequence[Case], catalog: Catalog, cards: Cards
) -> PlanEstimate:
    bill = bill_of(trial_of(inputs, likely, plan.key), catalog, cards)
    totals = [] if bill.problems else _totals(plan, inputs, cases, catalog, cards)
    wrong = [misfits(plan, inputs, case, catalog) for case in cases]
    return PlanEstimate(
        plan=plan,
        bill=bill,
        spread={share: nearest_rank(totals, share) for share in SHARES} if totals else {},
        misfits=tuple(misfits(plan, inputs, likely, catalog)),
        fits_percent=Decimal(100 * sum(not one for one in wrong)) / len(wrong),
        unpriced=tuple(_unpriced(plan, likely, catalog)),
        histogram=binned(totals),
    )


def _totals(
    plan: Plan, inputs: Inputs, cases: Sequence[Case], catalog: Catalog, cards: Cards
) -> list[Decimal]:
    """The bills of all draws, the least first; none where one of the draws cannot be billed."""
    bills = [bill_of(trial_of(inputs, case, plan.key), catalog, cards) for case in cases]
    return [] if any(bill.problems for bill in bills) else sorted(bill.total for bill in bills)


def _unpriced(plan: Plan, case: Case, catalog: Catalog) -> Iterable[str]:
    """The metrics that are used and that the plan neither charges for nor limits."""
    priced = {catalog.price(item.price).metric for item in plan.items}
    return [key for key in case.usage if case.of(key) and key not in priced and key not in plan.limits]


def _cheapest(found: Iterable[PlanEstimate]) -> dict[str, str]:
    """By currency the plan that fits whose middle bill is lowest; of equals the first in order."""
    best: dict[str, PlanEstimate] = {}
    for one in found:
        if one.fits and one.spread and not one.plan.by_contract:
            so_far = best.get(one.plan.currency)
            if so_far is None or one.spread[50] < so_far.spread[50]:
                best[one.plan.currency] = one
    return {currency: one.plan.key for currency, one in best.items()}
