"""Catalog as code: the plan of a publication, its tests, the log of releases, differences."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from steelyard.entrypoints.api.problems import ProblemItem
from steelyard.entrypoints.api.shapes.base import Amount, Instant, Shape, Time
from steelyard.entrypoints.api.shapes.catalog import CatalogIn


class CatalogChange(Shape, frozen=True, kw_only=True):
    """One difference: what, in which plans, and by how many percent where it is an amount."""

    kind: str
    noun: str
    key: str
    name: str
    field: str
    before: str
    after: str
    percent: Amount | None
    plans: list[str]
    text: str


class CatalogTestResult(Shape, frozen=True, kw_only=True):
    """How one pricing test went, with every difference and the invoice that came of it."""

    name: str
    passed: bool
    file: str
    line: int
    differences: list[str]
    invoice: list[str]


class CatalogTests(Shape, frozen=True, kw_only=True):
    """How all pricing tests went."""

    passed: int
    failed: int
    tests: list[CatalogTestResult]


class CatalogPlanIn(CatalogIn, frozen=True, kw_only=True):
    """A catalog to be planned; by id or number a version instead plans going back to it."""

    version: str = ""


class FollowersOfPlan(Shape, frozen=True, kw_only=True):
    """How many subscriptions of a plan follow the live catalog, and how many stay on a version."""

    plan: str
    live: int
    pinned: int


class CatalogPlan(Shape, frozen=True, kw_only=True):
    """What a publication would do: the changes, whom they concern, how the tests go, what forbids it."""

    valid: bool
    changed: bool
    base: str
    candidate: str
    changes: list[CatalogChange]
    subscriptions: list[FollowersOfPlan]
    tests: CatalogTests
    problems: list[ProblemItem]


class FeatureIn(CatalogIn, frozen=True, kw_only=True):
    """A feature's specification with its `pricing:` block; without a catalog the live one is meant."""

    specification: str
    name: Annotated[str, Meta(max_length=255)] = "feature.yaml"


class FeatureVerdict(Shape, frozen=True, kw_only=True):
    """Whether the pricing block of a feature fits the catalog, and every mistake if not."""

    valid: bool
    feature: str
    price: str
    plans: list[str]
    problems: list[ProblemItem]


class CatalogRelease(Shape, frozen=True, kw_only=True):
    """One release: which version became live in place of which, who did it, when, and why."""

    number: int
    version: str
    previous: str
    action: str
    published_at: Time
    published_by: str
    note: str
    changes: int
    review: str
    live: bool


class CatalogLog(Shape, frozen=True, kw_only=True):
    """A page of releases, newest first."""

    items: list[CatalogRelease]
    next: str | None


class CatalogDiff(Shape, frozen=True, kw_only=True):
    """What changed between two versions."""

    before: str
    after: str
    changes: list[CatalogChange]


class ShowQuery(Shape, frozen=True, kw_only=True):
    """Which moment: `live` is then the version that was live at it."""

    at: Instant | None = None


class DiffQuery(Shape, frozen=True, kw_only=True):
    """Which two versions, by id or number; `before` left out is the one that `after` followed."""

    after: str = "live"
    before: str = ""
