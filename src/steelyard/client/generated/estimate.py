"""What can be asked about estimate, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.
# ruff: noqa: PLR0913

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import NotRequired, TypedDict

from steelyard.client.generated.impact import ProblemItem
from steelyard.client.transport import Transport, path_part, without_none


class ComparisonInput(TypedDict):
    """Something that a calculator asks for: a metric, a quantity of the subscription, a feature's number."""

    kind: str
    key: str
    name: str
    unit: str


class ComparisonOut(TypedDict):
    """The chart of the live catalog, and what its calculator asks for. Prices by contract are not shown."""

    catalog: str
    plans: builtins.list[ComparisonPlan]
    rows: builtins.list[ComparisonRow]
    inputs: builtins.list[ComparisonInput]


class ComparisonPlan(TypedDict):
    """A column of the chart."""

    key: str
    name: str
    definition: str
    product: str
    currency: str
    by_contract: bool


class ComparisonRow(TypedDict):
    """A row of the chart: what each plan says, in the short form and in the precise one."""

    section: str
    name: str
    short: builtins.list[str]
    precise: builtins.list[str]


class CurveOut(TypedDict):
    """The curve of a plan; `period` is the month whose customers are counted."""

    catalog: str
    plan: str
    currency: str
    vary: str
    period: str
    points: builtins.list[CurvePoint]


class CurvePoint(TypedDict):
    """A quantity, its bill, a unit at the margin and on average, and how many customers lie from here on."""

    quantity: str
    total: str | None
    marginal: str | None
    average: str | None
    customers: int


class DesignOut(TypedDict):
    """The plans, those first that give most for the budget."""

    catalog: str
    plans: builtins.list[DesignPlan]


class DesignPlan(TypedDict):
    """What a plan gives for the budget: the most of what varies, the cap that keeps to it, its features.

    `quantity` is null where the plan is too dear or not enough; `why` says so. `cap` is null where the plan's
    own limit, or nothing at all, is in the way first. `monotone` is false where more may cost less, so that
    a cap does not keep the budget by itself. `fixed` is what was held as it is."""

    plan: str
    name: str
    quantity: str | None
    cap: str | None
    total: str | None
    left: str | None
    monotone: bool
    features: builtins.list[str]
    limits: dict[str, str]
    fixed: builtins.list[str]
    why: builtins.list[str]


class EstimateBin(TypedDict):
    """How many of the drawn bills lie from `low` up to `high`; ends are rounded to a millionth."""

    low: str
    high: str
    bills: int


class EstimateOut(TypedDict):
    """The plans in the order of their tiers, and by currency the cheapest that fits.

    `catalog` is the version that priced it. Plans by contract are never called the cheapest."""

    catalog: str
    draws: int
    seed: int
    cheapest: dict[str, str]
    plans: builtins.list[PlanEstimate]


class EstimateStep(TypedDict):
    """One line of the likely bill, with the steps that lead to it."""

    price: str
    title: str
    group: str
    quantity: str | None
    unit: str
    amount: str
    steps: builtins.list[str]


class EstimateUsageIn(TypedDict):
    """A quantity for some values of dimensions; `amount` is the sum of amounts that its events carry."""

    quantity: str | RangeIn
    amount: NotRequired[str | None]
    where: NotRequired[dict[str, str]]


class LadderStep(TypedDict):
    """From which quantity on the higher plan is the better choice (null: never), why, and what it adds."""

    lower: str
    upper: str
    at: str | None
    why: str
    gains: builtins.list[str]


class PackagingFinding(TypedDict):
    """Something odd: `near_duplicate`, `pointless_step`, `dominated_plan` or `feature_in_no_plan`."""

    code: str
    about: builtins.list[str]
    text: str


class PackagingOut(TypedDict):
    """The ladder of plans, what is odd about the packaging, and every plan's bill at the same quantities."""

    catalog: str
    quantities: builtins.list[str]
    bills: builtins.list[PlanBills]
    ladder: builtins.list[LadderStep]
    findings: builtins.list[PackagingFinding]


class PlanBills(TypedDict):
    """A plan's bill at each of the `quantities`; null where the plan cannot be billed or is not enough."""

    plan: str
    name: str
    product: str
    currency: str
    totals: builtins.list[str | None]


class PlanEstimate(TypedDict):
    """What one plan would cost; `p10`, `p50` and `p90` are of the bills of all draws, tax included.

    They are null where a draw cannot be billed. `histogram` is how many of those bills lie where. `misfits`
    says what is not enough in the likely case, `unpriced` names metrics that the plan neither charges for
    nor limits."""

    plan: str
    name: str
    product: str
    currency: str
    by_contract: bool
    fits: bool
    fits_percent: str
    misfits: builtins.list[str]
    total: str
    p10: str | None
    p50: str | None
    p90: str | None
    histogram: builtins.list[EstimateBin]
    formula: str
    lines: builtins.list[EstimateStep]
    unpriced: builtins.list[str]
    problems: builtins.list[ProblemItem]


class RangeIn(TypedDict):
    """A quantity that is not known for sure: the least, the likeliest and the most it will be."""

    low: str
    likely: str
    high: str


