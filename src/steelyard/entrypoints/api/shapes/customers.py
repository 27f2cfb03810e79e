"""Customers, subscriptions, what a customer used and what the next bill will say."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from steelyard.entrypoints.api.pages import PageQuery
from steelyard.entrypoints.api.shapes.agreed import AgreedDiscount, Commitment
from steelyard.entrypoints.api.shapes.base import Amount, Exact, Instant, Key, Month, Shape, Time
from steelyard.entrypoints.api.shapes.subscription_changes import SubscriptionChange


class TaxIn(Shape, frozen=True, kw_only=True):
    """A tax to add to invoices."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    percent: Exact


class CustomerIn(Shape, frozen=True, kw_only=True):
    """A customer to be made."""

    key: Key
    name: Annotated[str, Meta(min_length=1, max_length=500)]
    currency: Annotated[str, Meta(description="ISO 4217, such as EUR.")]
    parent: str | None = None
    timezone: str = "UTC"
    attributes: Annotated[
        dict[str, str], Meta(description="segment, vertical, region, size, channel, type, delivery")
    ] = {}
    subjects: list[Key] = []
    tax: TaxIn | None = None
    email: str | None = None


class CustomersIn(Shape, frozen=True, kw_only=True):
    """Many customers to be made at once, all or none."""

    customers: Annotated[list[CustomerIn], Meta(min_length=1, max_length=10_000)]


class CustomerChangeIn(Shape, frozen=True, kw_only=True):
    """What is to be different about a customer; what is left out stays as it is."""

    name: Annotated[str, Meta(min_length=1, max_length=500)] | None = None
    email: Annotated[str | None, Meta(description="An empty text takes the address away.")] = None
    tax: TaxIn | None = None
    untaxed: Annotated[bool, Meta(description="No tax on documents from now on.")] = False
    attributes: Annotated[
        dict[str, str],
        Meta(description="segment, vertical, region, … as when it was made; an empty value takes one away"),
    ] = {}
    effective_from: Annotated[
        Instant | None, Meta(description="From when the attributes hold; now if left out.")
    ] = None
    add_subjects: Annotated[
        list[Key], Meta(description="Usage under them is the customer's from now on.")
    ] = []
    remove_subjects: list[Key] = []
    reason: Annotated[str, Meta(max_length=1000, description="Why the attributes change.")] = ""
    dry_run: bool = False


class Tax(Shape, frozen=True, kw_only=True):
    """The tax that a customer's invoices carry, in percent."""

    name: str
    percent: Amount


class Attributes(Shape, frozen=True, kw_only=True):
    """What holds of a customer from a moment on."""

    effective_from: Time
    values: dict[str, str]
    reason: str = ""


class Customer(Shape, frozen=True, kw_only=True):
    """Who is billed."""

    key: str
    name: str
    currency: str
    created_at: Time
    parent: str | None
    timezone: str
    attributes: list[Attributes]
    subjects: list[str]
    tax: Tax | None
    email: str | None


class CustomerList(Shape, frozen=True, kw_only=True):
    """A page of customers, by key."""

    items: list[Customer]
    next: str | None


class CustomersQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which customers to list."""

    parent: str | None = None
    search: Annotated[
        str, Meta(max_length=200, description="A part of the name, of the key, or of a plan's key.")
    ] = ""


class PeriodQuery(Shape, frozen=True, kw_only=True):
    """Which month; the current one if absent."""

    period: Month | None = None


class DayQuantity(Shape, frozen=True, kw_only=True):
    """What was used on one day of the customer's calendar."""

    day: str
    quantity: Amount


class MetricUsage(Shape, frozen=True, kw_only=True):
    """What was used of one value metric."""

    metric: str
    name: str
    unit: str
    total: Amount
    days: list[DayQuantity]


class CustomerUsage(Shape, frozen=True, kw_only=True):
    """What a customer used in a month, by metric and day.

    `visible_from` stands where the customer's plan shows no usage before that time, and none is counted.
    """

    customer: str
    period: str
    events: int
    metrics: list[MetricUsage]
    visible_from: Time | msgspec.UnsetType = msgspec.UNSET


class SubscriptionIn(Shape, frozen=True, kw_only=True):
    """A subscription to begin."""

    customer: Key
    plan: Key
    start: Instant
    end: Instant | None = None
    quantities: Annotated[dict[str, Exact], Meta(description="Agreed counts, such as seats.")] = {}
    add_ons: list[str] = []
    commitment: Exact | None = None
    catalog: Annotated[str, Meta(description="`live`, or the version it stays on.")] = "live"
    catalog_until: Annotated[Instant | None, Meta(description="Until when it stays there.")] = None
    trial_until: Annotated[Instant | None, Meta(description="Free until then.")] = None
    sandbox: Annotated[bool, Meta(description="Stands on no bill.")] = False


class Subscription(Shape, frozen=True, kw_only=True):
    """A customer's right to a plan for a span of time."""

    id: str
    customer: str
    plan: str
    start: Time
    end: Time | None
    quantities: dict[str, Amount]
    add_ons: list[str]
    commitment: Amount | None
    catalog: str
    commitments: list[Commitment] | msgspec.UnsetType = msgspec.UNSET
    discounts: list[AgreedDiscount] | msgspec.UnsetType = msgspec.UNSET
    catalog_until: Time | None = None
    trial_until: Time | None = None
    sandbox: bool = False
    changes: list[SubscriptionChange] = []


class SubscriptionList(Shape, frozen=True, kw_only=True):
    """A page of subscriptions."""

    items: list[Subscription]
    next: str | None


class SubscriptionsQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which subscriptions to list."""

    customer: str | None = None


class SubscriptionsIn(Shape, frozen=True, kw_only=True):
    """Many subscriptions to begin at once, all or none."""

    subscriptions: Annotated[list[SubscriptionIn], Meta(min_length=1, max_length=10_000)]


class SubscriptionEnd(Shape, frozen=True, kw_only=True):
    """When a subscription ends."""

    at: Instant
