"""The catalog: validated, published, gone back, shown."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from steelyard.catalog import (
    Catalog,
    CatalogVersion,
    Publication,
    ReleaseAction,
    Source,
    compare,
    earlier_catalog,
    live_version,
    version_at,
    version_named,
)
from steelyard.catalog import (
    publish as published,
)
from steelyard.catalog import (
    validate as validated,
)
from steelyard.catalog.change import ChangeDocument
from steelyard.catalog.publishing import Free, Waiting
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.catalog_governed import (
    Judged,
    decided,
    judged,
    risk_found,
    staying_writes,
    waits_for,
)
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
    """Publish a catalog whose tests hold, or ask for the agreement that it needs; a dry run only tells."""
    body: shapes.CatalogPublish = call.body
    found = examined(source_of(body))
    refuse_failing(found.catalog, found.trials)
    return governed(
        call, Aim(catalog=found.catalog, change=found.change, note=body.note, dry_run=body.dry_run)
    )


def rollback(call: Call) -> shapes.CatalogPublished:
    """Publish the content of an earlier version again, or ask for the agreement that it needs."""
    body: shapes.CatalogRollback = call.body
    earlier = earlier_catalog(call.workspace.state, body.version)
    back = ReleaseAction.ROLLED_BACK
    return governed(call, Aim(catalog=earlier, note=body.note, dry_run=body.dry_run, action=back))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What somebody wants to become live."""

    catalog: Catalog
    note: str
    dry_run: bool
    change: ChangeDocument | None = None
    action: ReleaseAction = ReleaseAction.PUBLISHED


def carry_out(call: Call, source: Source | Catalog, *, note: str, dry_run: bool) -> shapes.CatalogPublished:
    """Publish this, ask for the agreement that it needs, or only say what would change."""
    catalog = source if isinstance(source, Catalog) else examined(source).catalog
    return governed(call, Aim(catalog=catalog, note=note, dry_run=dry_run))


def governed(call: Call, aim: Aim) -> shapes.CatalogPublished:
    """Publishes what may be published, and asks for a review of what somebody must agree to first."""
    live = live_version(call.workspace.state)
    if live is not None and live.catalog == aim.catalog:
        return _answer(_publication(call, aim), "unchanged", live, dry_run=aim.dry_run)
    one = judged(call, aim.catalog, action=aim.action, change=aim.change, note=aim.note)
    decision = decided(call, one)
    plan = _publication(call, aim, decision, one)
    if aim.dry_run or isinstance(decision, Waiting):
        status = "previewed" if aim.dry_run else "waiting"
        answer = _answer(plan, status, live, dry_run=aim.dry_run, judged=one, decision=decision)
        if isinstance(decision, Waiting) and not aim.dry_run and decision.write is not None:
            call.commit(decision.write, answer)
        return answer
    answer = _answer(plan, "published", plan.version, dry_run=False, judged=one, decision=decision)
    assert plan.write is not None, "other content than the live one is something to write"
    call.commit(plan.write, answer)
    call.workspace.adopt(plan.version)
    return answer


def _publication(
    call: Call, aim: Aim, decision: Free | Waiting | None = None, one: Judged | None = None
) -> Publication:
    risk = one.candidate.risk if one is not None else None
    return published(
        call.workspace.state,
        aim.catalog,
        published_at=call.now,
        published_by=call.principal.name,
        note=aim.note,
        action=aim.action,
        review=decision.review if isinstance(decision, Free) else "",
        change=aim.change,
        risk=risk.level.value if risk is not None else "",
        also=staying_writes(call, one.staying) if one is not None and isinstance(decision, Free) else (),
    )


def _answer(
    plan: Publication,
    status: str,
    live: CatalogVersion | None,
    *,
    dry_run: bool,
    judged: Judged | None = None,
    decision: Free | Waiting | None = None,
) -> shapes.CatalogPublished:
    return shapes.CatalogPublished(
        version=_head(plan.version, live),
        status=status,
        changed=plan.write is not None,
        dry_run=dry_run,
        changes=[change.text for change in plan.changes],
        warnings=judged.warnings if judged is not None else [],
        risk=risk_found(judged.candidate.risk) if judged is not None else None,
        waits_for=waits_for(decision) if isinstance(decision, Waiting) and not dry_run else None,
        review=decision.review if isinstance(decision, Free) else "",
        stays=len(judged.staying) if judged is not None else 0,
    )


def _head(version: CatalogVersion, live: CatalogVersion | None) -> shapes.CatalogVersion:
    return shapes.CatalogVersion(
        id=version.id,
        number=version.number,
        published_at=iso(version.published_at),
        published_by=version.published_by,
        note=version.note,
        live=live is not None and live.id == version.id,
    )
