"""What can be asked about a sender's own count."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import reconciling
from steelyard.entrypoints.api.shapes import reconciling as r

ROWS: Final = (
    Endpoint(
        method="POST", path="/api/v1/events/reconcile", name="events.reconcile",
        summary="Compare a sender's own count with the record, hour by hour: the hours that differ.",
        handler=reconciling.reconcile, scope=Scope.USAGE_READ, body=r.ReconcileIn, answer=r.Reconciled,
        customer_may=True,
    ),
    Endpoint(
        method="POST", path="/api/v1/events/reconcile/ids", name="events.reconcile_ids",
        summary="The ids of the events of certain hours, to name those that only one side has.",
        handler=reconciling.ids, scope=Scope.USAGE_READ, body=r.HourIdsIn, answer=r.HourIdsList,
        customer_may=True,
    ),
)  # fmt: skip
