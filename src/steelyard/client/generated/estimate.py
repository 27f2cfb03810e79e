"""What can be asked about estimate, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# A request's fields are arguments, however many they are.
# ruff: noqa: PLR0913

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import NotRequired, TypedDict

from steelyard.client.generated.events import ProblemItem
from steelyard.client.transport import Transport, without_none


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


class PlanEstimate(TypedDict):
    """What one plan would cost; `p10`, `p50` and `p90` are of the bills of all draws, tax included.

    They are null where a draw cannot be billed. `misfits` says what is not enough in the likely case,
    `unpriced` names metrics that the plan neither charges for nor limits."""

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