class EstimateApi:
    """What can be asked about estimate."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def compute(
        self,
        *,
        plans: Sequence[str] | None = None,
        usage: dict[str, str | Sequence[EstimateUsageIn] | RangeIn] | None = None,
        quantities: dict[str, str | RangeIn] | None = None,
        needs: dict[str, str] | None = None,
        features: Sequence[str] | None = None,
        add_ons: Sequence[str] | None = None,
        version: str | None = None,
        commitment: str | None = None,
        attributes: dict[str, str] | None = None,
        tax_percent: str | None = None,
        period: str | None = None,
        draws: int | None = None,
        seed: int | None = None,
    ) -> EstimateOut:
        """What a month would cost by each plan, with P10, P50 and P90, and the cheapest that fits."""
        return self._transport.json(
            "POST",
            "/api/v1/estimate",
            body={
                **without_none(
                    {
                        "plans": plans,
                        "usage": usage,
                        "quantities": quantities,
                        "needs": needs,
                        "features": features,
                        "add_ons": add_ons,
                        "version": version,
                        "commitment": commitment,
                        "attributes": attributes,
                        "tax_percent": tax_percent,
                        "period": period,
                        "draws": draws,
                        "seed": seed,
                    }
                )
            },
        )

    def by_history(
        self,
        key: str | int,
        *,
        months: int | None = None,
        plans: Sequence[str] | None = None,
        quantities: dict[str, str] | None = None,
        commitment: str | None = None,
    ) -> EstimateOut:
        """What each plan would have charged a customer for its last whole months."""
        return self._transport.json(
            "POST",
            f"/api/v1/customers/{path_part(key)}/estimate",
            body={
                **without_none(
                    {"months": months, "plans": plans, "quantities": quantities, "commitment": commitment}
                )
            },
        )

    def public(
        self,
        *,
        plans: Sequence[str] | None = None,
        usage: dict[str, str | Sequence[EstimateUsageIn] | RangeIn] | None = None,
        quantities: dict[str, str | RangeIn] | None = None,
        needs: dict[str, str] | None = None,
        features: Sequence[str] | None = None,
        add_ons: Sequence[str] | None = None,
    ) -> EstimateOut:
        """The calculator for everybody: published prices alone."""
        return self._transport.json(
            "POST",
            "/api/v1/public/estimate",
            body={
                **without_none(
                    {
                        "plans": plans,
                        "usage": usage,
                        "quantities": quantities,
                        "needs": needs,
                        "features": features,
                        "add_ons": add_ons,
                    }
                )
            },
        )

    def comparison(self, *, product: str | None = None) -> ComparisonOut:
        """The chart of the live plans for everybody, short and precise."""
        return self._transport.json("GET", "/api/v1/public/comparison", query={"product": product})

    def chart(self, *, product: str | None = None, version: str | None = None) -> ComparisonOut:
        """The chart of a catalog's plans, short and precise, with those by contract."""
        return self._transport.json(
            "GET", "/api/v1/comparison", query={"product": product, "version": version}
        )

    def design(
        self,
        *,
        vary: str,
        budget: str,
        currency: str,
        plans: Sequence[str] | None = None,
        usage: dict[str, str | Sequence[EstimateUsageIn] | RangeIn] | None = None,
        quantities: dict[str, str | RangeIn] | None = None,
        needs: dict[str, str] | None = None,
        features: Sequence[str] | None = None,
        add_ons: Sequence[str] | None = None,
        version: str | None = None,
    ) -> DesignOut:
        """What a budget buys: plan, quantity, features and cap."""
        return self._transport.json(
            "POST",
            "/api/v1/design-to-cost",
            body={
                "vary": vary,
                "budget": budget,
                "currency": currency,
                **without_none(
                    {
                        "plans": plans,
                        "usage": usage,
                        "quantities": quantities,
                        "needs": needs,
                        "features": features,
                        "add_ons": add_ons,
                        "version": version,
                    }
                ),
            },
        )

    def curve(
        self,
        *,
        vary: str,
        plan: str,
        plans: Sequence[str] | None = None,
        usage: dict[str, str | Sequence[EstimateUsageIn] | RangeIn] | None = None,
        quantities: dict[str, str | RangeIn] | None = None,
        needs: dict[str, str] | None = None,
        features: Sequence[str] | None = None,
        add_ons: Sequence[str] | None = None,
        version: str | None = None,
        most: str | None = None,
        points: int | None = None,
        period: str | None = None,
    ) -> CurveOut:
        """A plan's bill by quantity: total, marginal, average, and where customers stand."""
        return self._transport.json(
            "POST",
            "/api/v1/price-curve",
            body={
                "vary": vary,
                "plan": plan,
                **without_none(
                    {
                        "plans": plans,
                        "usage": usage,
                        "quantities": quantities,
                        "needs": needs,
                        "features": features,
                        "add_ons": add_ons,
                        "version": version,
                        "most": most,
                        "points": points,
                        "period": period,
                    }
                ),
            },
        )

    def packaging(
        self,
        *,
        vary: str,
        plans: Sequence[str] | None = None,
        usage: dict[str, str | Sequence[EstimateUsageIn] | RangeIn] | None = None,
        quantities: dict[str, str | RangeIn] | None = None,
        needs: dict[str, str] | None = None,
        features: Sequence[str] | None = None,
        add_ons: Sequence[str] | None = None,
        version: str | None = None,
        most: str | None = None,
        points: int | None = None,
    ) -> PackagingOut:
        """From where the next plan is the better one, and what is odd about the plans."""
        return self._transport.json(
            "POST",
            "/api/v1/packaging",
            body={
                "vary": vary,
                **without_none(
                    {
                        "plans": plans,
                        "usage": usage,
                        "quantities": quantities,
                        "needs": needs,
                        "features": features,
                        "add_ons": add_ons,
                        "version": version,
                        "most": most,
                        "points": points,
                    }
                ),
            },
        )
