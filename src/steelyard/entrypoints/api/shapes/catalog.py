"""Catalog versions: what is published, and what would change."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from steelyard.entrypoints.api.pages import PageQuery
from steelyard.entrypoints.api.problems import ProblemItem
from steelyard.entrypoints.api.shapes.base import Shape, Time


class CatalogFile(Shape, frozen=True, kw_only=True):
    """One YAML file of a catalog folder."""

    name: Annotated[str, Meta(min_length=1, max_length=255)]
    text: str


class CatalogIn(Shape, frozen=True, kw_only=True):
    """A catalog, as files or as one tree of values; exactly one of the two."""

    files: list[CatalogFile] = []
    catalog: dict[str, Any] | None = None


class CatalogPublish(CatalogIn, frozen=True, kw_only=True):
    """A catalog to be published as an immutable version."""

    note: Annotated[str, Meta(max_length=2000)] = ""
    dry_run: bool = False


class CatalogSource(Shape, frozen=True, kw_only=True):
    """The files that a version was published from, the newest time."""

    version: str
    number: int
    files: list[CatalogFile]


class CatalogEdit(Shape, frozen=True, kw_only=True):
    """Files, and numbers to put in place of those that stand in them, `without` names sections to drop."""

    files: list[CatalogFile]
    numbers: dict[str, str] = {}
    without: list[str] = []


class CatalogNumber(Shape, frozen=True, kw_only=True):
    """One number of a price or a plan, and where it stands; `noun` is the section of its entry."""

    id: str
    file: str
    line: int
    noun: str
    key: str
    name: str
    field: str
    value: str
    metric: Annotated[str, Meta(description="Which metric a cell of a table of prices is for.")] = ""


class CatalogEdited(Shape, frozen=True, kw_only=True):
    """The files as they are now, all else as it was written, and every number that can be changed."""

    files: list[CatalogFile]
    numbers: list[CatalogNumber]


class CatalogRollback(Shape, frozen=True, kw_only=True):
    """Publish the content of an earlier version again."""

    version: str
    note: Annotated[str, Meta(max_length=2000)] = ""
    dry_run: bool = False


class CatalogVersion(Shape, frozen=True, kw_only=True):
    """A published version; equal content has an equal id."""

    id: str
    number: int
    published_at: Time
    published_by: str
    note: str
    live: bool


class RiskFound(Shape, frozen=True, kw_only=True):
    """How risky a change is, from 0 to 100, with every reason in words."""

    level: str
    score: int
    reasons: list[str]


class WaitsFor(Shape, frozen=True, kw_only=True):
    """The review that a publication waits for, and until when it may be answered."""

    review: str
    proposal: str
    requires: list[str]
    unmet: list[str]
    expires_at: Time


class CatalogPublished(Shape, frozen=True, kw_only=True):
    """What publishing did; `changed` is false when the live version has this content already.

    `status` is `published`, `unchanged`, `previewed` (a dry run) or `waiting` (somebody must agree first).
    `stays` counts the subscriptions that the roll-out leaves on the version before.
    """

    version: CatalogVersion
    status: str
    changed: bool
    dry_run: bool
    changes: list[str]
    warnings: list[ProblemItem]
    risk: RiskFound | None
    waits_for: WaitsFor | None
    review: str
    stays: int


class CatalogVersionFull(CatalogVersion, frozen=True, kw_only=True):
    """A published version with all it says."""

    catalog: dict[str, Any]


class CatalogVersionList(Shape, frozen=True, kw_only=True):
    """A page of versions, newest first."""

    items: list[CatalogVersion]
    next: str | None


class CatalogVerdict(Shape, frozen=True, kw_only=True):
    """Whether a catalog is valid, every mistake if not, and what it would change if so."""

    valid: bool
    problems: list[ProblemItem]
    changes: list[str]


VersionsQuery = PageQuery
