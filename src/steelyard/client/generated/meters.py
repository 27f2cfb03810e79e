"""What can be asked about meters, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.
# ruff: noqa: PLR0913

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any, Literal, NotRequired, TypedDict

from steelyard.client.generated.health import MeterHealth
from steelyard.client.generated.impact import ProblemItem
from steelyard.client.generated.metrics import MetricIn
from steelyard.client.transport import Transport, path_part, without_none


class CatalogPublished(TypedDict):
    """What publishing did; `changed` is false when the live version has this content already.

    `status` is `published`, `unchanged`, `previewed` (a dry run) or `waiting` (somebody must agree first).
    `stays` counts the subscriptions that the roll-out leaves on the version before."""

    version: CatalogVersion
    status: str
    changed: bool
    dry_run: bool
    changes: builtins.list[str]
    warnings: builtins.list[ProblemItem]
    risk: RiskFound | None
    waits_for: WaitsFor | None
    review: str
    stays: int


class CatalogVersion(TypedDict):
    """A published version; equal content has an equal id."""

    id: str
    number: int
    published_at: str
    published_by: str
    note: str
    live: bool


class Meter(TypedDict):
    """How events become a quantity; what an aggregation has no option for is null.

    `dimension_types` names the dimensions that hold no text. `approximate` is true where the quantity is, or
    rests on, an estimate."""

    slug: str
    name: str
    event_types: builtins.list[str]
    aggregation: str
    value: str
    unit: str
    group_by: dict[str, str]
    filters: builtins.list[MeterFilter]
    dimension_types: dict[str, str]
    percentile: str | None
    approximate: bool
    time_unit: str | None
    window: MeterWindow | None
    formula: str | None
    owner: str
    definition: str


MeterAnswer = TypedDict(
    "MeterAnswer",
    {
        "from": "str | None",
        "to": "str | None",
        "windowSize": "str | None",
        "approximate": "bool",
        "data": "builtins.list[MeterRow]",
        "visibleFrom": NotRequired["str"],
    },
)
"""Quantities of one meter; `approximate` where they are estimates.

    `visibleFrom` stands where the customer's plan shows no usage before that time, and none is counted."""


class MeterFilter(TypedDict):
    """A condition on an event's data."""

    path: str
    op: str
    values: builtins.list[str]
    type: str


class MeterList(TypedDict):
    """The meters of the published catalog."""

    items: builtins.list[Meter]
    next: str | None


MeterPreview = TypedDict(
    "MeterPreview",
    {
        "from": "str",
        "to": "str",
        "complete": "bool",
        "events_read": "int",
        "events_counted": "int",
        "data": "builtins.list[MeterPreviewRow]",
    },
)
"""What a meter would measure; if not `complete`, only the newest `events_read` events were read."""


class MeterPreviewRow(TypedDict):
    """What the meter measures for one customer, over so many events that count."""

    customer: str
    quantity: str
    events: int


class MeterRow(TypedDict):
    """One quantity; `value` is a number as OpenMeter's clients expect, `quantity` the same, exact."""

    value: float
    quantity: str
    windowStart: str
    windowEnd: str
    subject: str | None
    customer: str | None
    customerId: str | None
    groupBy: dict[str, str]


class MeterWindow(TypedDict):
    """The windows of a windowed meter: their size, how each is folded, and how they are."""

    size: str
    inner: str
    outer: str


class OpenMeterMeter(TypedDict):
    """A meter in OpenMeter's words; `eventType` is the first of its types. Both times are the catalog's."""

    id: str
    slug: str
    name: str
    description: str
    aggregation: str
    eventType: str
    eventTypes: builtins.list[str]
    valueProperty: str | None
    groupBy: dict[str, str]
    unit: str
    owner: str
    createdAt: str
    updatedAt: str


class RiskFound(TypedDict):
    """How risky a change is, from 0 to 100, with every reason in words."""

    level: str
    score: int
    reasons: builtins.list[str]


class WaitsFor(TypedDict):
    """The review that a publication waits for, and until when it may be answered."""

    review: str
    proposal: str
    requires: builtins.list[str]
    unmet: builtins.list[str]
    expires_at: str


