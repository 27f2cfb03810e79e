"""One meter as OpenMeter's clients see it: its definition, its subjects, its dimensions' values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from steelyard.catalog import CatalogVersion, ValueMetric, live_version
from steelyard.entrypoints.api.endpoint import Blob, Call
from steelyard.entrypoints.api.handlers.events import span
from steelyard.entrypoints.api.handlers.meter_answers import as_csv, wants_csv
from steelyard.entrypoints.api.handlers.meter_filters import check_filter
from steelyard.entrypoints.api.handlers.meters import measured
from steelyard.entrypoints.api.shapes import meters as shapes
from steelyard.entrypoints.api.shapes import openmeter as o
from steelyard.kernel import InvalidInput, NotFound, Period, encode, iso
from steelyard.metering import Aggregation

_THEIR_NAMES: Final[Mapping[Aggregation, str]] = {
    Aggregation.UNIQUE: "UNIQUE_COUNT",
    Aggregation.AVERAGE: "AVG",
}
_ALWAYS: Final = Period(start=datetime(1970, 1, 1, tzinfo=UTC), end=datetime(9999, 1, 1, tzinfo=UTC))


def show(call: Call) -> o.OpenMeterMeter:
    """One meter of the published catalog."""
    live = live_version(call.workspace.state)
    slug = call.path["slug"]
    metric = live.catalog.metrics.get(slug) if live else None
    if live is None or metric is None:
        raise NotFound(f"there is no meter {slug!r}", code="unknown_meter")
    return shown(live, metric)


def shown(live: CatalogVersion, metric: ValueMetric) -> o.OpenMeterMeter:
    """A meter in OpenMeter's words."""
    meter = metric.meter
    return o.OpenMeterMeter(
        id=meter.key,
        slug=meter.key,
        name=metric.name,
        description=metric.definition,
        aggregation=_THEIR_NAMES.get(meter.aggregation, meter.aggregation.value.upper()),
        event_type=meter.event_types[0],
        event_types=list(meter.event_types),
        value_property=meter.value or None,
        group_by=dict(meter.group_by),
        unit=meter.unit,
        owner=metric.owner,
        created_at=iso(live.published_at),
        updated_at=iso(live.published_at),
    )


def query_by_post(call: Call) -> shapes.MeterAnswer | Blob:
    """The same as the query by GET, asked in a body."""
    body: o.MeterQueryIn = call.body
    asked = shapes.MeterQuery(
        from_=body.from_,
        to=body.to,
        window_size=body.window_size,
        window_time_zone=body.window_time_zone or "UTC",
        subject=body.subject or [],
        filter_customer_id=body.filter_customer_id or [],
        group_by=body.group_by or [],
        advanced_filters=_filters(body),
    )
    answer = measured(call, asked)
    return as_csv(answer, asked) if wants_csv(call.accept) else answer


def _filters(body: o.MeterQueryIn) -> str:
    """Both kinds of filters in the one form that a query has."""
    simple = {name: {"$in": values} for name, values in (body.filter_group_by or {}).items()}
    advanced = body.advanced_filters or {}
    for name, one in advanced.items():
        check_filter(name, one)
    both = {
        name: {"$and": [one[name] for one in (simple, advanced) if name in one]}
        for name in {**simple, **advanced}
    }
    return encode(both).decode() if both else ""


def subjects(call: Call) -> list[str]:
    """The subjects whose events the meter counted, sorted."""
    return _values(call, "subject")


def values(call: Call) -> list[str]:
    """The values that a dimension had in the events that the meter counted, sorted."""
    return _values(call, call.path["name"])


def _values(call: Call, name: str) -> list[str]:
    asked: o.SpanQuery = call.query
    known = {meter.key: meter for meter in call.workspace.usage.meters}
    meter = known.get(call.path["slug"])
    if meter is None:
        raise NotFound(f"there is no meter {call.path['slug']!r}", code="unknown_meter")
    if name not in meter.dimensions:
        allowed = ", ".join(meter.dimensions)
        raise InvalidInput(f"{name!r} is no dimension of this meter (allowed: {allowed})")
    call.workspace.catch_up()
    only = call.principal.customer
    rows = call.workspace.usage.quantities(
        meter.key,
        span(asked.from_, asked.to) or _ALWAYS,
        customers=None if only is None else [only],
        group_by=[name],
        together=True,
    )
    return sorted({row.group[name] for row in rows} - {""})
