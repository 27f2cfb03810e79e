"""The files that a catalog was published from, kept beside its version so that they can be edited again.

They are no part of a version's content: comments, templates and pricing tests stand in them, and the same
content can be written in many ways. The newest way in which a version was published is the one kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from steelyard.kernel import NotFound
from steelyard.record import WORKSPACE_CHAIN, Kind, State, Write
from steelyard.record.planned import saving


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One file of a catalog's folder, as it was sent."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogSource:
    """The files of the version of this id."""

    id: str
    files: tuple[SourceFile, ...]


def keeping(state: State, version: str, files: Sequence[SourceFile]) -> Write | None:
    """What to write so that these files are kept for the version; None where they are, or there are none."""
    if not files:
        return None
    source = CatalogSource(id=version, files=tuple(files))
    if state.get(CatalogSource, version) == source:
        return None
    kept = state.version(CatalogSource, version)
    return saving(Kind.CATALOG, WORKSPACE_CHAIN, source, version, kept)


def source_files(state: State, version: str) -> tuple[SourceFile, ...]:
    """The files of a version; NotFound where none are kept, as before sources were kept at all."""
    found = state.get(CatalogSource, version)
    if found is None:
        message = "the files of this version are not kept; it was published before they were"
        raise NotFound(message, code="no_source")
    return found.files
