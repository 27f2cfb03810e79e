"""What can be asked about discounts, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from typing import Any, NotRequired, TypedDict

from steelyard.client.generated.subscription_changes import AdjustedMonth
from steelyard.client.transport import Transport, follow, path_part, without_none


class AgreedDiscount(TypedDict):
    """A discount as a subscription holds it: a copy of the terms."""

    id: str
    discount: str
    name: str
    form: dict[str, Any]
    order: int
    start: str
    months: int | None
    applies_to: builtins.list[str]
    basis: str
    alone: bool
    best_of: str


class Discount(TypedDict):
    """A discount of the live catalog; `left` is how many redemptions are left, null: any number.

    `is_coupon` tells that it is redeemed by its code, which is shown to nobody here."""

    key: str
    name: str
    definition: str
    form: dict[str, Any]
    applies_to: builtins.list[str]
    order: int
    basis: str
    alone: bool
    best_of: str
    is_coupon: bool
    slots: int | None
    taken: int
    left: int | None
    per_customer: int
    months: int | None
    starts: str | None
    ends: str | None
    plans: builtins.list[str]
    attributes: dict[str, builtins.list[str]]
    new_customers: bool
    term_months: int
    conditions: builtins.list[str]


class DiscountList(TypedDict):
    """The discounts of the live catalog, in the order in which they apply."""

    items: builtins.list[Discount]


class MonthChange(TypedDict):
    """A month of the customer before and after, tax included, with the lines that come or change."""

    period: str
    currency: str
    before: str
    after: str
    difference: str
    lines: builtins.list[MonthLine]


class MonthLine(TypedDict):
    """A line of the month as it would be, in words."""

    group: str
    title: str
    amount: str
    text: builtins.list[str]


class Redeemed(TypedDict):
    """A discount that a subscription got, or would get (`dry_run`), and what it does to the month."""

    subscription: str
    discount: AgreedDiscount
    changed: bool
    dry_run: bool
    left: int | None
    month: MonthChange | None
    adjusted: NotRequired[builtins.list[AdjustedMonth]]
    floors: NotRequired[builtins.list[YearAtUsage]]


class Redemption(TypedDict):
    """Who redeemed what for which subscription, as the how-manieth."""

    id: str
    discount: str
    customer: str
    subscription: str
    at: str
    by: str
    catalog_version: str
    number: int
    confirmed: builtins.list[str]


class RedemptionList(TypedDict):
    """A page of redemptions, by id."""

    items: builtins.list[Redemption]
    next: str | None


class YearAtUsage(TypedDict):
    """A contract year of months like `month`, before tax: listed, what remains, what the floor wants.

    Without usage nothing can be said: `is_judged` is false. `text` is the same in words."""

    customer: str
    subscription: str
    floor: str
    month: str
    currency: str
    is_judged: bool
    listed: str
    remains: str
    wanted: str
    missing: str
    text: str


class DiscountsApi:
    """What can be asked about discounts."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self) -> DiscountList:
        """The discounts of the live catalog, with the slots that are left."""
        return self._transport.json("GET", "/api/v1/discounts")

    def redeem(
        self,
        id: str | int,
        *,
        discount: str | None = None,
        code: str | None = None,
        start: str | None = None,
        confirmed: Sequence[str] | None = None,
        adjust: bool | None = None,
        dry_run: bool | None = None,
        period: str | None = None,
    ) -> Redeemed:
        """Let a subscription have a discount or coupon; `dry_run` shows what it does to the month."""
        return self._transport.json(
            "POST",
            f"/api/v1/subscriptions/{path_part(id)}/discounts",
            body={
                **without_none(
                    {
                        "discount": discount,
                        "code": code,
                        "start": start,
                        "confirmed": confirmed,
                        "adjust": adjust,
                        "dry_run": dry_run,
                        "period": period,
                    }
                )
            },
        )

    def redemptions(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        customer: str | None = None,
        discount: str | None = None,
    ) -> RedemptionList:
        """Who redeemed which discount, for which subscription, by whose hand."""
        return self._transport.json(
            "GET",
            "/api/v1/redemptions",
            query={"limit": limit, "cursor": cursor, "customer": customer, "discount": discount},
        )

    def each_of_redemptions(
        self, *, limit: int | None = None, customer: str | None = None, discount: str | None = None
    ) -> Iterator[Redemption]:
        """Who redeemed which discount, for which subscription, by whose hand, page after page."""
        return follow(
            lambda cursor: self.redemptions(limit=limit, customer=customer, discount=discount, cursor=cursor)
        )
