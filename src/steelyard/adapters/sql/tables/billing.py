"""What billing keeps: documents, the series they are numbered in, and runs."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from steelyard.adapters.sql.registry import RecordTable
from steelyard.billing import BillingRun, CreditNote, Invoice, NumberSeries

_DOCUMENT_COLUMNS = {
    "customer": attrgetter("customer"),
    "period_name": attrgetter("period_name"),
    "number": attrgetter("number"),
    "run": attrgetter("run"),
}

TABLES: tuple[RecordTable[Any], ...] = (
    RecordTable(type=Invoice, key=attrgetter("id"), columns=_DOCUMENT_COLUMNS),
    RecordTable(type=CreditNote, key=attrgetter("id"), columns=_DOCUMENT_COLUMNS),
    RecordTable(type=NumberSeries, key=attrgetter("key")),
    RecordTable(type=BillingRun, key=attrgetter("id"), columns={"period": attrgetter("period")}),
)
