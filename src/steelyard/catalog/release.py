"""Releases: each time a version became the live one, by whom, when, why, and what it followed.

A version is content and may become live more than once; a release is an event and is kept for ever. The log
of a catalog is its releases, and what was live at a moment is the last release before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from steelyard.catalog.change import ChangeDocument
from steelyard.catalog.diff import compare
from steelyard.catalog.model import Catalog, CatalogVersion
from steelyard.catalog.version import LIVE_KEY, LiveCatalog
from steelyard.kernel import NotFound, iso
from steelyard.record import State


class ReleaseAction(StrEnum):
    """How a version became the live one: published as new content, or gone back to."""

    PUBLISHED = "published"
    ROLLED_BACK = "rolled_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One publication: which version became live in place of which, who did it, when and why.

    `changes` counts what differs from the version before; `review` names the agreement that it rests on,
    `change` is the document that said why and to whom, `risk` the level that was found.
    """

    number: int
    version_id: str
    published_at: datetime
    published_by: str
    note: str = ""
    action: ReleaseAction = ReleaseAction.PUBLISHED
    previous_id: str = ""
    changes: int = 0
    review: str = ""
    change: ChangeDocument | None = None
    risk: str = ""

    @property
    def key(self) -> str:
        """The number in a form whose order as text is its order."""
        return release_key(self.number)


def release_key(number: int) -> str:
    """The key of the release of that number.

    >>> release_key(7)
    '0000000007'
    """
    return f"{number:010d}"


def releases(state: State) -> list[Release]:
    """All releases, newest first; what was published before releases were kept is told by its version."""
    found = {one.number: one for one in state.find(Release)}
    before: CatalogVersion | None = None
    for version in sorted(state.find(CatalogVersion), key=lambda one: one.number):
        if version.number not in found:
            found[version.number] = _first_told(version, before)
        before = version
    return sorted(found.values(), key=lambda one: -one.number)


def _first_told(version: CatalogVersion, before: CatalogVersion | None) -> Release:
    """The release that a version stands for where none was kept, compared with the version before."""
    return Release(
        number=version.number,
        version_id=version.id,
        published_at=version.published_at,
        published_by=version.published_by,
        note=version.note,
        previous_id=before.id if before else "",
        changes=len(compare(before.catalog if before else Catalog(), version.catalog)),
    )


def live_version(state: State) -> CatalogVersion | None:
    """The version that is live, or None before the first publication."""
    live = state.get(LiveCatalog, LIVE_KEY)
    return state.get(CatalogVersion, live.version_id) if live else None


def version_at(state: State, moment: datetime) -> CatalogVersion:
    """The version that was live at a moment; NotFound where none was."""
    release = next((one for one in releases(state) if one.published_at <= moment), None)
    if release is None:
        raise NotFound(f"no catalog was live at {iso(moment)}", code="unknown_catalog_version")
    return _as_released(state, release)


def version_named(state: State, name: str) -> CatalogVersion:
    """The version of that id, of the release of that number, or the `live` one; NotFound if there is none."""
    version = None
    if name == LIVE_KEY:
        version = live_version(state)
    elif name.isdecimal() and len(name) <= 9:
        return _numbered(state, int(name))
    else:
        version = state.get(CatalogVersion, name)
    if version is None:
        raise _unknown(name)
    return version


def _numbered(state: State, number: int) -> CatalogVersion:
    release = state.get(Release, release_key(number))
    if release is not None:
        return _as_released(state, release)
    version = next(iter(state.find(CatalogVersion, limit=1, number=number)), None)
    if version is None:
        raise _unknown(str(number))
    return version


def _as_released(state: State, release: Release) -> CatalogVersion:
    version = state.get(CatalogVersion, release.version_id)
    if version is None:
        raise _unknown(release.version_id)
    return CatalogVersion(
        id=version.id,
        number=release.number,
        published_at=release.published_at,
        published_by=release.published_by,
        catalog=version.catalog,
        note=release.note,
    )


def _unknown(name: str) -> NotFound:
    return NotFound(f"there is no catalog version {name[:60]!r}", code="unknown_catalog_version")
