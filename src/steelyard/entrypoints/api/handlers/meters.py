"""Meters and their quantities; the query speaks OpenMeter's language."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from steelyard.catalog import ValueMetric, live_version
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.events import span
from steelyard.entrypoints.api.shapes import meters as shapes
from steelyard.kernel import Period, iso, plain
from steelyard.kernel.period import zone
from steelyard.metering import Filter, FilterOp, QuantityRow, Window

_ALWAYS = Period(start=datetime(1970, 1, 1, tzinfo=UTC), end=datetime(9999, 1, 1, tzinfo=UTC))


def list_meters(call: Call) -> shapes.MeterList:
    """The meters of the published catalog, by key."""
    live = live_version(call.workspace.state)
    metrics = live.catalog.metrics if live else {}
    return shapes.MeterList(items=[_shown(metrics[key]) for key in sorted(metrics)], next=None)


def query(call: Call) -> shapes.MeterAnswer:
    """A meter's quantity by window, customer, subject and dimension."""
    asked: shapes.MeterQuery = call.query
    zone(asked.window_time_zone)
    customers = asked.customer or None
    if call.principal.customer is not None:
        customers = [call.about(one) for one in asked.customer or [call.principal.customer]]
    by_customer = "customer" in asked.group_by or bool(asked.customer)
    group_by = [name for name in dict.fromkeys(asked.group_by) if name != "customer"]
    if asked.subject and "subject" not in group_by:
        group_by.append("subject")
    filters = [Filter(path=name, op=FilterOp.IN, values=tuple(value.split(",")))
               for name, value in asked.filter_group_by.items()]  # fmt: skip
    if asked.subject:
        filters.append(Filter(path="subject", op=FilterOp.IN, values=tuple(asked.subject)))
    call.workspace.catch_up()
    rows = call.workspace.usage.quantities(
        call.path["slug"],
        span(asked.from_, asked.to) or _ALWAYS,
        customers=customers,
        group_by=group_by,
        window=None if asked.window_size is None else Window(asked.window_size),
        filters=filters,
        timezone=asked.window_time_zone,
    )
    return shapes.MeterAnswer(
        from_=iso(asked.from_) if asked.from_ else None,
        to=iso(asked.to) if asked.to else None,
        window_size=asked.window_size,
        data=[_row(row, by_customer=by_customer) for row in rows],
    )


def _row(row: QuantityRow, *, by_customer: bool) -> shapes.MeterRow:
    group = dict(row.group)
    subject = group.pop("subject", None)
    return shapes.MeterRow(
        value=msgspec.Raw(plain(row.quantity).encode()),
        quantity=plain(row.quantity),
        window_start=iso(row.window_start),
        window_end=iso(row.window_end),
        subject=subject,
        customer=row.customer if by_customer else None,
        group_by=group,
    )


def _shown(metric: ValueMetric) -> shapes.Meter:
    meter = metric.meter
    return shapes.Meter(
        slug=meter.key,
        name=metric.name,
        event_types=list(meter.event_types),
        aggregation=meter.aggregation.value,
        value=meter.value,
        unit=meter.unit,
        group_by=dict(meter.group_by),
        filters=[
            shapes.MeterFilter(path=one.path, op=one.op.value, values=list(one.values))
            for one in meter.filters
        ],
        owner=metric.owner,
        definition=metric.definition,
    )
