"""Endpoints that prove record, usage store and warehouse feed equal."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import reconciliations
from steelyard.entrypoints.api.pages import PageQuery
from steelyard.entrypoints.api.shapes import reconciliations as r

ROWS: Final = (
    Endpoint(
        method="GET", path="/api/v1/reconciliations", name="reconciliations.list",
        summary="Comparisons of record, usage store and warehouse feed, newest first.",
        handler=reconciliations.list_reconciliations, scope=Scope.RECORD_READ, query=PageQuery,
        answer=r.ReconciliationList,
    ),
    Endpoint(
        method="POST", path="/api/v1/reconciliations", name="reconciliations.run",
        summary="Compare record, usage store and feed now, by customer, meter and hour; name what differs.",
        handler=reconciliations.run, scope=Scope.RECORD_ADMIN, body=r.ReconciliationIn,
        answer=r.Reconciliation, status=201, problems=(409,),
    ),
    Endpoint(
        method="GET", path="/api/v1/reconciliations/{id}", name="reconciliations.show",
        summary="One comparison with the events that differed.",
        handler=reconciliations.show, scope=Scope.RECORD_READ, answer=r.Reconciliation, problems=(404,),
    ),
)  # fmt: skip
