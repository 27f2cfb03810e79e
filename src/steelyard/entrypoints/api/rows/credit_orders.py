"""Endpoints of credit that is bought, that expired, and that runs low."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import credit_orders
from steelyard.entrypoints.api.shapes import credit_orders as c

ROWS: Final = (
    Endpoint(
        method="POST", path="/api/v1/credits/orders", name="credit_orders.create",
        summary="Order credit: the customer's next document charges for it; `dry_run` shows it.",
        handler=credit_orders.create, scope=Scope.BILLING_WRITE, body=c.CreditOrderIn, answer=c.Ordered,
        status=201, problems=(404, 409),
    ),
    Endpoint(
        method="GET", path="/api/v1/credits/orders", name="credit_orders.list",
        summary="Orders of credit with the document that charges for each, by id.",
        handler=credit_orders.list_orders, scope=Scope.BILLING_READ, query=c.CreditOrdersQuery,
        answer=c.CreditOrderList, customer_may=True,
    ),
    Endpoint(
        method="GET", path="/api/v1/credits/orders/{id}", name="credit_orders.show",
        summary="One order of credit.",
        handler=credit_orders.show, scope=Scope.BILLING_READ, answer=c.CreditOrder, customer_may=True,
        problems=(404,), many_customers=True,
    ),
    Endpoint(
        method="POST", path="/api/v1/credits/orders/{id}/cancel", name="credit_orders.cancel",
        summary="Cancel an order that no document charges for yet.",
        handler=credit_orders.cancel, scope=Scope.BILLING_WRITE, body=c.CancelIn, answer=c.CreditOrder,
        problems=(404, 409),
    ),
    Endpoint(
        method="POST", path="/api/v1/credits/breakage", name="credit_orders.breakage",
        summary="Post as revenue what was paid for credit that expired unused; doing it again posts nothing.",
        handler=credit_orders.post_breakage, scope=Scope.BILLING_WRITE, body=c.BreakageIn, answer=c.Breakage,
        problems=(409,),
    ),
    Endpoint(
        method="GET", path="/api/v1/credits/notices", name="credit_orders.notices",
        summary="What expires soon and what runs low, customer by customer.",
        handler=credit_orders.notices, scope=Scope.BILLING_READ, query=c.CreditNoticesQuery,
        answer=c.CreditNoticeList, customer_may=True, problems=(404,),
    ),
)  # fmt: skip
