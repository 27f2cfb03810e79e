"""Events, metrics and current usage as Lago's clients read them."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from steelyard.billing.run import preview as drafted
from steelyard.catalog import CatalogVersion, ValueMetric, live_version
from steelyard.entrypoints.api.dialects.lago import shown
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.corrections import now_of
from steelyard.entrypoints.api.handlers.customers import customer_behind
from steelyard.entrypoints.api.handlers.shaping import shaped
from steelyard.entrypoints.api.shapes import billing
from steelyard.entrypoints.api.shapes import lago_reads as shapes
from steelyard.entrypoints.api.shapes.lago import LagoEventAnswer
from steelyard.kernel import NotFound, from_micros, iso, minor_digits, month_of
from steelyard.kernel.period import zone
from steelyard.metering import LAGO, Aggregation, is_path

_THEIR_NAMES: Final = {
    Aggregation.COUNT: "count_agg",
    Aggregation.SUM: "sum_agg",
    Aggregation.MAX: "max_agg",
    Aggregation.UNIQUE: "unique_count_agg",
    Aggregation.LATEST: "latest_agg",
    Aggregation.TIME_WEIGHTED_SUM: "weighted_sum_agg",
}


def show_event(call: Call) -> LagoEventAnswer:
    """The event of a transaction, as it stands now."""
    now = now_of(call, LAGO, call.path["id"])
    at = iso(from_micros(now.carrier.recorded_at))
    return LagoEventAnswer(event=shown(now.event, now.carrier.index, now.customer, at))


def list_metrics(call: Call) -> shapes.LagoMetricsAnswer:
    """A page of the meters of the published catalog, by key."""
    asked: shapes.LagoPageQuery = call.query
    live = live_version(call.workspace.state)
    found = [_metric(live, live.catalog.metrics[key]) for key in sorted(live.catalog.metrics)] if live else []
    pages = -(-len(found) // asked.per_page)
    first = (asked.page - 1) * asked.per_page
    meta = shapes.LagoMeta(
        current_page=asked.page,
        next_page=asked.page + 1 if asked.page < pages else None,
        prev_page=asked.page - 1 if asked.page > 1 else None,
        total_pages=pages,
        total_count=len(found),
    )
    return shapes.LagoMetricsAnswer(billable_metrics=found[first : first + asked.per_page], meta=meta)


def show_metric(call: Call) -> shapes.LagoMetricAnswer:
    """One meter of the published catalog."""
    live = live_version(call.workspace.state)
    metric = live.catalog.metrics.get(call.path["code"]) if live else None
    if live is None or metric is None:
        raise NotFound(f"there is no meter {call.path['code'][:100]!r}", code="unknown_meter")
    return shapes.LagoMetricAnswer(billable_metric=_metric(live, metric))


def _metric(live: CatalogVersion, metric: ValueMetric) -> shapes.LagoMetric:
    meter = metric.meter
    reads_path = bool(meter.value) and is_path(meter.value)
    return shapes.LagoMetric(
        lago_id=meter.key,
        name=metric.name,
        code=meter.key,
        description=metric.definition,
        recurring=meter.keeps_levels,
        rounding_function=None,
        rounding_precision=None,
        aggregation_type=_THEIR_NAMES.get(meter.aggregation, "custom_agg"),
        weighted_interval="seconds" if meter.keeps_levels else None,
        expression=None if reads_path else meter.value or meter.formula or None,
        field_name=meter.value.removeprefix("$.") if reads_path else None,
        created_at=iso(live.published_at),
        filters=[shapes.LagoDimension(key=name, values=[]) for name in meter.group_by],
    )


def current_usage(call: Call) -> shapes.LagoUsageAnswer:
    """What a customer used this month by charge, and what that would come to as things stand."""
    asked: shapes.LagoUsageQuery = call.query
    customer = customer_behind(call, call.path["customer"], LAGO)
    if call.workspace.directory.customer_of(asked.external_subscription_id, LAGO) != customer.key:
        raise NotFound(f"{customer.key} has no subscription {asked.external_subscription_id[:100]!r}")
    call.workspace.catch_up()
    local = zone(customer.timezone)
    month = month_of(call.now, customer.timezone)
    name = month.start.astimezone(local).strftime("%Y-%m")
    draft = shaped(drafted(call.workspace.books, customer.key, name), billing.Draft)
    charges = [_charge(call, draft, line) for line in draft.lines if _is_asked(line, draft, asked)]
    total = sum(one.amount_cents for one in charges)
    usage = shapes.LagoUsage(
        from_datetime=draft.period.start,
        to_datetime=draft.period.end,
        issuing_date=month.end.astimezone(local).date().isoformat(),
        lago_invoice_id=None,
        currency=draft.currency,
        amount_cents=total,
        total_amount_cents=total,
        taxes_amount_cents=0,
        charges_usage=charges,
    )
    return shapes.LagoUsageAnswer(customer_usage=usage)


def _is_asked(line: billing.Line, draft: billing.Draft, asked: shapes.LagoUsageQuery) -> bool:
    """Whether a line of a draft is a charge of usage that is asked about."""
    return (
        bool(line.meter)
        and line.quantity is not None
        and line.adjusts is None
        and asked.billable_metric_code in ("", line.meter)
        and asked.charge_code in ("", line.price_key)
        # A subscription of ours is asked about alone, a subject about all that its customer has.
        and (asked.external_subscription_id not in draft.subscriptions
             or line.subscription == asked.external_subscription_id)
    )  # fmt: skip


def _charge(call: Call, draft: billing.Draft, line: billing.Line) -> shapes.LagoChargeUsage:
    meter = next((one for one in call.workspace.usage.meters if one.key == line.meter), None)
    kind = "custom_agg" if meter is None else _THEIR_NAMES.get(meter.aggregation, "custom_agg")
    units = line.quantity or "0"
    return shapes.LagoChargeUsage(
        units=units,
        total_aggregated_units=units,
        events_count=line.events,
        amount_cents=int(Decimal(line.amount).scaleb(minor_digits(draft.currency))),
        amount_currency=draft.currency,
        charge=shapes.LagoCharge(
            lago_id=line.price_key, charge_model="custom", invoice_display_name=line.title
        ),
        billable_metric=shapes.LagoUsedMetric(
            lago_id=line.meter, name=line.metric, code=line.meter, aggregation_type=kind
        ),
    )
