"""Publishing: what to write so that a catalog becomes the live version; nothing if it is live already."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from steelyard.catalog.change import ChangeDocument
from steelyard.catalog.diff import Change, compare
from steelyard.catalog.judge_changes import taken_away
from steelyard.catalog.model import Catalog, CatalogVersion
from steelyard.catalog.release import (
    Release,
    ReleaseAction,
    live_version,
    release_key,
    version_at,
    version_named,
)
from steelyard.catalog.returning import obstacles
from steelyard.catalog.source import Source
from steelyard.catalog.validate import validate
from steelyard.catalog.version import LIVE_KEY, LiveCatalog, catalog_id
from steelyard.kernel import InvalidInput, Problem
from steelyard.record import WORKSPACE_CHAIN, Batch, Expect, Kind, Save, State, Write
from steelyard.record.planned import together
from steelyard.record.telling import telling

__all__ = ["Publication", "earlier_catalog", "live_version", "publish", "version_at", "version_named"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What publishing comes to: the version, what changes, and what to write (None: it is live already)."""

    version: CatalogVersion
    changes: tuple[Change, ...]
    write: Write | None
    release: Release | None = None


def publish(  # noqa: PLR0913 - one release with all that is kept of it, each part named
    state: State,
    source: Source | Catalog,
    *,
    published_at: datetime,
    published_by: str,
    note: str = "",
    action: ReleaseAction = ReleaseAction.PUBLISHED,
    review: str = "",
    change: ChangeDocument | None = None,
    risk: str = "",
    also: Iterable[Write | None] = (),
) -> Publication:
    """The publication of a catalog; raises InvalidInput with every problem where the source is none.

    Content that is live already publishes nothing. Content of an earlier version makes that version live
    again: same id, new number. The write fails if another publication comes in between. `also` is written
    with it, whole or not at all.
    """
    catalog = source if isinstance(source, Catalog) else validate(source)
    if not isinstance(catalog, Catalog):
        count = f"{len(catalog)} mistakes" if len(catalog) > 1 else "a mistake"
        raise InvalidInput(f"the catalog has {count}", code="invalid_catalog", problems=catalog)
    current = live_version(state)
    version = CatalogVersion(
        id=catalog_id(catalog),
        number=current.number + 1 if current else 1,
        published_at=published_at,
        published_by=published_by,
        catalog=catalog,
        note=note,
    )
    if current is not None and action is ReleaseAction.PUBLISHED:
        _refuse_taking_away(current.catalog, catalog, published_at)
    if current and current.catalog == catalog:
        return Publication(version=current, changes=(), write=None)
    changes = compare(current.catalog if current else Catalog(), catalog)
    release = Release(
        number=version.number,
        version_id=version.id,
        published_at=published_at,
        published_by=published_by,
        note=note,
        action=action,
        previous_id=current.id if current else "",
        changes=len(changes),
        review=review,
        change=change,
        risk=risk,
    )
    write = together([_write(state, version, release), *also])
    return Publication(version=version, changes=changes, write=write, release=release)


def earlier_catalog(state: State, name: str) -> Catalog:
    """The content of an earlier version that can become live again, by id or by number of its release.

    Raises NotFound for an unknown version, InvalidInput `rollback_refused` with every reason where what it
    needs is gone by now.
    """
    earlier, live = version_named(state, name), live_version(state)
    reasons = obstacles(earlier.catalog, live.catalog if live else Catalog())
    if reasons:
        message = f"version {earlier.number} cannot become live again"
        raise InvalidInput(message, code="rollback_refused", problems=reasons)
    return earlier.catalog


def _refuse_taking_away(before: Catalog, after: Catalog, now: datetime) -> None:
    """Rate changes are only ever added to: one that holds already stays as it was said."""
    gone = taken_away(before.rate_changes, after.rate_changes, now)
    if not gone:
        return
    problems = tuple(
        Problem(
            code="rate_change_taken_away",
            message=f"the rate change of {one.price!r} ({one.words}) holds already and may not go",
            field="rate_changes",
            allowed="a further change",
        )
        for one in gone
    )
    raise InvalidInput("the catalog takes back what holds", code="invalid_catalog", problems=problems)


def _write(state: State, version: CatalogVersion, release: Release) -> Write:
    before = state.get(LiveCatalog, LIVE_KEY)
    live = LiveCatalog(
        version_id=version.id,
        number=version.number,
        published_at=version.published_at,
        asked_ahead=version.catalog.asks_ahead or (before is not None and before.asked_ahead),
    )
    told = (version, live, release)
    batch = Batch(
        kind=Kind.CATALOG,
        customers=[WORKSPACE_CHAIN] * len(told),
        payloads=[telling(record) for record in told],
    )
    return Write(
        batches=(batch,),
        rows=tuple(Save(record=record, told_by=place) for place, record in enumerate(told)),
        expect=(
            Expect(type=LiveCatalog, key=LIVE_KEY, version=state.version(LiveCatalog, LIVE_KEY)),
            Expect(type=CatalogVersion, key=version.id, version=state.version(CatalogVersion, version.id)),
            Expect(type=Release, key=release_key(release.number), version=None),
        ),
    )
