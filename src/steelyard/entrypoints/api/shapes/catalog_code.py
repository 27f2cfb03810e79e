"""Catalog as code: the plan of a publication, its tests, the log of releases, differences."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from steelyard.entrypoints.api.problems import ProblemItem
from steelyard.entrypoints.api.shapes.base import Amount, Instant, Shape, Time
from steelyard.entrypoints.api.shapes.catalog import CatalogIn, RiskFound
from steelyard.entrypoints.api.shapes.impact import ImpactFollows


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
    """What a publication would do: changes, whom they concern, how much money, risk, what forbids it.

    `money` says in words what the change means on the usage of the last month, `follows` who follows the live
    catalog and who stays, with their money; both are empty without the scope `insight:read`. `needs` are the
    roles that must agree.
    """

    valid: bool
    changed: bool
    base: str
    candidate: str
    changes: list[CatalogChange]
    subscriptions: list[FollowersOfPlan]
    tests: CatalogTests
    problems: list[ProblemItem]
    warnings: list[ProblemItem]
    risk: RiskFound | None
    needs: list[str]
    rollout: str
    money: list[str]
    follows: list[ImpactFollows]
    shown: list[str]


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


class ChangeSaid(Shape, frozen=True, kw_only=True):
    """The document of a change: why, what it should do, to whom it applies, and by what it is judged."""

    hypothesis: str
    expected_effect: str
    trade_off: str
    success_measure: str
    review_date: Time
    owner: str
    rollout: str


class ChangeFound(Shape, frozen=True, kw_only=True):
    """What was found when somebody looked at a change."""

    verdict: str
    finding: str
    by: str
    at: Time
    again_at: Time | None


class CatalogRelease(Shape, frozen=True, kw_only=True):
    """One release: which version became live in place of which, who did it, when, and why.

    `due_at` is when somebody looks at its success measure next.
    """

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
    risk: str
    change: ChangeSaid | None
    outcome: ChangeFound | None
    due_at: Time | None


class ChangesQuery(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far ahead to look for changes whose review date comes."""

    within_days: Annotated[int, Meta(ge=0, le=3650)] = 14


class ChangesDue(Shape, frozen=True, kw_only=True):
    """Releases whose success measure is to be looked at, the most overdue first."""

    items: list[CatalogRelease]


class ChangeLookedAt(Shape, frozen=True, kw_only=True):
    """What the success measure of a change shows; what is `unclear` is looked at again on a day."""

    verdict: Literal["keep", "adjust", "take_back", "unclear"]
    finding: Annotated[str, Meta(min_length=1, max_length=4000)]
    again_at: Instant | None = None
    dry_run: bool = False


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


class CatalogProposal(Shape, frozen=True, kw_only=True):
    """A catalog that waits for agreement, and whether it can be published by now.

    `status` is that of its review; `stale` means that another version is live than when it was proposed.
    """

    id: str
    candidate: str
    base: str
    action: str
    note: str
    proposed_at: Time
    proposed_by: str
    review: str
    status: str
    stale: bool
    risk: RiskFound


class CatalogProposalFull(CatalogProposal, frozen=True, kw_only=True):
    """A proposal with all that was shown to whoever agrees."""

    shown: list[str]


class CatalogProposalList(Shape, frozen=True, kw_only=True):
    """Proposals, newest first."""

    items: list[CatalogProposal]
    next: str | None


class ProposalPublish(Shape, frozen=True, kw_only=True):
    """Publish what was agreed to."""

    note: Annotated[str, Meta(max_length=2000)] = ""
