"""Endpoints of credit: lots, balances, and rules that top them up."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.catalog.governance import Limited
from steelyard.entrypoints.api.consenting import Consent, dry, of_lot
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import credits, top_ups
from steelyard.entrypoints.api.pages import PageQuery
from steelyard.entrypoints.api.shapes import credits as c

ROWS: Final = (
    Endpoint(
        method="POST", path="/api/v1/credits/lots", name="credits.grant",
        summary="Grant a lot of credit; `dry_run` shows it and writes nothing.",
        handler=credits.create, scope=Scope.BILLING_WRITE, body=c.LotIn, answer=c.Lot, status=201,
        consent=Consent(limited=Limited.CREDITS, look=dry(credits.create), amounts=of_lot),
        problems=(404, 409),
    ),
    Endpoint(
        method="GET", path="/api/v1/credits/lots", name="credits.lots",
        summary="Lots of credit with what they hold and what was drawn on them, by id.",
        handler=credits.list_lots, scope=Scope.BILLING_READ, query=c.LotsQuery, answer=c.LotList,
        customer_may=True,
    ),
    Endpoint(
        method="GET", path="/api/v1/credits/lots/{id}", name="credits.show",
        summary="One lot of credit.",
        handler=credits.show, scope=Scope.BILLING_READ, answer=c.Lot, customer_may=True, problems=(404,),
        many_customers=True,
    ),
    Endpoint(
        method="POST", path="/api/v1/credits/lots/{id}/void", name="credits.void",
        summary="End a lot now, with a reason; what was drawn stays drawn.",
        handler=credits.end, scope=Scope.BILLING_WRITE, body=c.VoidIn, answer=c.Lot, problems=(404, 409),
    ),
    Endpoint(
        method="POST", path="/api/v1/credits/lots/{id}/transfer", name="credits.transfer",
        summary="Move a part of a lot to another customer, as a new lot with the same terms.",
        handler=credits.move, scope=Scope.BILLING_WRITE, body=c.TransferIn, answer=c.Lot, status=201,
        problems=(404, 409),
    ),
    Endpoint(
        method="GET", path="/api/v1/credits/lots/{id}/draws", name="credits.draws",
        summary="Everything that moved a lot, oldest first, each movement explained in words.",
        handler=credits.draws, scope=Scope.BILLING_READ, query=PageQuery, answer=c.MovementList,
        customer_may=True, problems=(404,),
        many_customers=True,
    ),
    Endpoint(
        method="GET", path="/api/v1/credits/balance", name="credits.balance",
        summary="What a customer holds in each unit, what of it is used and not billed yet, and its history.",
        handler=credits.balance, scope=Scope.BILLING_READ, query=c.BalanceQuery, answer=c.CustomerCredit,
        customer_may=True, problems=(404,),
    ),
    Endpoint(
        method="POST", path="/api/v1/credits/top-ups", name="top_ups.create",
        summary="Make a rule: where credit falls below a threshold, so much comes on top.",
        handler=top_ups.create, scope=Scope.BILLING_WRITE, body=c.TopUpIn, answer=c.TopUp, status=201,
        problems=(409,),
    ),
    Endpoint(
        method="GET", path="/api/v1/credits/top-ups", name="top_ups.list",
        summary="Rules that top credit up, by id.",
        handler=top_ups.list_top_ups, scope=Scope.BILLING_READ, query=c.TopUpsQuery, answer=c.TopUpList,
        customer_may=True,
    ),
    Endpoint(
        method="POST", path="/api/v1/credits/top-ups/run", name="top_ups.run",
        summary="Carry the rules out now; doing it again adds nothing. `dry_run` shows what would come.",
        handler=top_ups.run, scope=Scope.BILLING_WRITE, body=c.TopUpRunIn, answer=c.ToppedUp,
        problems=(404, 409),
    ),
    Endpoint(
        method="POST", path="/api/v1/credits/top-ups/{id}/remove", name="top_ups.remove",
        summary="Remove a rule; the lots that it gave stay.",
        handler=top_ups.remove, scope=Scope.BILLING_WRITE, answer=c.TopUp, problems=(404, 409),
    ),
)  # fmt: skip
