"""What the catalog keeps: its published versions, and which of them is live."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from steelyard.adapters.sql.registry import RecordTable
from steelyard.catalog import CatalogVersion, LiveCatalog

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
)
