"""A new meter: what it would measure over stored events, and its way into the published catalog."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import msgspec

from steelyard.adapters.files import read_catalog_text
from steelyard.catalog import Catalog, CatalogVersion, ValueMetric, live_version, source_from_json
from steelyard.catalog import validate as validated
from steelyard.catalog.kept_source import CatalogSource, SourceFile
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.catalog import carry_out
from steelyard.entrypoints.api.handlers.events import span
from steelyard.entrypoints.api.shapes import definitions as shapes
from steelyard.entrypoints.api.shapes.catalog import CatalogPublished
from steelyard.kernel import Conflict, InvalidInput, Period, Problem, iso, micros, plain
from steelyard.metering import EventRow, Meter, UsageEvent, quantity

READ_MAX: Final = 20_000
_LOOKS_BACK: Final = timedelta(days=30)


def preview(call: Call) -> shapes.MeterPreview:
    """What a meter that is not published would measure, by customer, the largest first.

    Raises InvalidInput with every mistake in the definition.
    """
    body: shapes.MeterPreviewIn = call.body
    meter = _read(body.metric).metrics[body.metric.key].meter
    end = body.to or call.now
    period = span(body.from_ or end - _LOOKS_BACK, end)
    assert period is not None
    call.workspace.catch_up()
    events, complete = _newest(call, meter, period)
    rows = _measured(meter, events, period)
    return shapes.MeterPreview(
        from_=iso(period.start),
        to=iso(period.end),
        complete=complete,
        events_read=len(events),
        events_counted=sum(row.events for row in rows),
        data=rows,
    )


def add(call: Call) -> CatalogPublished:
    """Add a metric to the published catalog, as a new version; with `dry_run`, say what would change.

    Event types that the catalog does not know yet are declared with it, as billable. Raises InvalidInput
    with every mistake in the definition, Conflict where the key is taken.
    """
    body: shapes.MeterIn = call.body
    read = _read(body)
    metric, declared = read.metrics[body.key], read.event_types
    live = live_version(call.workspace.state)
    catalog = live.catalog if live else Catalog()
    if body.outcome:
        metric = replace(metric, outcome=_outcome(catalog, body))
    taken = catalog.metrics.get(metric.key)
    if taken is not None and taken != metric:
        message = f"the catalog has a metric {metric.key!r} that is defined otherwise; choose another key"
        raise Conflict(message, code="exists")
    grown = replace(
        catalog,
        event_types={**declared, **catalog.event_types},
        metrics={**catalog.metrics, metric.key: metric},
    )
    note = body.note or f"adds the meter {metric.key}"
    files = _grown_files(call, live, catalog, grown, body)
    return carry_out(call, grown, note=note, dry_run=body.dry_run, files=files)


def _grown_files(
    call: Call, live: CatalogVersion | None, catalog: Catalog, grown: Catalog, body: shapes.MeterIn
) -> tuple[SourceFile, ...]:
    """The live version's files with one more for the metric; none where they do not say the same."""
    kept = call.workspace.state.get(CatalogSource, live.id) if live is not None else None
    if live is not None and kept is None:
        return ()
    written = _written(body) | ({"outcome": body.outcome} if body.outcome else {})
    types = [{"name": name} for name in grown.event_types if name not in catalog.event_types]
    tree = ({"event_types": types} if types else {}) | {"metrics": [written]}
    text = msgspec.json.format(msgspec.json.encode(tree), indent=2).decode() + "\n"
    files = (*(kept.files if kept else ()), SourceFile(name=f"metric-{body.key}.yaml", text=text))
    found = validated(read_catalog_text({one.name: one.text for one in files}))
    return files if found == grown else ()


def _outcome(catalog: Catalog, body: shapes.MetricIn) -> str:
    """The outcome that the metric names, which must be another one of the catalog."""
    if body.outcome == body.key or body.outcome not in catalog.metrics:
        allowed = ", ".join(sorted({*catalog.metrics} - {body.key}))
        message = f"{body.outcome[:100]!r} is no other metric of the catalog"
        problem = Problem(code="unknown_metric", message=message, field="outcome", allowed=allowed)
        raise InvalidInput("the meter has a mistake", code="invalid_catalog", problems=(problem,))
    return body.outcome


def read_metric(body: shapes.MetricIn) -> ValueMetric:
    """The metric that was written, alone; raises InvalidInput with every mistake in it."""
    return replace(_read(body).metrics[body.key], outcome=body.outcome)


def _written(body: shapes.MetricIn) -> dict[str, Any]:
    return {name: getattr(body, name) for name in ("key", "name", "owner", "definition", "unit", "meter")}


def _read(body: shapes.MetricIn) -> Catalog:
    """A catalog of the metric that was written and the event types that it names."""
    written = _written(body)
    named: Any = body.meter.get("event_types", [])
    names = [named] if isinstance(named, str) else named if isinstance(named, list) else []
    types = [{"name": name} for name in dict.fromkeys(each for each in names if isinstance(each, str))]
    tree: Any = {"event_types": types, "metrics": [written]}
    found = validated(source_from_json(msgspec.json.encode(tree)))
    if isinstance(found, Catalog):
        return found
    problems = tuple(replace(one, field=one.field.removeprefix("metrics[0].")) for one in found)
    count = "a mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
    raise InvalidInput(f"the meter has {count}", code="invalid_catalog", problems=problems)


def _newest(call: Call, meter: Meter, period: Period) -> tuple[list[EventRow], bool]:
    """The newest events of the meter's types that count in the period, and whether those are all.

    Where levels hold from before the period, events from before it are read as well.
    """
    known = span(None, period.end) if meter.keeps_levels else period
    found: list[EventRow] = []
    for event_type in dict.fromkeys(meter.event_types):
        found += call.workspace.usage.events(
            event_type=event_type, period=known, limit=READ_MAX + 1, newest_first=True
        )
    found.sort(key=lambda row: -row.index)
    return [row for row in found[:READ_MAX] if row.status.counts], len(found) <= READ_MAX


def _measured(meter: Meter, events: Sequence[EventRow], period: Period) -> list[shapes.MeterPreviewRow]:
    by_customer: dict[str, list[UsageEvent]] = defaultdict(list)
    for row in events:
        by_customer[row.customer].append(_event(row))
    measured = [(customer, quantity(meter, own, period)) for customer, own in by_customer.items()]
    measured.sort(key=lambda pair: (-pair[1].quantity, pair[0]))
    return [
        shapes.MeterPreviewRow(customer=customer, quantity=plain(found.quantity), events=found.events)
        for customer, found in measured
        if found.events
    ]


def _event(row: EventRow) -> UsageEvent:
    event = UsageEvent(
        source=row.source,
        id=row.id,
        type=row.type,
        time=micros(row.time),
        subject=row.subject,
        data=msgspec.Raw(row.data.encode()),
    )
    more: dict[str, Any] = row.dimensions
    return msgspec.structs.replace(event, **more)