class MetersApi:
    """What can be asked about meters."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self) -> MeterList:
        """The meters of the published catalog."""
        return self._transport.json("GET", "/api/v1/meters")

    def query(
        self,
        slug: str | int,
        *,
        from_: str | None = None,
        to: str | None = None,
        window_size: Literal["DAY", "HOUR", "MINUTE", "MONTH"] | None = None,
        window_time_zone: str | None = None,
        subject: Sequence[str] | None = None,
        customer: Sequence[str] | None = None,
        filter_customer_id: Sequence[str] | None = None,
        group_by: Sequence[str] | None = None,
        filter_group_by: dict[str, str] | None = None,
        advanced_meter_group_by_filters: str | None = None,
        client_id: str | None = None,
        as_of: str | None = None,
    ) -> MeterAnswer:
        """A meter's quantity by window, customer, subject and dimension."""
        return self._transport.json(
            "GET",
            f"/api/v1/meters/{path_part(slug)}/query",
            query={
                "from": from_,
                "to": to,
                "windowSize": window_size,
                "windowTimeZone": window_time_zone,
                "subject": subject,
                "customer": customer,
                "filterCustomerId": filter_customer_id,
                "groupBy": group_by,
                "filterGroupBy": filter_group_by,
                "advancedMeterGroupByFilters": advanced_meter_group_by_filters,
                "clientId": client_id,
                "asOf": as_of,
            },
        )

    def show(self, slug: str | int) -> OpenMeterMeter:
        """One meter, in OpenMeter's words."""
        return self._transport.json("GET", f"/api/v1/meters/{path_part(slug)}")

    def query_by_post(
        self,
        slug: str | int,
        *,
        from_: str | None = None,
        to: str | None = None,
        window_size: Literal["DAY", "HOUR", "MINUTE", "MONTH"] | None = None,
        window_time_zone: str | None = None,
        subject: Sequence[str] | None = None,
        filter_customer_id: Sequence[str] | None = None,
        filter_group_by: dict[str, Sequence[str]] | None = None,
        advanced_meter_group_by_filters: dict[str, dict[str, Any]] | None = None,
        group_by: Sequence[str] | None = None,
        client_id: str | None = None,
    ) -> MeterAnswer:
        """The same as the query by GET, asked in a body."""
        return self._transport.json(
            "POST",
            f"/api/v1/meters/{path_part(slug)}/query",
            body={
                **without_none(
                    {
                        "from": from_,
                        "to": to,
                        "windowSize": window_size,
                        "windowTimeZone": window_time_zone,
                        "subject": subject,
                        "filterCustomerId": filter_customer_id,
                        "filterGroupBy": filter_group_by,
                        "advancedMeterGroupByFilters": advanced_meter_group_by_filters,
                        "groupBy": group_by,
                        "clientId": client_id,
                    }
                )
            },
        )

    def subjects(
        self, slug: str | int, *, from_: str | None = None, to: str | None = None
    ) -> builtins.list[str]:
        """The subjects whose events a meter counted."""
        return self._transport.json(
            "GET", f"/api/v1/meters/{path_part(slug)}/subjects", query={"from": from_, "to": to}
        )

    def values(
        self, slug: str | int, name: str | int, *, from_: str | None = None, to: str | None = None
    ) -> builtins.list[str]:
        """The values of a dimension in the events that a meter counted."""
        return self._transport.json(
            "GET",
            f"/api/v1/meters/{path_part(slug)}/group-by/{path_part(name)}/values",
            query={"from": from_, "to": to},
        )

    def preview(self, *, metric: MetricIn, from_: str | None = None, to: str | None = None) -> MeterPreview:
        """What a meter that is not published would measure over stored events, by customer."""
        return self._transport.json(
            "POST",
            "/api/v1/meters/preview",
            body={"metric": metric, **without_none({"from": from_, "to": to})},
        )

    def create(
        self,
        *,
        key: str,
        name: str,
        owner: str,
        definition: str,
        unit: str,
        meter: dict[str, Any],
        outcome: str | None = None,
        note: str | None = None,
        dry_run: bool | None = None,
    ) -> CatalogPublished:
        """Add a meter to the published catalog, as a new version."""
        return self._transport.json(
            "POST",
            "/api/v1/meters",
            body={
                "key": key,
                "name": name,
                "owner": owner,
                "definition": definition,
                "unit": unit,
                "meter": meter,
                **without_none({"outcome": outcome, "note": note, "dry_run": dry_run}),
            },
        )

    def health(self, slug: str | int) -> MeterHealth:
        """A meter's health: rate, lag, refusals, mismatches, drift, silence, and what to look at."""
        return self._transport.json("GET", f"/api/v1/meters/{path_part(slug)}/health")
