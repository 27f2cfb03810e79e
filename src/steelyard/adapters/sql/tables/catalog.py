"""What the catalog keeps: its versions and their files, which is live, each release, what is proposed."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from steelyard.adapters.sql.registry import RecordTable
from steelyard.catalog import CatalogVersion, LiveCatalog, Proposal, Release
from steelyard.catalog.kept_source import CatalogSource
from steelyard.catalog.looking_back import ChangeOutcome

TABLES: tuple[RecordTable[Any], ...] = (
    RecordTable(
        type=CatalogVersion,
        key=attrgetter("id"),
        columns={"number": attrgetter("number")},
    ),
    RecordTable(
        type=LiveCatalog,
        key=attrgetter("key"),
    ),
    RecordTable(
        type=Release,
        key=attrgetter("key"),
        columns={"version_id": attrgetter("version_id")},
    ),
    RecordTable(
        type=CatalogSource,
        key=attrgetter("id"),
    ),
    RecordTable(
        type=ChangeOutcome,
        key=attrgetter("key"),
    ),
    RecordTable(
        type=Proposal,
        key=attrgetter("id"),
        columns={name: attrgetter(name) for name in ("candidate", "base", "review")},
    ),
)
