"""What can be asked about catalog, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NotRequired, TypedDict

from steelyard.client.generated.events import ProblemItem
from steelyard.client.generated.meters import CatalogPublished, CatalogVersion, RiskFound
from steelyard.client.transport import Transport, follow, path_part, without_none


class CatalogChange(TypedDict):
    """One difference: what, in which plans, and by how many percent where it is an amount."""

    kind: str
    noun: str
    key: str
    name: str
    field: str
    before: str
    after: str
    percent: str | None
    plans: builtins.list[str]
    text: str


class CatalogDiff(TypedDict):
    """What changed between two versions."""

    before: str
    after: str
    changes: builtins.list[CatalogChange]


class CatalogEdited(TypedDict):
    """The files as they are now, all else as it was written, and every number that can be changed."""

    files: builtins.list[CatalogFile]
    numbers: builtins.list[CatalogNumber]


class CatalogFile(TypedDict):
    """One YAML file of a catalog folder."""

    name: str
    text: str


class CatalogLog(TypedDict):
    """A page of releases, newest first."""

    items: builtins.list[CatalogRelease]
    next: str | None


class CatalogNumber(TypedDict):
    """One number of a price or a plan, and where it stands; `noun` is the section of its entry."""

    id: str
    file: str
    line: int
    noun: str
    key: str
    name: str
    field: str
    value: str
    metric: NotRequired[str]


class CatalogPlan(TypedDict):
    """What a publication would do: changes, whom they concern, how much money, risk, what forbids it.

    `money` says in words what the change means on the usage of the last month, `follows` who follows the live
    catalog and who stays, with their money; both are empty without the scope `insight:read`. `needs` are the
    roles that must agree."""

    valid: bool
    changed: bool
    base: str
    candidate: str
    changes: builtins.list[CatalogChange]
    subscriptions: builtins.list[FollowersOfPlan]
    tests: CatalogTests
    problems: builtins.list[ProblemItem]
    warnings: builtins.list[ProblemItem]
    risk: RiskFound | None
    needs: builtins.list[str]
    rollout: str
    money: builtins.list[str]
    follows: builtins.list[ImpactFollows]
    shown: builtins.list[str]


class CatalogProposal(TypedDict):
    """A catalog that waits for agreement, and whether it can be published by now.

    `status` is that of its review; `stale` means that another version is live than when it was proposed."""

    id: str
    candidate: str
    base: str
    action: str
    note: str
    proposed_at: str
    proposed_by: str
    review: str
    status: str
    stale: bool
    risk: RiskFound


class CatalogProposalFull(TypedDict):
    """A proposal with all that was shown to whoever agrees."""

    id: str
    candidate: str
    base: str
    action: str
    note: str
    proposed_at: str
    proposed_by: str
    review: str
    status: str
    stale: bool
    risk: RiskFound
    shown: builtins.list[str]


class CatalogProposalList(TypedDict):
    """Proposals, newest first."""

    items: builtins.list[CatalogProposal]
    next: str | None


class CatalogRelease(TypedDict):
    """One release: which version became live in place of which, who did it, when, and why.

    `due_at` is when somebody looks at its success measure next."""

    number: int
    version: str
    previous: str
    action: str
    published_at: str
    published_by: str
    note: str
    changes: int
    review: str
    live: bool
    risk: str
    change: ChangeSaid | None
    outcome: ChangeFound | None
    due_at: str | None


class CatalogSource(TypedDict):
    """The files that a version was published from, the newest time."""

    version: str
    number: int
    files: builtins.list[CatalogFile]


class CatalogTestResult(TypedDict):
    """How one pricing test went, with every difference and the invoice that came of it."""

    name: str
    passed: bool
    file: str
    line: int
    differences: builtins.list[str]
    invoice: builtins.list[str]


class CatalogTests(TypedDict):
    """How all pricing tests went."""

    passed: int
    failed: int
    tests: builtins.list[CatalogTestResult]


class CatalogVerdict(TypedDict):
    """Whether a catalog is valid, every mistake if not, and what it would change if so."""

    valid: bool
    problems: builtins.list[ProblemItem]
    changes: builtins.list[str]


class CatalogVersionFull(TypedDict):
    """A published version with all it says."""

    id: str
    number: int
    published_at: str
    published_by: str
    note: str
    live: bool
    catalog: dict[str, Any]


class CatalogVersionList(TypedDict):
    """A page of versions, newest first."""

    items: builtins.list[CatalogVersion]
    next: str | None


class ChangeFound(TypedDict):
    """What was found when somebody looked at a change."""

    verdict: str
    finding: str
    by: str
    at: str
    again_at: str | None


class ChangeSaid(TypedDict):
    """The document of a change: why, what it should do, to whom it applies, and by what it is judged."""

    hypothesis: str
    expected_effect: str
    trade_off: str
    success_measure: str
    review_date: str
    owner: str
    rollout: str


class ChangesDue(TypedDict):
    """Releases whose success measure is to be looked at, the most overdue first."""

    items: builtins.list[CatalogRelease]


class FeatureVerdict(TypedDict):
    """Whether the pricing block of a feature fits the catalog, and every mistake if not."""

    valid: bool
    feature: str
    price: str
    plans: builtins.list[str]
    problems: builtins.list[ProblemItem]


class FollowersOfPlan(TypedDict):
    """How many subscriptions of a plan follow the live catalog, and how many stay on a version."""

    plan: str
    live: int
    pinned: int


class ImpactFollows(TypedDict):
    """How many customers follow the live catalog, or stay on another, and their money."""

    follows: str
    currency: str
    customers: int
    old: str
    new: str
    moved: str


class CatalogApi:
    """What can be asked about catalog."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def validate(
        self, *, files: Sequence[CatalogFile] | None = None, catalog: dict[str, Any] | None = None
    ) -> CatalogVerdict:
        """Whether a catalog is valid, with every mistake, and what it would change."""
        return self._transport.json(
            "POST", "/api/v1/catalog/validate", body={**without_none({"files": files, "catalog": catalog})}
        )

    def plan(
        self,
        *,
        files: Sequence[CatalogFile] | None = None,
        catalog: dict[str, Any] | None = None,
        version: str | None = None,
    ) -> CatalogPlan:
        """What publishing a catalog would change, for whom, and how its tests go; nothing is written."""
        return self._transport.json(
            "POST",
            "/api/v1/catalog/plan",
            body={**without_none({"files": files, "catalog": catalog, "version": version})},
        )

    def test(
        self, *, files: Sequence[CatalogFile] | None = None, catalog: dict[str, Any] | None = None
    ) -> CatalogTests:
        """Run the pricing tests of a catalog: usage given, invoice expected."""
        return self._transport.json(
            "POST", "/api/v1/catalog/test", body={**without_none({"files": files, "catalog": catalog})}
        )

    def check_feature(
        self,
        *,
        specification: str,
        files: Sequence[CatalogFile] | None = None,
        catalog: dict[str, Any] | None = None,
        name: str | None = None,
    ) -> FeatureVerdict:
        """Check the pricing block of a feature's own specification against a catalog."""
        return self._transport.json(
            "POST",
            "/api/v1/catalog/features/check",
            body={
                "specification": specification,
                **without_none({"files": files, "catalog": catalog, "name": name}),
            },
        )

    def publish(
        self,
        *,
        files: Sequence[CatalogFile] | None = None,
        catalog: dict[str, Any] | None = None,
        note: str | None = None,
        dry_run: bool | None = None,
    ) -> CatalogPublished:
        """Publish a catalog as an immutable version; equal content publishes nothing new."""
        return self._transport.json(
            "POST",
            "/api/v1/catalog/versions",
            body={**without_none({"files": files, "catalog": catalog, "note": note, "dry_run": dry_run})},
        )

    def rollback(
        self, *, version: str, note: str | None = None, dry_run: bool | None = None
    ) -> CatalogPublished:
        """Publish the content of an earlier version again, as a new release."""
        return self._transport.json(
            "POST",
            "/api/v1/catalog/rollback",
            body={"version": version, **without_none({"note": note, "dry_run": dry_run})},
        )

    def list(self, *, limit: int | None = None, cursor: str | None = None) -> CatalogVersionList:
        """Published versions, newest first."""
        return self._transport.json(
            "GET", "/api/v1/catalog/versions", query={"limit": limit, "cursor": cursor}
        )

    def each(self, *, limit: int | None = None) -> Iterator[CatalogVersion]:
        """Published versions, newest first, page after page."""
        return follow(lambda cursor: self.list(limit=limit, cursor=cursor))

    def show(self, id: str | int, *, at: str | None = None) -> CatalogVersionFull:
        """One version with all it says; `live` is the newest, or what was live at a moment."""
        return self._transport.json("GET", f"/api/v1/catalog/versions/{path_part(id)}", query={"at": at})

    def source(self, id: str | int) -> CatalogSource:
        """The files that a version was published from, to be edited again."""
        return self._transport.json("GET", f"/api/v1/catalog/versions/{path_part(id)}/source")

    def edit(
        self,
        *,
        files: Sequence[CatalogFile],
        numbers: dict[str, str] | None = None,
        without: Sequence[str] | None = None,
    ) -> CatalogEdited:
        """Files with other numbers where these stand; all else stays as it was written."""
        return self._transport.json(
            "POST",
            "/api/v1/catalog/edit",
            body={"files": files, **without_none({"numbers": numbers, "without": without})},
        )

    def log(self, *, limit: int | None = None, cursor: str | None = None) -> CatalogLog:
        """Every release, newest first: who, what, when, why."""
        return self._transport.json("GET", "/api/v1/catalog/log", query={"limit": limit, "cursor": cursor})

    def each_of_log(self, *, limit: int | None = None) -> Iterator[CatalogRelease]:
        """Every release, newest first: who, what, when, why, page after page."""
        return follow(lambda cursor: self.log(limit=limit, cursor=cursor))

    def changes(self, *, within_days: int | None = None) -> ChangesDue:
        """Changes whose success measure is to be looked at, the most overdue first."""
        return self._transport.json("GET", "/api/v1/catalog/changes", query={"within_days": within_days})

    def look_back(
        self,
        number: str | int,
        *,
        verdict: Literal["adjust", "keep", "take_back", "unclear"],
        finding: str,
        again_at: str | None = None,
        dry_run: bool | None = None,
    ) -> CatalogRelease:
        """Say what the success measure of a change shows, and what becomes of it."""
        return self._transport.json(
            "POST",
            f"/api/v1/catalog/releases/{path_part(number)}/outcome",
            body={
                "verdict": verdict,
                "finding": finding,
                **without_none({"again_at": again_at, "dry_run": dry_run}),
            },
        )

    def diff(self, *, after: str | None = None, before: str | None = None) -> CatalogDiff:
        """What changed between two versions, in sentences."""
        return self._transport.json("GET", "/api/v1/catalog/diff", query={"after": after, "before": before})

    def proposals(self, *, limit: int | None = None, cursor: str | None = None) -> CatalogProposalList:
        """Catalogs that wait for agreement, or waited, newest first."""
        return self._transport.json(
            "GET", "/api/v1/catalog/proposals", query={"limit": limit, "cursor": cursor}
        )

    def each_of_proposals(self, *, limit: int | None = None) -> Iterator[CatalogProposal]:
        """Catalogs that wait for agreement, or waited, newest first, page after page."""
        return follow(lambda cursor: self.proposals(limit=limit, cursor=cursor))

    def proposal(self, id: str | int) -> CatalogProposalFull:
        """One proposal with all that was shown to whoever agrees."""
        return self._transport.json("GET", f"/api/v1/catalog/proposals/{path_part(id)}")

    def publish_proposal(self, id: str | int, *, note: str | None = None) -> CatalogPublished:
        """Publish what was agreed to."""
        return self._transport.json(
            "POST",
            f"/api/v1/catalog/proposals/{path_part(id)}/publish",
            body={**without_none({"note": note})},
        )
