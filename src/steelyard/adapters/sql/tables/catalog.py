"""What the catalog keeps: its versions, which of them is live, each release, and what is proposed."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from steelyard.adapters.sql.registry import RecordTable
from steelyard.catalog import CatalogVersion, LiveCatalog, Proposal, Release

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
        type=Proposal,
        key=attrgetter("id"),
        columns={name: attrgetter(name) for name in ("candidate", "base", "review")},
    ),
)
