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


class EstimateBin(Shape, frozen=True, kw_only=True):
    """How many of the drawn bills lie from `low` up to `high`; ends are rounded to a millionth."""

    low: Amount
    high: Amount
    bills: int


class PlanEstimate(Shape, frozen=True, kw_only=True):
    """What one plan would cost; `p10`, `p50` and `p90` are of the bills of all draws, tax included.

    They are null where a draw cannot be billed. `histogram` is how many of those bills lie where. `misfits`
    says what is not enough in the likely case, `unpriced` names metrics that the plan neither charges for
    nor limits.
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
    histogram: list[EstimateBin]
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


class HistoryIn(Shape, frozen=True, kw_only=True):
    """By which whole months of a customer's usage to estimate, and for which quantities and plans."""

    months: Annotated[int, Meta(ge=1, le=36)] = 6
    plans: Annotated[list[Key], Meta(max_length=100)] = []
    quantities: dict[str, Exact] = {}
    commitment: Exact | None = None


class VaryIn(CalculatorIn, frozen=True, kw_only=True):
    """The same inputs, and what varies: a metric, or a quantity of the subscription such as seats."""

    vary: Key
    version: Annotated[str, Meta(max_length=100)] = ""


class DesignIn(VaryIn, frozen=True, kw_only=True):
    """What a budget a month is to buy most of."""

    budget: Exact
    currency: Annotated[str, Meta(min_length=3, max_length=3)]


class DesignPlan(Shape, frozen=True, kw_only=True):
    """What a plan gives for the budget: the most of what varies, the cap that keeps to it, its features.

    `quantity` is null where the plan is too dear or not enough; `why` says so. `cap` is null where the plan's
    own limit, or nothing at all, is in the way first. `monotone` is false where more may cost less, so that
    a cap does not keep the budget by itself. `fixed` is what was held as it is.
    """

    plan: str
    name: str
    quantity: Amount | None
    cap: Amount | None
    total: Amount | None
    left: Amount | None
    monotone: bool
    features: list[str]
    limits: dict[str, Amount]
    fixed: list[str]
    why: list[str]


class DesignOut(Shape, frozen=True, kw_only=True):
    """The plans, those first that give most for the budget."""

    catalog: str
    plans: list[DesignPlan]


class CurveIn(VaryIn, frozen=True, kw_only=True):
    """The plan whose curve is asked for, up to which quantity, and by which month's customers.

    Without `most` it goes past the largest customer, the plan's limit, what it includes and its last tier.
    """

    plan: Key
    most: Exact | None = None
    points: Annotated[int, Meta(ge=2, le=500)] = 25
    period: Month | None = None


class CurvePoint(Shape, frozen=True, kw_only=True):
    """A quantity, its bill, a unit at the margin and on average, and how many customers lie from here on."""

    quantity: Amount
    total: Amount | None
    marginal: Amount | None
    average: Amount | None
    customers: int


class CurveOut(Shape, frozen=True, kw_only=True):
    """The curve of a plan; `period` is the month whose customers are counted."""

    catalog: str
    plan: str
    currency: str
    vary: str
    period: str
    points: list[CurvePoint]


class PackagingIn(VaryIn, frozen=True, kw_only=True):
    """Up to which quantity of what varies the steps between plans are looked at, and at how many bills.

    Without `most` it goes past what the plans limit, include and have tiers for. `plans` cuts the ladder.
    """

    most: Exact | None = None
    points: Annotated[int, Meta(ge=2, le=200)] = 21


class LadderStep(Shape, frozen=True, kw_only=True):
    """From which quantity on the higher plan is the better choice (null: never), why, and what it adds."""

    lower: str
    upper: str
    at: Amount | None
    why: str
    gains: list[str]


class PackagingFinding(Shape, frozen=True, kw_only=True):
    """Something odd: `near_duplicate`, `pointless_step`, `dominated_plan` or `feature_in_no_plan`."""

    code: str
    about: list[str]
    text: str


class PlanBills(Shape, frozen=True, kw_only=True):
    """A plan's bill at each of the `quantities`; null where the plan cannot be billed or is not enough."""

    plan: str
    name: str
    product: str
    currency: str
    totals: list[Amount | None]


class PackagingOut(Shape, frozen=True, kw_only=True):
    """The ladder of plans, what is odd about the packaging, and every plan's bill at the same quantities."""

    catalog: str
    quantities: list[Amount]
    bills: list[PlanBills]
    ladder: list[LadderStep]
    findings: list[PackagingFinding]


class ComparisonQuery(Shape, frozen=True, kw_only=True):
    """Plans of one product; of all where it is left out."""

    product: Annotated[str, Meta(max_length=256)] = ""


class ChartQuery(ComparisonQuery, frozen=True, kw_only=True):
    """The same of the live catalog, or of the version named by id or number."""

    version: Annotated[str, Meta(max_length=100)] = ""


class ComparisonPlan(Shape, frozen=True, kw_only=True):
    """A column of the chart."""

    key: str
    name: str
    definition: str
    product: str
    currency: str
    by_contract: bool


class ComparisonRow(Shape, frozen=True, kw_only=True):
    """A row of the chart: what each plan says, in the short form and in the precise one."""

    section: str
    name: str
    short: list[str]
    precise: list[str]


class ComparisonInput(Shape, frozen=True, kw_only=True):
    """Something that a calculator asks for: a metric, a quantity of the subscription, a feature's number."""

    kind: str
    key: str
    name: str
    unit: str


class ComparisonOut(Shape, frozen=True, kw_only=True):
    """The chart of the live catalog, and what its calculator asks for. Prices by contract are not shown."""

    catalog: str
    plans: list[ComparisonPlan]
    rows: list[ComparisonRow]
    inputs: list[ComparisonInput]
