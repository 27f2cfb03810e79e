"""The impact of a catalog, of a version or of single prices on usage that did happen."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from steelyard.entrypoints.api.problems import ProblemItem
from steelyard.entrypoints.api.shapes.base import Amount, Exact, Key, Month, Shape
from steelyard.entrypoints.api.shapes.catalog import CatalogFile


class ImpactIn(Shape, frozen=True, kw_only=True):
    """What to compare with the live catalog: files, a catalog, a version, or changed prices.

    `prices` changes single prices of the live catalog: by key the price model and its fields. `percent`
    raises prices (negative: lowers them), by key of a price, a family, a rate card or a cost card. `period`
    is a month (the last whole one where it is left out), `customers` narrows it down. At most `limit`
    customers are listed, those first whose bill changes most.
    """

    files: list[CatalogFile] = []
    catalog: dict[str, Any] | None = None
    version: Annotated[str, Meta(max_length=100)] = ""
    prices: dict[str, Any] | None = None
    percent: dict[str, Exact] | None = None
    period: Month | None = None
    customers: list[Key] | None = None
    limit: Annotated[int, Meta(ge=0, le=100_000)] = 100


class CustomerImpact(Shape, frozen=True, kw_only=True):
    """Old and new bill of one customer, before tax, in its currency; negative differences are savings.

    `moved` is its bill if all its subscriptions followed the candidate. Costs and margins are null where
    costs are in another currency. `follows` is live, pinned, until or mixed.
    """

    customer: str
    name: str
    currency: str
    plan: str
    segment: str
    follows: str
    old: Amount
    new: Amount
    moved: Amount
    difference: Amount
    percent: Amount | None
    cost_old: Amount | None
    cost_new: Amount | None
    margin_old: Amount | None
    margin_new: Amount | None
    problems: list[ProblemItem]


class ImpactTotal(Shape, frozen=True, kw_only=True):
    """The sum of one currency; margins in percent of what is charged."""

    currency: str
    customers: int
    winners: int
    losers: int
    broken: int
    old: Amount
    new: Amount
    moved: Amount
    difference: Amount
    percent: Amount | None
    cost_old: Amount | None
    cost_new: Amount | None
    margin_percent_old: Amount | None
    margin_percent_new: Amount | None


class ImpactFollows(Shape, frozen=True, kw_only=True):
    """How many customers follow the live catalog, or stay on another, and their money."""

    follows: str
    currency: str
    customers: int
    old: Amount
    new: Amount
    moved: Amount


class ImpactBucket(Shape, frozen=True, kw_only=True):
    """How many customers change by so much, and their money together."""

    text: str
    customers: int
    difference: Amount


class ImpactSpread(Shape, frozen=True, kw_only=True):
    """How one currency's differences are spread; `percentiles` of the percentages, by share of customers."""

    currency: str
    buckets: list[ImpactBucket]
    percentiles: dict[str, Amount]


class Impact(Shape, frozen=True, kw_only=True):
    """What a candidate means: sums, who stays behind, the spread, and the customers whose bill changes most.

    `digest` names this very content, `partial` says that the month is not over, `text` is all in words.
    """

    base: str
    candidate: str
    period: str
    partial: bool
    digest: str
    record_size: int
    changes: list[str]
    totals: list[ImpactTotal]
    follows: list[ImpactFollows]
    spread: list[ImpactSpread]
    customers: list[CustomerImpact]
    others: int
    text: list[str]


class ImpactProgress(Shape, frozen=True, kw_only=True):
    """How far the computation that runs is; both 0 where none does."""

    done: int
    total: int
