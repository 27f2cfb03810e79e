"""The catalog: validated, published, gone back, shown."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from steelyard.adapters.files.catalog_numbers import Number, numbers_of, with_numbers, without_section
from steelyard.billing.resting import rate_changes_in_use
from steelyard.catalog import (
    Catalog,
    CatalogVersion,
    Publication,
    ReleaseAction,
    catalog_id,
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
from steelyard.catalog.kept_source import SourceFile, keeping, source_files
from steelyard.catalog.publishing import Free, Waiting
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.catalog_governed import (
    Judged,
    decided,
    judged,
    refuse_new_followers,
    risk_found,
    staying_writes,
    waits_for,
)
from steelyard.entrypoints.api.handlers.catalog_plan import refuse_failing
from steelyard.entrypoints.api.handlers.catalog_source import examined, files_of, source_of
from steelyard.entrypoints.api.handlers.shaping import page
from steelyard.entrypoints.api.pages import cursor_of, number_of
from steelyard.entrypoints.api.problems import item_of
from steelyard.entrypoints.api.shapes import catalog as shapes
from steelyard.kernel import InvalidInput, iso
from steelyard.kernel.canonical import to_builtins
from steelyard.record import Write
from steelyard.record.planned import together


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
    aim = Aim(
        catalog=found.catalog,
        change=found.change,
        note=body.note,
        dry_run=body.dry_run,
        files=files_of(body),
    )
    return governed(call, aim)


def rollback(call: Call) -> shapes.CatalogPublished:
    """Publish the content of an earlier version again, or ask for the agreement that it needs."""
    body: shapes.CatalogRollback = call.body
    earlier = earlier_catalog(call.workspace.state, body.version)
    live = live_version(call.workspace.state)
    if live is not None and (found := rate_changes_in_use(call.workspace.state, live, earlier, call.now)):
        message = "this would take back rates by which customers were billed"
        raise InvalidInput(message, code="rollback_refused", problems=found)
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


def show_source(call: Call) -> shapes.CatalogSource:
    """The files that a version was published from."""
    version = version_named(call.workspace.state, call.path["id"])
    files = source_files(call.workspace.state, version.id)
    return shapes.CatalogSource(
        version=version.id,
        number=version.number,
        files=[shapes.CatalogFile(name=one.name, text=one.text) for one in files],
    )


def edit(call: Call) -> shapes.CatalogEdited:
    """The files with other numbers where those stand, and every number of a price or a plan."""
    body: shapes.CatalogEdit = call.body
    files = with_numbers({one.name: one.text for one in body.files}, body.numbers)
    for section in body.without:
        files = {name: without_section(text, section) for name, text in files.items()}
    return shapes.CatalogEdited(
        files=[shapes.CatalogFile(name=name, text=text) for name, text in files.items()],
        numbers=[_number(one) for one in numbers_of(files)],
    )


def _number(one: Number) -> shapes.CatalogNumber:
    return shapes.CatalogNumber(
        id=one.id,
        file=one.file,
        line=one.line,
        noun=one.noun,
        key=one.key,
        name=one.name,
        field=one.field,
        value=one.value,
        metric=one.metric,
    )


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
    files: tuple[SourceFile, ...] = ()


def carry_out(
    call: Call, catalog: Catalog, *, note: str, dry_run: bool, files: tuple[SourceFile, ...] = ()
) -> shapes.CatalogPublished:
    """Publish this, ask for the agreement that it needs, or only say what would change."""
    return governed(call, Aim(catalog=catalog, note=note, dry_run=dry_run, files=files))


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
        if isinstance(decision, Waiting) and not aim.dry_run:
            write = together([decision.write, _kept(call, aim)]) if decision.write is not None else None
            if write is not None:
                call.commit(write, answer)
        return answer
    if plan.write is None:
        # Somebody published the same meanwhile.
        return _answer(plan, "unchanged", live_version(call.workspace.state), dry_run=False)
    answer = _answer(plan, "published", plan.version, dry_run=False, judged=one, decision=decision)
    with call.workspace.publishing:
        refuse_new_followers(call, one)
        call.commit(plan.write, answer)
        call.workspace.adopt(plan.version)
    return answer


def _kept(call: Call, aim: Aim) -> Write | None:
    """What to write so that the files can be edited again."""
    return keeping(call.workspace.state, catalog_id(aim.catalog), aim.files)


def _publication(
    call: Call, aim: Aim, decision: Free | Waiting | None = None, one: Judged | None = None
) -> Publication:
    risk = one.candidate.risk if one is not None else None
    free = one is not None and isinstance(decision, Free)
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
        also=[*staying_writes(call, one.staying), _kept(call, aim)] if one is not None and free else (),
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
