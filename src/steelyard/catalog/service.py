"""Publishing: what to write so that a catalog becomes the live version; nothing if it is live already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from steelyard.catalog.diff import Change, compare
from steelyard.catalog.model import Catalog, CatalogVersion
from steelyard.catalog.source import Source
from steelyard.catalog.validate import validate
from steelyard.catalog.version import LIVE_KEY, LiveCatalog, catalog_id
from steelyard.kernel import InvalidInput, NotFound
from steelyard.record import WORKSPACE_CHAIN, Batch, Expect, Kind, Save, State, Write
from steelyard.record.telling import telling


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What publishing comes to: the version, what changes, and what to write (None: it is live already)."""

    version: CatalogVersion
    changes: tuple[Change, ...]
    write: Write | None


def live_version(state: State) -> CatalogVersion | None:
    """The version that is live, or None before the first publication."""
    live = state.get(LiveCatalog, LIVE_KEY)
    return state.get(CatalogVersion, live.version_id) if live else None


def version_named(state: State, name: str) -> CatalogVersion:
    """The version of that id, of that number, or the `live` one; NotFound if there is none."""
    if name == LIVE_KEY:
        version = live_version(state)
    elif name.isdecimal():
        version = next(iter(state.find(CatalogVersion, limit=1, number=int(name))), None)
    else:
        version = state.get(CatalogVersion, name)
    if version is None:
        raise NotFound(f"there is no catalog version {name!r}", code="unknown_catalog_version")
    return version


def publish(
    state: State, source: Source | Catalog, *, published_at: datetime, published_by: str, note: str = ""
) -> Publication:
    """The publication of a catalog; raises InvalidInput with every problem where the source is none.

    Content that is live already publishes nothing. Content of an earlier version makes that version live
    again (a rollback): same id, new number. The write fails if another publication comes in between.
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
    if current and current.id == version.id:
        return Publication(version=current, changes=(), write=None)
    changes = compare(current.catalog if current else Catalog(), catalog)
    return Publication(version=version, changes=changes, write=_write(state, version))


def _write(state: State, version: CatalogVersion) -> Write:
    live = LiveCatalog(version_id=version.id, number=version.number, published_at=version.published_at)
    batch = Batch(
        kind=Kind.CATALOG,
        customers=[WORKSPACE_CHAIN, WORKSPACE_CHAIN],
        payloads=[telling(version), telling(live)],
    )
    return Write(
        batches=(batch,),
        rows=(Save(record=version, told_by=0), Save(record=live, told_by=1)),
        expect=(
            Expect(type=LiveCatalog, key=LIVE_KEY, version=state.version(LiveCatalog, LIVE_KEY)),
            Expect(type=CatalogVersion, key=version.id, version=state.version(CatalogVersion, version.id)),
        ),
    )
