"""The calculator: what is asked, and what each plan would cost."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from steelyard.entrypoints.api.problems import ProblemItem
from steelyard.entrypoints.api.shapes.base import Amount, Exact, Key, Month, Shape


class RangeIn(Shape, frozen=True, kw_only=True):
    """A quantity that is not known for sure: the least, the likeliest and the most it will be."""

    low: Exact
    likely: Exact
    high: Exact


class EstimateUsageIn(Shape, frozen=True, kw_only=True):
    """A quantity for some values of dimensions; `amount` is the sum of amounts that its events carry."""

    quantity: Exact | RangeIn
    amount: Exact | None = None
    where: dict[str, str] = {}


class CalculatorIn(Shape, frozen=True, kw_only=True):
    """What is used in a month and what is needed.

    `usage` is by metric: a number, a range, or a list by dimension. `quantities` are what plans ask a
    subscription for, such as seats. `needs` is how much of a feature must be granted, `features` which must
    be at all. `plans` narrows the answer down. A month counts days for nothing else than prices by the day.
    """

    plans: Annotated[list[Key], Meta(max_length=100)] = []
    usage: dict[str, Exact | RangeIn | list[EstimateUsageIn]] = {}
    quantities: dict[str, Exact | RangeIn] = {}
    needs: dict[str, Exact] = {}
    features: Annotated[list[Key], Meta(max_length=1000)] = []
    add_ons: Annotated[list[Key], Meta(max_length=100)] = []


class EstimateIn(CalculatorIn, frozen=True, kw_only=True):
    """The same, with what is agreed with one customer, and how many draws by which seed.

    `version` is the id or number of a catalog version in place of the live one.
    """

    version: Annotated[str, Meta(max_length=100)] = ""
    commitment: Exact | None = None
    attributes: dict[str, str] = {}
    tax_percent: Exact | None = None
    period: Month | None = None
    draws: Annotated[int, Meta(ge=1, le=10_000)] = 1000
    seed: Annotated[int, Meta(ge=0, le=2**32)] = 1


class EstimateStep(Shape, frozen=True, kw_only=True):
    """One line of the likely bill, with the steps that lead to it."""

    price: str
    title: str
    group: str
    quantity: Amount | None
    unit: str
    amount: Amount
    steps: list[str]


class PlanEstimate(Shape, frozen=True, kw_only=True):
    """What one plan would cost; `p10`, `p50` and `p90` are of the bills of all draws, tax included.

    They are null where a draw cannot be billed. `misfits` says what is not enough in the likely case,
    `unpriced` names metrics that the plan neither charges for nor limits.
    """

    plan: str
    name: str
    product: str
    currency: str
    by_contract: bool
    fits: bool
    fits_percent: Amount
    misfits: list[str]
    total: Amount
    p10: Amount | None
    p50: Amount | None
    p90: Amount | None
    formula: str
    lines: list[EstimateStep]
    unpriced: list[str]
    problems: list[ProblemItem]


class EstimateOut(Shape, frozen=True, kw_only=True):
    """The plans in the order of their tiers, and by currency the cheapest that fits.

    `catalog` is the version that priced it. Plans by contract are never called the cheapest.
    """

    catalog: str
    draws: int
    seed: int
    cheapest: dict[str, str]
    plans: list[PlanEstimate]
