"""What Lago's clients read: events, billable metrics and a customer's current usage."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from steelyard.entrypoints.api.shapes.base import Amount, Time


class LagoPageQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of a list."""

    page: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    per_page: Annotated[int, Meta(ge=1, le=1000)] = 20


class LagoMeta(msgspec.Struct, frozen=True, kw_only=True):
    """Where in a list a page stands."""

    current_page: int
    next_page: int | None
    prev_page: int | None
    total_pages: int
    total_count: int


class LagoDimension(msgspec.Struct, frozen=True, kw_only=True):
    """A dimension of a metric; its values are not declared."""

    key: str
    values: list[str]


class LagoMetric(msgspec.Struct, frozen=True, kw_only=True):
    """A meter of the published catalog; `lago_id` and `code` are its key, its time is the catalog's."""

    lago_id: str
    name: str
    code: str
    description: str
    recurring: bool
    rounding_function: str | None
    rounding_precision: int | None
    aggregation_type: str
    weighted_interval: str | None
    expression: str | None
    field_name: str | None
    created_at: Time
    filters: list[LagoDimension]


class LagoMetricAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One metric."""

    billable_metric: LagoMetric


class LagoMetricsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A page of metrics, by key."""

    billable_metrics: list[LagoMetric]
    meta: LagoMeta


class LagoUsageQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of which subscription, and of which metric or charge alone."""

    external_subscription_id: Annotated[str, Meta(min_length=1, max_length=256)]
    billable_metric_code: str = ""
    charge_code: str = ""
    apply_taxes: str = ""


class LagoCharge(msgspec.Struct, frozen=True, kw_only=True):
    """A price by which usage is charged; `lago_id` is its key."""

    lago_id: str
    charge_model: str
    invoice_display_name: str | None


class LagoUsedMetric(msgspec.Struct, frozen=True, kw_only=True):
    """The metric that a charge reads."""

    lago_id: str
    name: str
    code: str
    aggregation_type: str


class LagoChargeUsage(msgspec.Struct, frozen=True, kw_only=True):
    """What one charge comes to so far."""

    units: Amount
    total_aggregated_units: Amount
    events_count: int
    amount_cents: int
    amount_currency: str
    charge: LagoCharge
    billable_metric: LagoUsedMetric
    filters: list[LagoDimension] = []
    grouped_usage: list[LagoDimension] = []


class LagoUsage(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer used in the current month and what it comes to, before tax."""

    from_datetime: Time
    to_datetime: Time
    issuing_date: str
    lago_invoice_id: str | None
    currency: str
    amount_cents: int
    total_amount_cents: int
    taxes_amount_cents: int
    charges_usage: list[LagoChargeUsage]


class LagoUsageAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The current usage of a customer."""

    customer_usage: LagoUsage
