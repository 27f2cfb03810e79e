"""Endpoints that correct single events."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.catalog.governance import Limited
from steelyard.entrypoints.api.consenting import Consent, dry, of_quantities
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import corrections
from steelyard.entrypoints.api.shapes import corrections as c

ROWS: Final = (
    Endpoint(
        method="POST", path="/api/v1/events/corrections", name="corrections.create",
        summary="Amend, void, hold or release one event, with a reason; `dry_run` shows what would change.",
        handler=corrections.correct, scope=Scope.USAGE_WRITE, body=c.CorrectionIn, answer=c.Correction,
        consent=Consent(limited=Limited.CORRECTIONS, look=dry(corrections.correct), amounts=of_quantities),
        problems=(404,),
        reach_may=True, many_customers=True,
    ),
    Endpoint(
        method="GET", path="/api/v1/events/corrections", name="corrections.list",
        summary="Corrections of events, newest first.",
        handler=corrections.list_corrections, scope=Scope.USAGE_READ, query=c.CorrectionsQuery,
        answer=c.CorrectionList, customer_may=True,
    ),
    Endpoint(
        method="GET", path="/api/v1/events/history", name="corrections.history",
        summary="Everything that was said about one event: sent, attributed, amended, voided, held.",
        handler=corrections.show_history, scope=Scope.USAGE_READ, query=c.HistoryQuery,
        answer=c.EventHistory, customer_may=True, problems=(404,),
        many_customers=True,
    ),
)  # fmt: skip
