"""Endpoints of notices: what customers are to be told of, until when, and whether they were."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import notices
from steelyard.entrypoints.api.shapes import notices as n

ROWS: Final = (
    Endpoint(
        method="GET", path="/api/v1/notices", name="notices.list",
        summary="What customers are to be told of, the one that is due first first.",
        handler=notices.list_notices, scope=Scope.CONTRACTS_READ, query=n.NoticesQuery,
        answer=n.NoticeList, customer_may=True, reach_may=True, many_customers=True,
    ),
    Endpoint(
        method="GET", path="/api/v1/notices/{id}", name="notices.show", summary="One notice.",
        handler=notices.show, scope=Scope.CONTRACTS_READ, answer=n.Notice, customer_may=True,
        reach_may=True, many_customers=True, problems=(404,),
    ),
    Endpoint(
        method="POST", path="/api/v1/notices/{id}/told", name="notices.told",
        summary="Say that the customer was told, and by what way.",
        handler=notices.tell, scope=Scope.CONTRACTS_WRITE, body=n.NoticeTold, answer=n.Notice,
        reach_may=True, many_customers=True, problems=(404, 409),
    ),
    Endpoint(
        method="POST", path="/api/v1/notices/{id}/acknowledge", name="notices.acknowledge",
        summary="Say that the customer knows; a customer's own key may, too.",
        handler=notices.acknowledge, scope=Scope.CONTRACTS_WRITE, body=n.NoticeAcknowledged,
        answer=n.Notice, customer_may=True, reach_may=True, many_customers=True, problems=(404, 409),
    ),
)  # fmt: skip
