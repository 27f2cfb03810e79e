"""What billing keeps: documents, found by customer and period, their number series, runs, and alerts."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from steelyard.adapters.sql.registry import RecordTable
from steelyard.billing import BillingRun, CreditNote, Document, Invoice, NumberSeries
from steelyard.billing.commitment_alerts import CommitmentAlert
from steelyard.billing.revision import Revision
from steelyard.kernel import micros


def _known_at(document: Document) -> str | None:
    """The moment up to which the record was read, in microseconds: what came later is on no line."""
    return None if document.known_at is None else str(micros(document.known_at))


def _period_end(document: Document) -> str:
    """The end of the period, in microseconds."""
    return str(micros(document.period.end))


_DOCUMENT_COLUMNS: dict[str, Callable[[Any], Any]] = {
    **{name: attrgetter(name) for name in ("customer", "currency", "number", "period_name", "run")},
    "known_at": _known_at,
    "period_end": _period_end,
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
    RecordTable(
        type=CommitmentAlert,
        key=attrgetter("id"),
        columns={"customer": attrgetter("customer"), "period": attrgetter("period")},
    ),
    RecordTable(type=Revision, key=attrgetter("id"), columns={"customer": attrgetter("customer")}),
)
