"""What the ledger keeps: journal entries, searchable by the document they are about."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from steelyard.adapters.sql.registry import RecordTable
from steelyard.ledger import JournalEntry

TABLES: tuple[RecordTable[Any], ...] = (
    RecordTable(
        type=JournalEntry,
        key=attrgetter("id"),
        columns={"about": attrgetter("about")},
    ),
)
