"""The history of the catalog: its releases, and what differs between two versions."""

from __future__ import annotations

from steelyard.catalog import Catalog, Release, live_version, releases, version_named
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.catalog_source import changes_between
from steelyard.entrypoints.api.pages import cursor_of, number_of
from steelyard.entrypoints.api.shapes import catalog_code as shapes
from steelyard.kernel import iso


def log(call: Call) -> shapes.CatalogLog:
    """Every release, newest first."""
    before = number_of(call.query.cursor)
    rest = [one for one in releases(call.workspace.state) if before is None or one.number < before]
    items = rest[: call.query.limit]
    live = live_version(call.workspace.state)
    number = live.number if live else 0
    following = cursor_of(items[-1].number) if len(rest) > len(items) else None
    return shapes.CatalogLog(items=[_release(one, number) for one in items], next=following)


def diff(call: Call) -> shapes.CatalogDiff:
    """What changed between two versions; without the first, from the one before."""
    state = call.workspace.state
    after = version_named(state, call.query.after)
    named = call.query.before
    if not named:
        release = next((one for one in releases(state) if one.number == after.number), None)
        named = release.previous_id if release else ""
    before = version_named(state, named) if named else None
    return shapes.CatalogDiff(
        before=before.id if before else "",
        after=after.id,
        changes=changes_between(before.catalog if before else Catalog(), after.catalog),
    )


def _release(one: Release, live: int) -> shapes.CatalogRelease:
    return shapes.CatalogRelease(
        number=one.number,
        version=one.version_id,
        previous=one.previous_id,
        action=one.action.value,
        published_at=iso(one.published_at),
        published_by=one.published_by,
        note=one.note,
        changes=one.changes,
        review=one.review,
        live=one.number == live,
    )
