"""What the ledger keeps: journal entries, searchable by the document they are about, and lots of credit."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from steelyard.adapters.sql.registry import RecordTable
from steelyard.ledger import CreditLot, CreditOrder, JournalEntry, TopUp

TABLES: tuple[RecordTable[Any], ...] = (
    RecordTable(
        type=JournalEntry,
        key=attrgetter("id"),
        columns={"about": attrgetter("about")},
    ),
    RecordTable(
        type=CreditLot,
        key=attrgetter("id"),
        columns={name: attrgetter(name) for name in ("customer", "unit", "origin_id")},
    ),
    RecordTable(
        type=CreditOrder,
        key=attrgetter("id"),
        columns={name: attrgetter(name) for name in ("customer", "status", "lot")},
    ),
    RecordTable(type=TopUp, key=attrgetter("id"), columns={"customer": attrgetter("customer")}),
)
