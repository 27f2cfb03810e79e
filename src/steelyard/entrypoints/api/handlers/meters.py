"""Meters and their quantities; the query speaks OpenMeter's language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from steelyard.catalog import ValueMetric, live_version
from steelyard.entrypoints.api.endpoint import Blob, Call
from steelyard.entrypoints.api.handlers.events import span
from steelyard.entrypoints.api.handlers.meter_answers import as_csv, wants_csv
from steelyard.entrypoints.api.handlers.meter_filters import VALUES_MAX, Values, filters_of, read_tree
from steelyard.entrypoints.api.handlers.visibility import shown_part, visible_from
from steelyard.entrypoints.api.shapes import meters as shapes
from steelyard.kernel import InvalidInput, NotFound, Period, iso, plain
from steelyard.kernel.period import zone
from steelyard.metering import Aggregation, Filter, FilterOp, Meter, QuantityRow, Window

_ADDS_UP = frozenset(
    (Aggregation.SUM, Aggregation.COUNT, Aggregation.MAX, Aggregation.MIN, Aggregation.TIME_WEIGHTED_SUM)
)
"""Whose quantity of all customers together means something; the others are shown customer by customer."""

_BY_CUSTOMER = {"customer", "customer_id"}
"""Names under which customers can be grouped by; the second is OpenMeter's."""

_ALWAYS = Period(start=datetime(1970, 1, 1, tzinfo=UTC), end=datetime(9999, 1, 1, tzinfo=UTC))


def list_meters(call: Call) -> shapes.MeterList:
    """The meters of the published catalog, by key."""
    live = live_version(call.workspace.state)
    metrics = live.catalog.metrics if live else {}
    return shapes.MeterList(items=[_shown(metrics[key]) for key in sorted(metrics)], next=None)


def query(call: Call) -> shapes.MeterAnswer | Blob:
    """A meter's quantity by window, customer, subject and dimension; as CSV where that is asked for."""
    asked: shapes.MeterQuery = call.query
    answer = measured(call, asked)
    return as_csv(answer, asked) if wants_csv(call.accept) else answer


def measured(call: Call, asked: shapes.MeterQuery) -> shapes.MeterAnswer:
    """The rows that a query asks for; NotFound for a meter that is not defined."""
    zone(asked.window_time_zone)
    meter = _meter(call)
    customers = [*asked.customer, *asked.filter_customer_id] or None
    if call.principal.customer is not None:
        customers = [call.about(one) for one in customers or [call.principal.customer]]
    by_customer = bool(_BY_CUSTOMER & set(asked.group_by)) or customers is not None
    group_by = [name for name in dict.fromkeys(asked.group_by) if name not in _BY_CUSTOMER]
    if asked.subject and "subject" not in group_by:
        group_by.append("subject")
    by_customer = by_customer or meter.aggregation not in _ADDS_UP
    since = visible_from(call)
    call.workspace.catch_up()
    period = shown_part(_period(call, asked, meter), since) or _ALWAYS

    def values(name: str) -> list[str]:
        return _values_of(call, meter, name, period, customers)

    filters = _filters(asked, values)
    rows = call.workspace.usage.quantities(
        call.path["slug"],
        period,
        customers=customers,
        group_by=group_by,
        window=None if asked.window_size is None else Window(asked.window_size),
        filters=filters,
        timezone=asked.window_time_zone,
        as_of=asked.as_of,
        together=not by_customer,
        sections=False,
    )
    return shapes.MeterAnswer(
        from_=iso(asked.from_) if asked.from_ else None,
        to=iso(asked.to) if asked.to else None,
        window_size=asked.window_size,
        approximate=meter.is_approximate,
        data=_rows(rows, by_customer=by_customer),
        visible_from=iso(since) if since else msgspec.UNSET,
    )


def _values_of(
    call: Call, meter: Meter, name: str, period: Period, customers: Sequence[str] | None
) -> list[str]:
    """The values that a dimension has in the events asked about; refused where there are very many."""
    rows = call.workspace.usage.quantities(
        meter.key, period, customers=customers, group_by=[name], together=True, sections=False
    )
    if len(rows) > VALUES_MAX:
        message = f"{name!r} has more than {VALUES_MAX} values: ask with $in, or about fewer customers"
        raise InvalidInput(message, code="invalid_parameter")
    return [row.group[name] for row in rows]


def _filters(asked: shapes.MeterQuery, values: Values) -> list[Filter]:
    filters = [Filter(path=name, op=FilterOp.IN, values=tuple(value.split(",")))
               for name, value in asked.filter_group_by.items()]  # fmt: skip
    if asked.advanced_filters:
        filters += filters_of(read_tree(asked.advanced_filters), values)
    if asked.subject:
        filters.append(Filter(path="subject", op=FilterOp.IN, values=tuple(asked.subject)))
    return filters


def _meter(call: Call) -> Meter:
    """The meter that is asked; NotFound for one that is not defined."""
    found = next((one for one in call.workspace.usage.meters if one.key == call.path["slug"]), None)
    if found is None:
        raise NotFound(f"there is no meter {call.path['slug']!r}", code="unknown_meter")
    return found


def _period(call: Call, asked: shapes.MeterQuery, meter: Meter) -> Period:
    """The period asked about; levels are held up to now, not into a future without end."""
    period = span(asked.from_, asked.to) or _ALWAYS
    if asked.to is None and meter.keeps_levels and period.start < call.now:
        return Period(start=period.start, end=call.now)
    return period


def _rows(rows: Sequence[QuantityRow], *, by_customer: bool) -> list[shapes.MeterRow]:
    # A few windows stand in many thousand rows: each is spelled once.
    moments = {row.window_start for row in rows} | {row.window_end for row in rows}
    spelled = {moment: iso(moment) for moment in moments}
    nothing: dict[str, str] = {}
    shown: list[shapes.MeterRow] = []
    for row in rows:
        quantity = plain(row.quantity)
        customer = row.customer if by_customer else None
        group = row.group
        shown.append(
            shapes.MeterRow(
                value=msgspec.Raw(quantity.encode()),
                quantity=quantity,
                window_start=spelled[row.window_start],
                window_end=spelled[row.window_end],
                subject=group.get("subject") if group else None,
                customer=customer,
                customer_id=customer,
                group_by={name: text for name, text in group.items() if name != "subject"}
                if group
                else nothing,
            )
        )
    return shown


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
            shapes.MeterFilter(path=one.path, op=one.op.value, values=list(one.values), type=one.type.value)
            for one in meter.filters
        ],
        dimension_types={name: kind.value for name, kind in meter.dimension_types.items()},
        percentile=None if meter.percentile is None else plain(meter.percentile),
        approximate=meter.is_approximate,
        time_unit=meter.time_unit.value if meter.keeps_levels and not meter.formula else None,
        window=_window(meter),
        formula=meter.formula or None,
        owner=metric.owner,
        definition=metric.definition,
    )


def _window(meter: Meter) -> shapes.MeterWindow | None:
    how = meter.windowed
    if how is None:
        return None
    return shapes.MeterWindow(size=how.size.value, inner=how.inner.value, outer=how.outer.value)
