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


class CatalogPublished(Shape, frozen=True, kw_only=True):
    """What publishing did; `changed` is false when the live version has this content already."""

    version: CatalogVersion
    changed: bool
    dry_run: bool
    changes: list[str]


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
