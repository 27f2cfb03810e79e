"""What billing keeps: documents, found by customer and period, their number series, and runs."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from steelyard.adapters.sql.registry import RecordTable
from steelyard.billing import BillingRun, CreditNote, Invoice, NumberSeries

_DOCUMENT_COLUMNS = {
    name: attrgetter(name) for name in ("customer", "currency", "number", "period_name", "run")
}

TABLES: tuple[RecordTable[Any], ...] = (
    RecordTable(
        type=Invoice,
        key=attrgetter("id"),
        columns=_DOCUMENT_COLUMNS,
    ),
    RecordTable(
        type=CreditNote,
        key=attrgetter("id"),
        columns=_DOCUMENT_COLUMNS,
    ),
    RecordTable(
        type=NumberSeries,
        key=attrgetter("key"),
    ),
    RecordTable(
        type=BillingRun,
        key=attrgetter("id"),
        columns={"period": attrgetter("period"), "status": attrgetter("status")},
    ),
)
