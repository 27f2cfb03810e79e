"""What can be asked about catalog, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# A request's fields are arguments, however many they are.

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from typing import Any, TypedDict

from steelyard.client.generated.events import ProblemItem
from steelyard.client.generated.meters import CatalogPublished, CatalogVersion
from steelyard.client.transport import Transport, follow, path_part, without_none


class CatalogFile(TypedDict):
    """One YAML file of a catalog folder."""

    name: str
    text: str


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

    def rollback(self, *, version: str, note: str | None = None) -> CatalogPublished:
        """Publish the content of an earlier version again, as a new version."""
        return self._transport.json(
            "POST", "/api/v1/catalog/rollback", body={"version": version, **without_none({"note": note})}
        )

    def list(self, *, limit: int | None = None, cursor: str | None = None) -> CatalogVersionList:
        """Published versions, newest first."""
        return self._transport.json(
            "GET", "/api/v1/catalog/versions", query={"limit": limit, "cursor": cursor}
        )

    def each(self, *, limit: int | None = None) -> Iterator[CatalogVersion]:
        """Published versions, newest first, page after page."""
        return follow(lambda cursor: self.list(limit=limit, cursor=cursor))

    def show(self, id: str | int) -> CatalogVersionFull:
        """One version with all it says; the id `live` is the newest."""
        return self._transport.json("GET", f"/api/v1/catalog/versions/{path_part(id)}")
