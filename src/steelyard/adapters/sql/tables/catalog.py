"""What the catalog keeps: its published versions, which of them is live, and each release."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from steelyard.adapters.sql.registry import RecordTable
from steelyard.catalog import CatalogVersion, LiveCatalog, Release

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
)
