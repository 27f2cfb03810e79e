"""The history of the catalog: its releases, and what differs between two versions."""

from __future__ import annotations

from datetime import timedelta

from steelyard.catalog import Catalog, Release, live_version, releases, version_named
from steelyard.catalog.change import ChangeDocument
from steelyard.catalog.looking_back import ChangeOutcome, Verdict, due, due_at, look_back
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
    outcomes = _outcomes(call)
    told = [_release(one, number, outcomes.get(one.number)) for one in items]
    return shapes.CatalogLog(items=told, next=following)


def changes_due(call: Call) -> shapes.ChangesDue:
    """The releases whose success measure is to be looked at now or soon."""
    state, outcomes = call.workspace.state, _outcomes(call)
    until = call.now + timedelta(days=call.query.within_days)
    live = live_version(state)
    number = live.number if live else 0
    found = due(releases(state), outcomes, until=until)
    return shapes.ChangesDue(items=[_release(one, number, outcomes.get(one.number)) for one, _ in found])


def look(call: Call) -> shapes.CatalogRelease:
    """Say what the success measure of a release's change shows."""
    body: shapes.ChangeLookedAt = call.body
    state = call.workspace.state
    planned = look_back(
        state,
        int(call.path["number"]) if call.path["number"].isdecimal() else 0,
        verdict=Verdict(body.verdict),
        finding=body.finding,
        by=call.principal.name,
        at=call.now,
        again_at=body.again_at,
    )
    live = live_version(state)
    release = state.get(Release, planned.record.key)
    assert release is not None, "what was looked at is there"
    answer = _release(release, live.number if live else 0, planned.record)
    if planned.write is not None and not body.dry_run:
        call.commit(planned.write, answer)
    return answer


def _outcomes(call: Call) -> dict[int, ChangeOutcome]:
    return {one.release: one for one in call.workspace.state.find(ChangeOutcome)}


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


def _release(one: Release, live: int, outcome: ChangeOutcome | None) -> shapes.CatalogRelease:
    when = due_at(one, outcome)
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
        risk=one.risk,
        change=None if one.change is None else _said(one.change),
        outcome=None if outcome is None else _found(outcome),
        due_at=None if when is None else iso(when),
    )


def _said(one: ChangeDocument) -> shapes.ChangeSaid:
    return shapes.ChangeSaid(
        hypothesis=one.hypothesis,
        expected_effect=one.expected_effect,
        trade_off=one.trade_off,
        success_measure=one.success_measure,
        review_date=iso(one.review_date),
        owner=one.owner,
        rollout=one.rollout.text,
    )


def _found(one: ChangeOutcome) -> shapes.ChangeFound:
    return shapes.ChangeFound(
        verdict=one.verdict.value,
        finding=one.finding,
        by=one.by,
        at=iso(one.at),
        again_at=None if one.again_at is None else iso(one.again_at),
    )
