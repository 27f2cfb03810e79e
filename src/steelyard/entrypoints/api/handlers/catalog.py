"""The catalog: validated, published, gone back, shown."""

from __future__ import annotations

import msgspec

from steelyard.catalog import (
    Catalog,
    CatalogVersion,
    Publication,
    Source,
    compare,
    live_version,
    roll_back,
    version_at,
    version_named,
)
from steelyard.catalog import (
    publish as published,
)
from steelyard.catalog import (
    validate as validated,
)
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.catalog_plan import refuse_failing
from steelyard.entrypoints.api.handlers.catalog_source import examined, source_of
from steelyard.entrypoints.api.handlers.shaping import page
from steelyard.entrypoints.api.pages import cursor_of, number_of
from steelyard.entrypoints.api.problems import item_of
from steelyard.entrypoints.api.shapes import catalog as shapes
from steelyard.kernel import InvalidInput, iso
from steelyard.kernel.canonical import to_builtins


def validate(call: Call) -> shapes.CatalogVerdict:
    """Whether a catalog is valid, and what publishing it would change."""
    found = validated(source_of(call.body))
    if not isinstance(found, Catalog):
        return shapes.CatalogVerdict(valid=False, problems=[item_of(one) for one in found], changes=[])
    live = live_version(call.workspace.state)
    changes = compare(live.catalog if live else Catalog(), found)
    return shapes.CatalogVerdict(valid=True, problems=[], changes=[change.text for change in changes])


def publish(call: Call) -> shapes.CatalogPublished:
    """Publish a catalog whose tests hold; with `dry_run`, only say what would happen."""
    body: shapes.CatalogPublish = call.body
    found = examined(source_of(body))
    refuse_failing(found.catalog, found.trials)
    return carry_out(call, found.catalog, note=body.note, dry_run=body.dry_run)


def rollback(call: Call) -> shapes.CatalogPublished:
    """Publish the content of an earlier version again; with `dry_run`, only say what would happen."""
    body: shapes.CatalogRollback = call.body
    plan = roll_back(
        call.workspace.state,
        body.version,
        published_at=call.now,
        published_by=call.principal.name,
        note=body.note,
    )
    return _done(call, plan, dry_run=body.dry_run)


def list_versions(call: Call) -> shapes.CatalogVersionList:
    """Published versions, newest first."""
    versions = sorted(call.workspace.state.find(CatalogVersion), key=lambda one: -one.number)
    before = number_of(call.query.cursor)
    rest = [one for one in versions if before is None or one.number < before]
    items, _ = page(rest, call.query.limit, lambda one: one.number)
    following = cursor_of(items[-1].number) if len(rest) > len(items) else None
    live = live_version(call.workspace.state)
    return shapes.CatalogVersionList(items=[_head(one, live) for one in items], next=following)


def show(call: Call) -> shapes.CatalogVersionFull:
    """One version with all it says; `live` at a moment is the one that was live then."""
    version = _shown(call)
    head = _head(version, live_version(call.workspace.state))
    return shapes.CatalogVersionFull(**msgspec.structs.asdict(head), catalog=to_builtins(version.catalog))


def _shown(call: Call) -> CatalogVersion:
    if call.query is None or call.query.at is None:
        return version_named(call.workspace.state, call.path["id"])
    if call.path["id"] != "live":
        raise InvalidInput("only the live version has a moment", code="invalid_parameter")
    return version_at(call.workspace.state, call.query.at)


def carry_out(call: Call, source: Source | Catalog, *, note: str, dry_run: bool) -> shapes.CatalogPublished:
    """Publish this, or only say what would change."""
    state = call.workspace.state
    plan = published(state, source, published_at=call.now, published_by=call.principal.name, note=note)
    return _done(call, plan, dry_run=dry_run)


def _done(call: Call, plan: Publication, *, dry_run: bool) -> shapes.CatalogPublished:
    """Carries a publication out and measures by it from now on, unless it is a dry run."""
    does = plan.write is not None and not dry_run
    live = plan.version if does or plan.write is None else live_version(call.workspace.state)
    answer = shapes.CatalogPublished(
        version=_head(plan.version, live),
        changed=plan.write is not None,
        dry_run=dry_run,
        changes=[change.text for change in plan.changes],
    )
    if does and plan.write is not None:
        call.commit(plan.write, answer)
        call.workspace.adopt(plan.version)
    return answer


def _head(version: CatalogVersion, live: CatalogVersion | None) -> shapes.CatalogVersion:
    return shapes.CatalogVersion(
        id=version.id,
        number=version.number,
        published_at=iso(version.published_at),
        published_by=version.published_by,
        note=version.note,
        live=live is not None and live.id == version.id,
    )
