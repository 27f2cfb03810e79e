"""Meters and their quantities; the query has OpenMeter's parameters and answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from steelyard.entrypoints.api.shapes.base import Amount, Instant, Shape, Time


class MeterFilter(Shape, frozen=True, kw_only=True):
    """A condition on an event's data."""

    path: str
    op: str
    values: list[str]
    type: str


class MeterWindow(Shape, frozen=True, kw_only=True):
    """The windows of a windowed meter: their size, how each is folded, and how they are."""

    size: str
    inner: str
    outer: str


class Meter(Shape, frozen=True, kw_only=True):
    """How events become a quantity; what an aggregation has no option for is null.

    `dimension_types` names the dimensions that hold no text. `approximate` is true where the quantity is, or
    rests on, an estimate.
    """

    slug: str
    name: str
    event_types: list[str]
    aggregation: str
    value: str
    unit: str
    group_by: dict[str, str]
    filters: list[MeterFilter]
    dimension_types: dict[str, str]
    percentile: Amount | None
    approximate: bool
    time_unit: str | None
    window: MeterWindow | None
    formula: str | None
    owner: str
    definition: str


class MeterList(Shape, frozen=True, kw_only=True):
    """The meters of the published catalog."""

    items: list[Meter]
    next: str | None


class MeterQuery(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={
        "from_": "from",
        "window_size": "windowSize",
        "window_time_zone": "windowTimeZone",
        "group_by": "groupBy",
        "filter_group_by": "filterGroupBy",
        "filter_customer_id": "filterCustomerId",
        "advanced_filters": "advancedMeterGroupByFilters",
        "client_id": "clientId",
        "as_of": "asOf",
    },
):
    """What to sum up, by what, over which time."""

    from_: Instant | None = None
    to: Instant | None = None
    window_size: Literal["MINUTE", "HOUR", "DAY", "MONTH"] | None = None
    window_time_zone: str = "UTC"
    subject: list[str] = []
    customer: list[str] = []
    filter_customer_id: list[str] = []
    group_by: list[str] = []
    filter_group_by: dict[str, str] = {}
    advanced_filters: Annotated[str, Meta(description="A JSON object; as in the body of a POST.")] = ""
    client_id: str = ""
    as_of: Annotated[Instant | None, Meta(description="As it was known then; now if absent.")] = None


class MeterRow(
    Shape,
    frozen=True,
    kw_only=True,
    gc=False,
    rename={
        "window_start": "windowStart",
        "window_end": "windowEnd",
        "group_by": "groupBy",
        "customer_id": "customerId",
    },
):
    """One quantity; `value` is a number as OpenMeter's clients expect, `quantity` the same, exact."""

    value: Annotated[Any, Meta(extra_json_schema={"type": "number"})]
    quantity: Amount
    window_start: Time
    window_end: Time
    subject: str | None
    customer: str | None
    customer_id: str | None
    group_by: dict[str, str]


class MeterAnswer(
    Shape,
    frozen=True,
    kw_only=True,
    rename={"from_": "from", "window_size": "windowSize", "visible_from": "visibleFrom"},
):
    """Quantities of one meter; `approximate` where they are estimates.

    `visibleFrom` stands where the customer's plan shows no usage before that time, and none is counted.
    """

    from_: Time | None
    to: Time | None
    window_size: str | None
    approximate: bool
    data: list[MeterRow]
    visible_from: Time | msgspec.UnsetType = msgspec.UNSET
