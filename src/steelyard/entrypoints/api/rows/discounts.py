"""Endpoints about discounts."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.catalog.governance import Limited
from steelyard.entrypoints.api.consenting import Consent, in_known_months, of_month
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import discounts
from steelyard.entrypoints.api.shapes import discounts as d

ROWS: Final = (
    Endpoint(
        method="GET", path="/api/v1/discounts", name="discounts.list",
        summary="The discounts of the live catalog, with the slots that are left.",
        handler=discounts.list_discounts, scope=Scope.CONTRACTS_READ, answer=d.DiscountList,
    ),
    Endpoint(
        method="POST", path="/api/v1/subscriptions/{id}/discounts", name="discounts.redeem",
        summary="Let a subscription have a discount or coupon; `dry_run` shows what it does to the month.",
        handler=discounts.redeem_one, scope=Scope.CONTRACTS_WRITE, body=d.RedeemIn, answer=d.Redeemed,
        consent=Consent(
            limited=Limited.DISCOUNTS, look=in_known_months(discounts.redeem_one), amounts=of_month
        ),
        problems=(404,),
    ),
    Endpoint(
        method="GET", path="/api/v1/redemptions", name="discounts.redemptions",
        summary="Who redeemed which discount, for which subscription, by whose hand.",
        handler=discounts.list_redemptions, scope=Scope.CONTRACTS_READ, query=d.RedemptionsQuery,
        answer=d.RedemptionList, customer_may=True,
    ),
)  # fmt: skip
