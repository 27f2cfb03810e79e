"""Discounts: what the catalog offers with the slots left, and what was redeemed."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from steelyard.entrypoints.api.pages import PageQuery
from steelyard.entrypoints.api.shapes.agreed import AgreedDiscount
from steelyard.entrypoints.api.shapes.base import Instant, Key, Month, Shape, Time
from steelyard.entrypoints.api.shapes.commitments import MonthChange
from steelyard.entrypoints.api.shapes.free_units import YearAtUsage
from steelyard.entrypoints.api.shapes.retroactive import AdjustedMonth


class Discount(Shape, frozen=True, kw_only=True):
    """A discount of the live catalog; `left` is how many redemptions are left, null: any number.

    `is_coupon` tells that it is redeemed by its code, which is shown to nobody here.
    """

    key: str
    name: str
    definition: str
    form: dict[str, Any]
    applies_to: list[str]
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
    starts: Time | None
    ends: Time | None
    plans: list[str]
    attributes: dict[str, list[str]]
    new_customers: bool
    term_months: int
    conditions: list[str]


class DiscountList(Shape, frozen=True, kw_only=True):
    """The discounts of the live catalog, in the order in which they apply."""

    items: list[Discount]


class RedeemIn(Shape, frozen=True, kw_only=True):
    """Which discount a subscription shall get: by its key, or a coupon by its code."""

    discount: str = ""
    code: str = ""
    start: Annotated[Instant | None, Meta(description="From when on; now if absent.")] = None
    confirmed: Annotated[list[str], Meta(description="The conditions that the customer agreed to.")] = []
    adjust: Annotated[bool, Meta(description="Make billed months good with the next document.")] = False
    dry_run: bool = False
    period: Month | None = None


class Redeemed(Shape, frozen=True, kw_only=True):
    """A discount that a subscription got, or would get (`dry_run`), and what it does to the month."""

    subscription: str
    discount: AgreedDiscount
    changed: bool
    dry_run: bool
    left: int | None
    month: MonthChange | None
    adjusted: list[AdjustedMonth] = []
    floors: Annotated[
        list[YearAtUsage], Meta(description="What its free units leave at the last month's usage.")
    ] = []


class Redemption(Shape, frozen=True, kw_only=True):
    """Who redeemed what for which subscription, as the how-manieth."""

    id: str
    discount: str
    customer: str
    subscription: str
    at: Time
    by: str
    catalog_version: str
    number: int
    confirmed: list[str]


class RedemptionList(Shape, frozen=True, kw_only=True):
    """A page of redemptions, by id."""

    items: list[Redemption]
    next: str | None


class RedemptionsQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which redemptions to list."""

    customer: Key | None = None
    discount: Key | None = None
