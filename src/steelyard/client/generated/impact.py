"""What can be asked about impact, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict

from steelyard.client.transport import Transport, without_none


class CatalogFile(TypedDict):
    """One YAML file of a catalog folder."""

    name: str
    text: str


class CustomerImpact(TypedDict):
    """Old and new bill of one customer, before tax, in its currency; negative differences are savings.

    `moved` is its bill if all its subscriptions followed the candidate. Costs and margins are null where
    costs are in another currency. `follows` is live, pinned, until or mixed."""

    customer: str
    name: str
    currency: str
    plan: str
    segment: str
    follows: str
    old: str
    new: str
    moved: str
    difference: str
    percent: str | None
    cost_old: str | None
    cost_new: str | None
    margin_old: str | None
    margin_new: str | None
    problems: builtins.list[ProblemItem]


class Impact(TypedDict):
    """What a candidate means: sums, who stays behind, the spread, and the customers whose bill changes most.

    `digest` names this very content, `partial` says that the month is not over, `text` is all in words."""

    base: str
    candidate: str
    period: str
    partial: bool
    digest: str
    record_size: int
    changes: builtins.list[str]
    totals: builtins.list[ImpactTotal]
    follows: builtins.list[ImpactFollows]
    spread: builtins.list[ImpactSpread]
    customers: builtins.list[CustomerImpact]
    others: int
    text: builtins.list[str]


class ImpactBucket(TypedDict):
    """How many customers change by so much, and their money together."""

    text: str
    customers: int
    difference: str


class ImpactFollows(TypedDict):
    """How many customers follow the live catalog, or stay on another, and their money."""

    follows: str
    currency: str
    customers: int
    old: str
    new: str
    moved: str


class ImpactProgress(TypedDict):
    """How far the computation that runs is; both 0 where none does."""

    done: int
    total: int


class ImpactSpread(TypedDict):
    """How one currency's differences are spread; `percentiles` of the percentages, by share of customers."""

    currency: str
    buckets: builtins.list[ImpactBucket]
    percentiles: dict[str, str]


class ImpactTotal(TypedDict):
    """The sum of one currency; margins in percent of what is charged."""

    currency: str
    customers: int
    winners: int
    losers: int
    broken: int
    old: str
    new: str
    moved: str
    difference: str
    percent: str | None
    cost_old: str | None
    cost_new: str | None
    margin_percent_old: str | None
    margin_percent_new: str | None


class ProblemItem(TypedDict):
    """One mistake in what was sent, and where it is."""

    code: str
    message: str
    index: NotRequired[int | None]
    field: NotRequired[str]
    file: NotRequired[str]
    line: NotRequired[int]
    allowed: NotRequired[str]


class ImpactApi:
    """What can be asked about impact."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def compute(
        self,
        *,
        files: Sequence[CatalogFile] | None = None,
        catalog: dict[str, Any] | None = None,
        version: str | None = None,
        prices: dict[str, Any] | None = None,
        percent: dict[str, str] | None = None,
        period: str | None = None,
        customers: Sequence[str] | None = None,
        limit: int | None = None,
    ) -> Impact:
        """Old and new bill of every customer by another catalog, version or price."""
        return self._transport.json(
            "POST",
            "/api/v1/impact",
            body={
                **without_none(
                    {
                        "files": files,
                        "catalog": catalog,
                        "version": version,
                        "prices": prices,
                        "percent": percent,
                        "period": period,
                        "customers": customers,
                        "limit": limit,
                    }
                )
            },
        )

    def progress(self) -> ImpactProgress:
        """How far the computation of an impact is that runs now."""
        return self._transport.json("GET", "/api/v1/impact/progress")
